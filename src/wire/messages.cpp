#include "src/wire/messages.h"

#include <type_traits>
#include <utility>

#include "src/wire/fields.h"
#include "src/wire/words.h"

namespace mullion::wire {

namespace {

constexpr std::size_t kMaxText = 1024;
constexpr std::size_t kMaxPath = 4096;
constexpr std::size_t kMaxSdp = std::size_t{256} * 1024;
constexpr int kMaxGeneration = 1'000'000;
/// Recordings' files and tracks.
constexpr int kMaxIndex = 2'000'000;
constexpr int kMaxBitrate = 1'000'000'000;
constexpr int kMaxPixels = 8192;

} // namespace

// ---- what several messages have ----

template <typename Archive>
void fields(Archive& a, CandidateLine& m) {
    a.string("candidate", m.candidate, 0, kMaxText);
    a.string("mid", m.mid, 0, kMaxId);
    a.integer("mline_index", m.mLineIndex, 0, 64);
}

template <typename Archive>
void fields(Archive& a, LegInfo& m) {
    a.id("leg", m.leg);
    a.id("user_id", m.userId);
    a.word("state", m.state, kLegStates);
}

template <typename Archive>
void fields(Archive& a, Direction& m) {
    constexpr double kMax = 1e9;
    a.number("rtt", m.rttSeconds, 0, kMax);
    a.number("jitter", m.jitterSeconds, 0, kMax);
    a.number("loss", m.loss, 0, kMax);
    a.count("bitrate", m.bitrate);
    a.number("mos", m.mos, 0, kMax);
}

template <typename Archive>
void fields(Archive& a, LegFigures& m) {
    a.id("leg", m.leg);
    a.id("user_id", m.userId);
    a.part("up", m.up);
    a.part("down", m.down);
    a.string("rung", m.rung, 0, kMaxId);
    a.string("codec", m.codec, 0, kMaxId);
    a.count("frames_decoded", m.framesDecoded);
    a.count("frames_dropped", m.framesDropped);
    a.count("key_frames_asked", m.keyFramesAsked);
    a.number("audio_level", m.audioLevelDb, -1000, 100);
}

// ---- mulliond to mullion-call ----

template <typename Archive>
void fields(Archive& a, Claim& m) {
    a.integer("protocol", m.protocol, 0, 1'000'000);
    a.id("owner", m.owner);
}

template <typename Archive>
void fields(Archive& a, StartCall& m) {
    a.id("call_id", m.callId);
    a.integer("generation", m.generation, 0, kMaxGeneration);
    a.canvas(m.canvas);
    a.layout(m.layout);
    a.integer("bitrate", m.bitrate, 0, 100'000'000);
    a.integer("min_port", m.minPort, 0, 65535);
    a.integer("max_port", m.maxPort, m.minPort, 65535);
    a.strings("addresses", m.addresses);
}

template <typename Archive>
void fields(Archive& a, PutParticipant& m) {
    a.id("user_id", m.userId);
    a.string("name", m.name, 0, kMaxText);
    a.flag("audio_muted", m.audioMuted);
    a.flag("video_muted", m.videoMuted);
    a.flag("screen", m.screen);
    a.number("volume", m.volume, 0, 2);
    a.word("role", m.role, {"host", "participant", "viewer"});
    a.flag("noise_suppression", m.noiseSuppression);
    a.flag("auto_gain", m.autoGain);
}

template <typename Archive>
void fields(Archive& a, RemoveParticipant& m) {
    a.id("user_id", m.userId);
    a.string("reason", m.reason, 0, kMaxText);
}

template <typename Archive>
void fields(Archive& a, Offer& m) {
    a.id("user_id", m.userId);
    a.id("leg", m.leg);
    a.string("sdp", m.sdp, 0, kMaxSdp);
    a.flag("watches", m.watches);
}

template <typename Archive>
void fields(Archive& a, RemoteCandidate& m) {
    a.id("leg", m.leg);
    fields(a, m.line);
}

template <typename Archive>
void fields(Archive& a, CloseLeg& m) {
    a.id("leg", m.leg);
    a.string("reason", m.reason, 0, kMaxText);
}

template <typename Archive>
void fields(Archive& a, SetLayout& m) {
    a.layout(m.layout);
}

template <typename Archive>
void fields(Archive& a, SetCanvas& m) {
    a.canvas(m.canvas);
}

template <typename Archive>
void fields(Archive& a, SetProgramme& m) {
    a.programme(m.programme);
    a.string("images", m.images, 1, kMaxPath);
}

template <typename Archive>
void fields(Archive& a, PlaySound& m) {
    a.id("id", m.id);
    a.string("path", m.path, 1, kMaxPath);
    a.number("volume", m.volume, 0, 2);
}

template <typename Archive>
void fields(Archive& a, StopSound& m) {
    a.id("id", m.id);
}

template <typename Archive>
void fields(Archive& a, SetRung& m) {
    a.id("user_id", m.userId);
    a.word("rung", m.rung, kRungs);
}

template <typename Archive>
void fields(Archive& a, StartRecording& m) {
    a.id("id", m.id);
    a.word("format", m.format, kFormats);
    a.flag("video", m.video);
    a.string("path", m.path, 1, kMaxPath);
    a.integer("first_part", m.firstPart, 1, 1'000'000);
    a.integer("max_seconds", m.maxSeconds, 0, 1'000'000);
    a.count("max_bytes", m.maxBytes);
    a.count("min_free", m.minFree);
    a.integer("first_track", m.firstTrack, 0, kMaxIndex);
}

template <typename Archive>
void fields(Archive& a, PauseRecording& m) {
    a.id("id", m.id);
}

template <typename Archive>
void fields(Archive& a, ResumeRecording& m) {
    a.id("id", m.id);
}

template <typename Archive>
void fields(Archive& a, StopRecording& m) {
    a.id("id", m.id);
}

template <typename Archive>
void fields(Archive& a, StartBroadcast& m) {
    a.id("id", m.id);
    a.word("kind", m.kind, kBroadcastKinds);
    a.flag("video", m.video);
    a.string("url", m.url, 0, kMaxPath);
    a.string("passphrase", m.passphrase, 0, kMaxId);
    a.string("path", m.path, 0, kMaxPath);
    a.count("first_segment", m.firstSegment);
    a.count("first_init", m.firstInit);
    a.string("address", m.address, 0, kMaxId);
    a.integer("port", m.port, 0, 65535);
    a.string("key", m.key, 0, kMaxId);
}

template <typename Archive>
void fields(Archive& a, StopBroadcast& m) {
    a.id("id", m.id);
}

template <typename Archive>
void fields(Archive& a, TakeSnapshot& m) {
    a.id("request", m.request);
    a.integer("width", m.width, 0, kMaxPixels);
}

template <typename Archive>
void fields(Archive&, Stop&) {}

// ---- mullion-call to mulliond ----

template <typename Archive>
void fields(Archive& a, State& m) {
    a.integer("protocol", m.protocol, 0, 1'000'000);
    a.integer("pid", m.pid, 0, INT32_MAX);
    a.string("boot_id", m.bootId, 0, kMaxText);
    a.string("call_id", m.callId, 0, kMaxId);
    a.integer("generation", m.generation, 0, kMaxGeneration);
    a.strings("participants", m.participants);
    a.list("legs", m.legs);
    a.list("watching", m.watching);
    a.canvas(m.canvas);
    a.mode(m.mode);
    a.tiles(m.tiles);
    a.strings("recordings", m.recordings);
    a.strings("broadcasts", m.broadcasts);
}

template <typename Archive>
void fields(Archive& a, Answer& m) {
    a.id("leg", m.leg);
    a.string("sdp", m.sdp, 1, kMaxSdp);
}

template <typename Archive>
void fields(Archive& a, LocalCandidate& m) {
    a.id("leg", m.leg);
    fields(a, m.line);
}

template <typename Archive>
void fields(Archive& a, LegStateChanged& m) {
    a.id("leg", m.leg);
    a.id("user_id", m.userId);
    a.word("state", m.state, kLegStates);
}

template <typename Archive>
void fields(Archive& a, LegClosed& m) {
    a.id("leg", m.leg);
    a.id("user_id", m.userId);
    a.string("reason", m.reason, 0, kMaxText);
    a.string("code", m.code, 0, kMaxText);
    a.string("message", m.message, 0, kMaxText);
}

template <typename Archive>
void fields(Archive& a, LayoutChanged& m) {
    a.canvas(m.canvas);
    a.mode(m.mode);
    a.tiles(m.tiles);
}

template <typename Archive>
void fields(Archive& a, Constraints& m) {
    a.id("leg", m.leg);
    a.id("user_id", m.userId);
    a.source(m.source);
    a.integer("max_width", m.maxWidth, 0, kMaxPixels);
    a.integer("max_height", m.maxHeight, 0, kMaxPixels);
    a.integer("max_fps", m.maxFps, 0, 120);
    a.integer("max_bitrate", m.maxBitrate, 0, 100'000'000);
}

template <typename Archive>
void fields(Archive& a, SpeakerChanged& m) {
    a.string("user_id", m.userId, 0, kMaxId);
}

template <typename Archive>
void fields(Archive& a, Figures& m) {
    a.list("legs", m.legs);
    a.integer("encoders", m.encoders, 0, 64);
    a.count("frames_painted", m.framesPainted);
    a.count("frames_encoded", m.framesEncoded);
    a.number("cpu_seconds", m.cpuSeconds, 0, 1e9);
}

template <typename Archive>
void fields(Archive& a, RecordingPart& m) {
    a.id("id", m.id);
    a.integer("index", m.index, 1, kMaxIndex);
    a.string("path", m.path, 1, kMaxPath);
    a.flag("closed", m.closed);
    a.count("bytes", m.bytes);
    a.count("duration_ms", m.durationMs);
}

template <typename Archive>
void fields(Archive& a, RecordingFigures& m) {
    a.id("id", m.id);
    a.count("bytes", m.bytes);
    a.integer("bitrate", m.bitrate, 0, INT32_MAX);
}

template <typename Archive>
void fields(Archive& a, TrackPart& m) {
    a.id("id", m.id);
    a.integer("index", m.index, 1, kMaxIndex);
    a.id("user_id", m.userId);
    a.word("source", m.source, kTrackSources);
    a.flag("closed", m.closed);
    a.count("bytes", m.bytes);
    a.count("duration_ms", m.durationMs);
    a.count("started_at_ms", m.startedAtMs);
}

template <typename Archive>
void fields(Archive& a, RecordingEnded& m) {
    a.id("id", m.id);
    a.string("code", m.code, 0, kMaxText);
    a.string("message", m.message, 0, kMaxText);
}

template <typename Archive>
void fields(Archive& a, BroadcastStatus& m) {
    a.id("id", m.id);
    a.word("state", m.state, kBroadcastStates);
    a.integer("viewers", m.viewers, 0, 1'000'000);
    a.integer("bitrate", m.bitrate, 0, kMaxBitrate);
    a.string("code", m.code, 0, kMaxText);
    a.string("message", m.message, 0, kMaxText);
}

template <typename Archive>
void fields(Archive& a, BroadcastPart& m) {
    a.id("id", m.id);
    a.hlsPart(m.part);
}

template <typename Archive>
void fields(Archive& a, SoundStatus& m) {
    a.id("id", m.id);
    a.word("state", m.state, kSoundStates);
    a.count("duration_ms", m.durationMs);
    a.string("code", m.code, 0, kMaxText);
    a.string("message", m.message, 0, kMaxText);
}

template <typename Archive>
void fields(Archive& a, Snapshot& m) {
    a.id("request", m.request);
    a.string("failure", m.failure, 0, kMaxText);
}

namespace {

template <typename Part>
Json written(Part part) {
    Json json = Json::object();
    Writer writer(json);
    fields(writer, part);
    return json;
}

template <typename... Messages>
Json write(const std::variant<Messages...>& message) {
    return std::visit(
        [](const auto& one) {
            Json json = written(one);
            json["type"] = one.kType;
            return json;
        },
        message);
}

/// Reads the message of the variant that has this type.
template <typename... Messages>
Result<void> read(const Json& json, std::variant<Messages...>& message) {
    JsonReader source(json);
    const std::string type = source.string("type", 1, kMaxId);
    Reader reader(source);
    const auto is = [&]<typename Message>(std::type_identity<Message>) {
        if (type != Message::kType) return false;
        fields(reader, message.template emplace<Message>());
        return true;
    };
    if (!(is(std::type_identity<Messages>()) || ...))
        source.refuse("type", "unknown message type `" + type.substr(0, 64) + "`");
    return source.finish();
}

} // namespace

Json toJson(const Direction& direction) {
    return written(direction);
}

Json toJson(const LegFigures& figures) {
    return written(figures);
}

Json encode(const ToCall& message) {
    return write(message);
}

Json encode(const FromCall& message) {
    return write(message);
}

Result<ToCall> decodeToCall(const Json& json) {
    ToCall message;
    TRY(read(json, message));
    return message;
}

Result<FromCall> decodeFromCall(const Json& json) {
    FromCall message;
    TRY(read(json, message));
    return message;
}

} // namespace mullion::wire
