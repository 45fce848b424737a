#include "src/wire/messages.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "src/base/json_values.h"
#include "src/wire/names.h"

namespace mullion::wire {

namespace {

constexpr std::size_t kMaxId = 128;
constexpr std::size_t kMaxText = 1024;
constexpr std::int64_t kMaxCount = std::int64_t{1} << 53;
constexpr std::size_t kMaxPath = 4096;
constexpr std::size_t kMaxSdp = std::size_t{256} * 1024;

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

/// Clang deduces it by itself from 17 on.
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

constexpr Names<LegState, 3> kLegStates = {
    {{LegState::New, "new"}, {LegState::Connected, "connected"}, {LegState::Failed, "failed"}}};
constexpr Names<RungChoice, 6> kRungs = {{{RungChoice::Auto, "auto"},
                                          {RungChoice::P1080, "1080p"},
                                          {RungChoice::P720, "720p"},
                                          {RungChoice::P360, "360p"},
                                          {RungChoice::P180, "180p"},
                                          {RungChoice::Audio, "audio"}}};

constexpr Names<RecordingFormat, 2> kFormats = {
    {{RecordingFormat::Mp4, "mp4"}, {RecordingFormat::Webm, "webm"}}};

constexpr Names<TrackSource, 3> kTrackSources = {{{TrackSource::Sound, "sound"},
                                                  {TrackSource::Camera, "camera"},
                                                  {TrackSource::Screen, "screen"}}};

constexpr Names<SoundState, 3> kSoundStates = {{{SoundState::Playing, "playing"},
                                                {SoundState::Ended, "ended"},
                                                {SoundState::Failed, "failed"}}};

constexpr Names<BroadcastKind, 4> kBroadcastKinds = {{{BroadcastKind::Hls, "hls"},
                                                      {BroadcastKind::Rtmp, "rtmp"},
                                                      {BroadcastKind::Srt, "srt"},
                                                      {BroadcastKind::Rtsp, "rtsp"}}};

constexpr Names<BroadcastState, 5> kBroadcastStates = {{{BroadcastState::Starting, "starting"},
                                                        {BroadcastState::Live, "live"},
                                                        {BroadcastState::Retrying, "retrying"},
                                                        {BroadcastState::Failed, "failed"},
                                                        {BroadcastState::Stopped, "stopped"}}};

Json toJson(const CandidateLine& line) {
    return {{"candidate", line.candidate}, {"mid", line.mid}, {"mline_index", line.mLineIndex}};
}

Json tilesToJson(const std::vector<Tile>& tiles) {
    Json list = Json::array();
    for (const Tile& tile : tiles)
        list.push_back(wire::toJson(tile));
    return list;
}

Json legsToJson(const std::vector<LegInfo>& legs) {
    Json list = Json::array();
    for (const LegInfo& leg : legs)
        list.push_back({{"leg", leg.leg}, {"user_id", leg.userId}, {"state", name(leg.state)}});
    return list;
}

/// A JsonReader with the readers of the shapes that several messages share.
class Reader : public JsonReader {
public:
    explicit Reader(const Json& json)
        : JsonReader(json) {
        string("type", 1, kMaxId);
    }

    std::string id(const char* field) { return string(field, 1, kMaxId); }

    std::string text(const char* field) { return string(field, 0, kMaxText); }

    int integer(const char* field, std::int64_t min, std::int64_t max) {
        const auto value = optionalInteger(field, min, max);
        if (!value) refuse(field, std::string("`") + field + "` is missing");
        return static_cast<int>(value.value_or(min));
    }

    bool boolean(const char* field) { return optionalBool(field).value_or(false); }

    Canvas canvas() {
        Canvas canvas;
        nested("canvas", any("canvas"), [&](JsonReader& reader) { canvas = readCanvas(reader); });
        return canvas;
    }

    CandidateLine line() {
        CandidateLine line;
        line.candidate = string("candidate", 0, kMaxText);
        line.mid = string("mid", 0, kMaxId);
        line.mLineIndex = integer("mline_index", 0, 64);
        return line;
    }

    LegState legState() { return oneOf(*this, "state", kLegStates, LegState::New); }

    std::vector<std::string> strings(const char* field) {
        std::vector<std::string> values;
        for (const Json& entry : any(field)) {
            if (entry.is_string())
                values.push_back(entry.get<std::string>());
            else
                refuse(field, std::string("`") + field + "` must hold strings");
        }
        return values;
    }

    Layout layout() {
        Layout layout;
        nested("layout", any("layout"), [&](JsonReader& reader) { layout = readLayout(reader); });
        return layout;
    }

    Programme programme() {
        Programme programme;
        nested("programme", any("programme"),
               [&](JsonReader& reader) { programme = readProgramme(reader); });
        return programme;
    }

    std::vector<LegFigures> figures() {
        std::vector<LegFigures> legs;
        for (const Json& entry : any("legs")) {
            LegFigures leg;
            nested("legs", entry, [&](JsonReader& reader) {
                const auto count = [&](const char* field) {
                    return static_cast<int>(
                        reader.optionalInteger(field, 0, INT32_MAX).value_or(0));
                };
                leg.leg = reader.string("leg", 1, kMaxId);
                leg.userId = reader.string("user_id", 1, kMaxId);
                leg.up = direction(reader, "up");
                leg.down = direction(reader, "down");
                leg.rung = reader.string("rung", 0, kMaxId);
                leg.codec = reader.string("codec", 0, kMaxId);
                leg.framesDecoded = count("frames_decoded");
                leg.framesDropped = count("frames_dropped");
                leg.keyFramesAsked = count("key_frames_asked");
                leg.audioLevelDb = reader.optionalNumber("audio_level", -1000, 100).value_or(-120);
            });
            legs.push_back(std::move(leg));
        }
        return legs;
    }

    std::vector<LegInfo> legs(const char* field) {
        std::vector<LegInfo> legs;
        for (const Json& entry : any(field)) {
            LegInfo leg;
            nested(field, entry, [&](JsonReader& reader) {
                leg.leg = reader.string("leg", 1, kMaxId);
                leg.userId = reader.string("user_id", 1, kMaxId);
                leg.state = oneOf(reader, "state", kLegStates, LegState::New);
            });
            legs.push_back(std::move(leg));
        }
        return legs;
    }

private:
    void nested(const char* field, const Json& json, const std::function<void(JsonReader&)>& read) {
        JsonReader reader(json);
        read(reader);
        if (auto result = reader.finish(); !result) refuse(field, result.error().message);
    }

    Direction direction(JsonReader& parent, const char* field) {
        Direction direction;
        nested(field, parent.any(field), [&](JsonReader& reader) {
            const auto number = [&](const char* name) {
                return reader.optionalNumber(name, 0, 1e9).value_or(0);
            };
            direction.rttSeconds = number("rtt");
            direction.jitterSeconds = number("jitter");
            direction.loss = number("loss");
            direction.bitrate = static_cast<int>(number("bitrate"));
            direction.mos = number("mos");
        });
        return direction;
    }
};

template <typename Variant>
using Decoder = std::function<Variant(Reader&)>;

template <typename Variant>
Result<Variant> decodeWith(const std::map<std::string, Decoder<Variant>>& decoders,
                           const Json& json) {
    Reader reader(json);
    const auto type = json.is_object() && json.contains("type") && json["type"].is_string()
                          ? json["type"].get<std::string>()
                          : "";
    const auto decoder = decoders.find(type);
    if (decoder == decoders.end())
        return Error{ErrorCode::BadRequest, "unknown message type `" + type.substr(0, 64) + "`",
                     "type"};
    Variant message = decoder->second(reader);
    TRY(reader.finish());
    return message;
}

} // namespace

const char* name(LegState state) {
    return nameIn(kLegStates, state);
}

const char* name(RungChoice rung) {
    return nameIn(kRungs, rung);
}

std::optional<RungChoice> rungFromName(std::string_view name) {
    return valueIn(kRungs, name);
}

const char* name(RecordingFormat format) {
    return nameIn(kFormats, format);
}

std::optional<RecordingFormat> recordingFormatFromName(std::string_view name) {
    return valueIn(kFormats, name);
}

const char* name(TrackSource source) {
    return nameIn(kTrackSources, source);
}

std::optional<TrackSource> trackSourceFromName(std::string_view name) {
    return valueIn(kTrackSources, name);
}

const char* name(BroadcastKind kind) {
    return nameIn(kBroadcastKinds, kind);
}

const char* name(BroadcastState state) {
    return nameIn(kBroadcastStates, state);
}

std::optional<BroadcastKind> broadcastKindFromName(std::string_view name) {
    return valueIn(kBroadcastKinds, name);
}

std::optional<BroadcastState> broadcastStateFromName(std::string_view name) {
    return valueIn(kBroadcastStates, name);
}

Json toJson(const Direction& direction) {
    return {{"rtt", direction.rttSeconds},
            {"jitter", direction.jitterSeconds},
            {"loss", direction.loss},
            {"bitrate", direction.bitrate},
            {"mos", direction.mos}};
}

Json toJson(const LegFigures& figures) {
    return {{"leg", figures.leg},
            {"user_id", figures.userId},
            {"up", toJson(figures.up)},
            {"down", toJson(figures.down)},
            {"rung", figures.rung},
            {"codec", figures.codec},
            {"frames_decoded", figures.framesDecoded},
            {"frames_dropped", figures.framesDropped},
            {"key_frames_asked", figures.keyFramesAsked},
            {"audio_level", figures.audioLevelDb}};
}

Json encode(const ToCall& message) {
    return std::visit(
        Overloaded{
            [](const Claim& m) -> Json {
                return {{"type", "claim"}, {"protocol", m.protocol}, {"owner", m.owner}};
            },
            [](const StartCall& m) -> Json {
                return {{"type", "start_call"},       {"call_id", m.callId},
                        {"generation", m.generation}, {"canvas", toJson(m.canvas)},
                        {"layout", toJson(m.layout)}, {"bitrate", m.bitrate},
                        {"min_port", m.minPort},      {"max_port", m.maxPort},
                        {"addresses", m.addresses}};
            },
            [](const PutParticipant& m) -> Json {
                return {{"type", "put_participant"},
                        {"user_id", m.userId},
                        {"name", m.name},
                        {"audio_muted", m.audioMuted},
                        {"video_muted", m.videoMuted},
                        {"screen", m.screen},
                        {"volume", m.volume},
                        {"role", m.role},
                        {"noise_suppression", m.noiseSuppression},
                        {"auto_gain", m.autoGain}};
            },
            [](const RemoveParticipant& m) -> Json {
                return {
                    {"type", "remove_participant"}, {"user_id", m.userId}, {"reason", m.reason}};
            },
            [](const Offer& m) -> Json {
                return {{"type", "offer"},
                        {"user_id", m.userId},
                        {"leg", m.leg},
                        {"sdp", m.sdp},
                        {"watches", m.watches}};
            },
            [](const RemoteCandidate& m) -> Json {
                Json json = toJson(m.line);
                json["type"] = "remote_candidate";
                json["leg"] = m.leg;
                return json;
            },
            [](const CloseLeg& m) -> Json {
                return {{"type", "close_leg"}, {"leg", m.leg}, {"reason", m.reason}};
            },
            [](const SetLayout& m) -> Json {
                return {{"type", "set_layout"}, {"layout", toJson(m.layout)}};
            },
            [](const SetCanvas& m) -> Json {
                return {{"type", "set_canvas"}, {"canvas", toJson(m.canvas)}};
            },
            [](const SetProgramme& m) -> Json {
                return {{"type", "set_programme"},
                        {"programme", toJson(m.programme)},
                        {"images", m.images}};
            },
            [](const PlaySound& m) -> Json {
                return {
                    {"type", "play_sound"}, {"id", m.id}, {"path", m.path}, {"volume", m.volume}};
            },
            [](const StopSound& m) -> Json {
                return {{"type", "stop_sound"}, {"id", m.id}};
            },
            [](const SetRung& m) -> Json {
                return {{"type", "set_rung"}, {"user_id", m.userId}, {"rung", name(m.rung)}};
            },
            [](const StartRecording& m) -> Json {
                return {{"type", "start_recording"},
                        {"id", m.id},
                        {"format", name(m.format)},
                        {"video", m.video},
                        {"path", m.path},
                        {"first_part", m.firstPart},
                        {"max_seconds", m.maxSeconds},
                        {"max_bytes", m.maxBytes},
                        {"min_free", m.minFree},
                        {"first_track", m.firstTrack}};
            },
            [](const PauseRecording& m) -> Json {
                return {{"type", "pause_recording"}, {"id", m.id}};
            },
            [](const ResumeRecording& m) -> Json {
                return {{"type", "resume_recording"}, {"id", m.id}};
            },
            [](const StopRecording& m) -> Json {
                return {{"type", "stop_recording"}, {"id", m.id}};
            },
            [](const StartBroadcast& m) -> Json {
                return {{"type", "start_broadcast"},
                        {"id", m.id},
                        {"kind", name(m.kind)},
                        {"video", m.video},
                        {"url", m.url},
                        {"passphrase", m.passphrase},
                        {"path", m.path},
                        {"first_segment", m.firstSegment},
                        {"first_init", m.firstInit},
                        {"address", m.address},
                        {"port", m.port},
                        {"key", m.key}};
            },
            [](const StopBroadcast& m) -> Json {
                return {{"type", "stop_broadcast"}, {"id", m.id}};
            },
            [](const TakeSnapshot& m) -> Json {
                return {{"type", "take_snapshot"}, {"request", m.request}, {"width", m.width}};
            },
            [](const Stop&) -> Json {
                return {{"type", "stop"}};
            },
        },
        message);
}

Json encode(const FromCall& message) {
    return std::visit(
        Overloaded{
            [](const State& m) -> Json {
                return {{"type", "state"},
                        {"protocol", m.protocol},
                        {"pid", m.pid},
                        {"boot_id", m.bootId},
                        {"call_id", m.callId},
                        {"generation", m.generation},
                        {"participants", m.participants},
                        {"legs", legsToJson(m.legs)},
                        {"watching", legsToJson(m.watching)},
                        {"canvas", toJson(m.canvas)},
                        {"mode", name(m.mode)},
                        {"tiles", tilesToJson(m.tiles)},
                        {"recordings", m.recordings},
                        {"broadcasts", m.broadcasts}};
            },
            [](const Answer& m) -> Json {
                return {{"type", "answer"}, {"leg", m.leg}, {"sdp", m.sdp}};
            },
            [](const LocalCandidate& m) -> Json {
                Json json = toJson(m.line);
                json["type"] = "local_candidate";
                json["leg"] = m.leg;
                return json;
            },
            [](const LegStateChanged& m) -> Json {
                return {{"type", "leg_state"},
                        {"leg", m.leg},
                        {"user_id", m.userId},
                        {"state", name(m.state)}};
            },
            [](const LegClosed& m) -> Json {
                return {{"type", "leg_closed"}, {"leg", m.leg},   {"user_id", m.userId},
                        {"reason", m.reason},   {"code", m.code}, {"message", m.message}};
            },
            [](const LayoutChanged& m) -> Json {
                return {{"type", "layout"},
                        {"canvas", toJson(m.canvas)},
                        {"mode", name(m.mode)},
                        {"tiles", tilesToJson(m.tiles)}};
            },
            [](const Constraints& m) -> Json {
                return {{"type", "constraints"},   {"leg", m.leg},
                        {"user_id", m.userId},     {"source", name(m.source)},
                        {"max_width", m.maxWidth}, {"max_height", m.maxHeight},
                        {"max_fps", m.maxFps},     {"max_bitrate", m.maxBitrate}};
            },
            [](const SpeakerChanged& m) -> Json {
                return {{"type", "speaker"}, {"user_id", m.userId}};
            },
            [](const Figures& m) -> Json {
                Json legs = Json::array();
                for (const LegFigures& leg : m.legs)
                    legs.push_back(toJson(leg));
                return {{"type", "figures"},
                        {"legs", std::move(legs)},
                        {"encoders", m.encoders},
                        {"frames_painted", m.framesPainted},
                        {"frames_encoded", m.framesEncoded},
                        {"cpu_seconds", m.cpuSeconds}};
            },
            [](const RecordingPart& m) -> Json {
                return {{"type", "recording_part"},   {"id", m.id},
                        {"index", m.index},           {"path", m.path},
                        {"closed", m.closed},         {"bytes", m.bytes},
                        {"duration_ms", m.durationMs}};
            },
            [](const RecordingFigures& m) -> Json {
                return {{"type", "recording_figures"},
                        {"id", m.id},
                        {"bytes", m.bytes},
                        {"bitrate", m.bitrate}};
            },
            [](const TrackPart& m) -> Json {
                return {{"type", "track_part"},
                        {"id", m.id},
                        {"index", m.index},
                        {"user_id", m.userId},
                        {"source", name(m.source)},
                        {"closed", m.closed},
                        {"bytes", m.bytes},
                        {"duration_ms", m.durationMs},
                        {"started_at_ms", m.startedAtMs}};
            },
            [](const RecordingEnded& m) -> Json {
                return {{"type", "recording_ended"},
                        {"id", m.id},
                        {"code", m.code},
                        {"message", m.message}};
            },
            [](const BroadcastStatus& m) -> Json {
                return {{"type", "broadcast_status"}, {"id", m.id},
                        {"state", name(m.state)},     {"viewers", m.viewers},
                        {"bitrate", m.bitrate},       {"code", m.code},
                        {"message", m.message}};
            },
            [](const SoundStatus& m) -> Json {
                return {{"type", "sound_status"},
                        {"id", m.id},
                        {"state", nameIn(kSoundStates, m.state)},
                        {"duration_ms", m.durationMs},
                        {"code", m.code},
                        {"message", m.message}};
            },
            [](const BroadcastPart& m) -> Json {
                return {{"type", "broadcast_part"}, {"id", m.id}, {"part", toJson(m.part)}};
            },
            [](const Snapshot& m) -> Json {
                return {{"type", "snapshot"}, {"request", m.request}, {"failure", m.failure}};
            },
        },
        message);
}

Result<ToCall> decodeToCall(const Json& json) {
    static const std::map<std::string, Decoder<ToCall>> kDecoders = {
        {"claim",
         [](Reader& r) -> ToCall {
             return Claim{r.integer("protocol", 0, 1000000), r.id("owner")};
         }},
        {"start_call",
         [](Reader& r) -> ToCall {
             StartCall m;
             m.callId = r.id("call_id");
             m.generation = r.integer("generation", 0, 1000000);
             m.canvas = r.canvas();
             m.layout = r.layout();
             m.bitrate = r.integer("bitrate", 0, 100'000'000);
             m.minPort = r.integer("min_port", 0, 65535);
             m.maxPort = r.integer("max_port", m.minPort, 65535);
             m.addresses = r.strings("addresses");
             return m;
         }},
        {"put_participant",
         [](Reader& r) -> ToCall {
             PutParticipant m;
             m.userId = r.id("user_id");
             m.name = r.text("name");
             m.audioMuted = r.boolean("audio_muted");
             m.videoMuted = r.boolean("video_muted");
             m.screen = r.boolean("screen");
             m.volume = r.optionalNumber("volume", 0, 2).value_or(1.0);
             m.role =
                 r.optionalOneOf("role", {"host", "participant", "viewer"}).value_or("participant");
             m.noiseSuppression = r.boolean("noise_suppression");
             m.autoGain = r.boolean("auto_gain");
             return m;
         }},
        {"remove_participant",
         [](Reader& r) -> ToCall {
             return RemoveParticipant{r.id("user_id"), r.text("reason")};
         }},
        {"offer",
         [](Reader& r) -> ToCall {
             return Offer{r.id("user_id"), r.id("leg"), r.string("sdp", 0, kMaxSdp),
                          r.boolean("watches")};
         }},
        {"remote_candidate",
         [](Reader& r) -> ToCall {
             return RemoteCandidate{r.id("leg"), r.line()};
         }},
        {"close_leg",
         [](Reader& r) -> ToCall {
             return CloseLeg{r.id("leg"), r.text("reason")};
         }},
        {"set_layout", [](Reader& r) -> ToCall { return SetLayout{r.layout()}; }},
        {"set_canvas", [](Reader& r) -> ToCall { return SetCanvas{r.canvas()}; }},
        {"set_programme",
         [](Reader& r) -> ToCall {
             return SetProgramme{r.programme(), r.string("images", 1, kMaxPath)};
         }},
        {"play_sound",
         [](Reader& r) -> ToCall {
             return PlaySound{r.id("id"), r.string("path", 1, kMaxPath),
                              r.optionalNumber("volume", 0, 2).value_or(1.0)};
         }},
        {"stop_sound", [](Reader& r) -> ToCall { return StopSound{r.id("id")}; }},
        {"set_rung",
         [](Reader& r) -> ToCall {
             return SetRung{r.id("user_id"), oneOf(r, "rung", kRungs, RungChoice::Auto)};
         }},
        {"start_recording",
         [](Reader& r) -> ToCall {
             StartRecording m;
             m.id = r.id("id");
             m.format = oneOf(r, "format", kFormats, RecordingFormat::Mp4);
             m.video = r.boolean("video");
             m.path = r.string("path", 1, kMaxPath);
             m.firstPart = r.integer("first_part", 1, 1000000);
             m.maxSeconds = r.integer("max_seconds", 0, 1000000);
             m.maxBytes = r.optionalInteger("max_bytes", 0, kMaxCount).value_or(0);
             m.minFree = r.optionalInteger("min_free", 0, kMaxCount).value_or(0);
             m.firstTrack = r.integer("first_track", 0, 2000000);
             return m;
         }},
        {"pause_recording", [](Reader& r) -> ToCall { return PauseRecording{r.id("id")}; }},
        {"resume_recording", [](Reader& r) -> ToCall { return ResumeRecording{r.id("id")}; }},
        {"stop_recording", [](Reader& r) -> ToCall { return StopRecording{r.id("id")}; }},
        {"start_broadcast",
         [](Reader& r) -> ToCall {
             StartBroadcast m;
             m.id = r.id("id");
             m.kind = oneOf(r, "kind", kBroadcastKinds, BroadcastKind::Hls);
             m.video = r.boolean("video");
             m.url = r.string("url", 0, kMaxPath);
             m.passphrase = r.string("passphrase", 0, kMaxId);
             m.path = r.string("path", 0, kMaxPath);
             m.firstSegment = r.optionalInteger("first_segment", 0, kMaxCount).value_or(0);
             m.firstInit = r.optionalInteger("first_init", 0, kMaxCount).value_or(0);
             m.address = r.string("address", 0, kMaxId);
             m.port = r.integer("port", 0, 65535);
             m.key = r.string("key", 0, kMaxId);
             return m;
         }},
        {"stop_broadcast", [](Reader& r) -> ToCall { return StopBroadcast{r.id("id")}; }},
        {"take_snapshot",
         [](Reader& r) -> ToCall {
             return TakeSnapshot{r.id("request"), r.integer("width", 0, 8192)};
         }},
        {"stop", [](Reader&) -> ToCall { return Stop{}; }},
    };
    return decodeWith(kDecoders, json);
}

Result<FromCall> decodeFromCall(const Json& json) {
    static const std::map<std::string, Decoder<FromCall>> kDecoders = {
        {"state",
         [](Reader& r) -> FromCall {
             State m;
             m.protocol = r.integer("protocol", 0, 1000000);
             m.pid = r.integer("pid", 0, INT32_MAX);
             m.bootId = r.text("boot_id");
             m.callId = r.string("call_id", 0, kMaxId);
             m.generation = r.integer("generation", 0, 1000000);
             m.participants = r.strings("participants");
             m.legs = r.legs("legs");
             m.watching = r.legs("watching");
             m.canvas = r.canvas();
             m.mode = readMode(r);
             m.tiles = readTiles(r, "tiles");
             m.recordings = r.strings("recordings");
             m.broadcasts = r.strings("broadcasts");
             return m;
         }},
        {"recording_part",
         [](Reader& r) -> FromCall {
             RecordingPart m;
             m.id = r.id("id");
             m.index = r.integer("index", 1, 2000000);
             m.path = r.string("path", 1, kMaxPath);
             m.closed = r.boolean("closed");
             m.bytes = r.optionalInteger("bytes", 0, kMaxCount).value_or(0);
             m.durationMs = r.optionalInteger("duration_ms", 0, kMaxCount).value_or(0);
             return m;
         }},
        {"recording_figures",
         [](Reader& r) -> FromCall {
             RecordingFigures m;
             m.id = r.id("id");
             m.bytes = r.optionalInteger("bytes", 0, kMaxCount).value_or(0);
             m.bitrate = r.integer("bitrate", 0, INT32_MAX);
             return m;
         }},
        {"track_part",
         [](Reader& r) -> FromCall {
             TrackPart m;
             m.id = r.id("id");
             m.index = r.integer("index", 1, 2000000);
             m.userId = r.id("user_id");
             m.source = oneOf(r, "source", kTrackSources, TrackSource::Sound);
             m.closed = r.boolean("closed");
             m.bytes = r.optionalInteger("bytes", 0, kMaxCount).value_or(0);
             m.durationMs = r.optionalInteger("duration_ms", 0, kMaxCount).value_or(0);
             m.startedAtMs = r.optionalInteger("started_at_ms", 0, kMaxCount).value_or(0);
             return m;
         }},
        {"recording_ended",
         [](Reader& r) -> FromCall {
             return RecordingEnded{r.id("id"), r.text("code"), r.text("message")};
         }},
        {"broadcast_status",
         [](Reader& r) -> FromCall {
             BroadcastStatus m;
             m.id = r.id("id");
             m.state = oneOf(r, "state", kBroadcastStates, BroadcastState::Starting);
             m.viewers = r.integer("viewers", 0, 1'000'000);
             m.bitrate = r.integer("bitrate", 0, 1'000'000'000);
             m.code = r.text("code");
             m.message = r.text("message");
             return m;
         }},
        {"sound_status",
         [](Reader& r) -> FromCall {
             SoundStatus m;
             m.id = r.id("id");
             m.state = oneOf(r, "state", kSoundStates, SoundState::Playing);
             m.durationMs = r.optionalInteger("duration_ms", 0, kMaxCount).value_or(0);
             m.code = r.text("code");
             m.message = r.text("message");
             return m;
         }},
        {"broadcast_part",
         [](Reader& r) -> FromCall {
             BroadcastPart m;
             m.id = r.id("id");
             const auto part = hlsPartFromJson(r.any("part"));
             if (!part) r.refuse("part", part.error().message);
             if (part) m.part = *part;
             return m;
         }},
        {"answer",
         [](Reader& r) -> FromCall {
             return Answer{r.id("leg"), r.string("sdp", 1, kMaxSdp)};
         }},
        {"local_candidate",
         [](Reader& r) -> FromCall {
             return LocalCandidate{r.id("leg"), r.line()};
         }},
        {"leg_state",
         [](Reader& r) -> FromCall {
             return LegStateChanged{r.id("leg"), r.id("user_id"), r.legState()};
         }},
        {"leg_closed",
         [](Reader& r) -> FromCall {
             return LegClosed{r.id("leg"), r.id("user_id"), r.text("reason"), r.text("code"),
                              r.text("message")};
         }},
        {"layout",
         [](Reader& r) -> FromCall {
             return LayoutChanged{r.canvas(), readMode(r), readTiles(r, "tiles")};
         }},
        {"constraints",
         [](Reader& r) -> FromCall {
             Constraints m;
             m.leg = r.id("leg");
             m.userId = r.id("user_id");
             m.source = readSource(r);
             m.maxWidth = r.integer("max_width", 0, 8192);
             m.maxHeight = r.integer("max_height", 0, 8192);
             m.maxFps = r.integer("max_fps", 0, 120);
             m.maxBitrate = r.integer("max_bitrate", 0, 100000000);
             return m;
         }},
        {"figures",
         [](Reader& r) -> FromCall {
             Figures m;
             m.legs = r.figures();
             m.encoders = r.integer("encoders", 0, 64);
             m.framesPainted = r.optionalInteger("frames_painted", 0, kMaxCount).value_or(0);
             m.framesEncoded = r.optionalInteger("frames_encoded", 0, kMaxCount).value_or(0);
             m.cpuSeconds = r.optionalNumber("cpu_seconds", 0, 1e9).value_or(0);
             return m;
         }},
        {"snapshot",
         [](Reader& r) -> FromCall {
             return Snapshot{r.id("request"), r.text("failure")};
         }},
        {"speaker",
         [](Reader& r) -> FromCall { return SpeakerChanged{r.string("user_id", 0, kMaxId)}; }},
    };
    return decodeWith(kDecoders, json);
}

} // namespace mullion::wire
