#include "src/wire/messages.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>

namespace mullion::wire {

namespace {

constexpr std::size_t kMaxId = 128;
constexpr std::size_t kMaxText = 1024;
constexpr std::size_t kMaxSdp = std::size_t{256} * 1024;

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

/// Clang deduces it by itself from 17 on.
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

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
        nested("canvas", any("canvas"), [&](JsonReader& reader) {
            canvas.width = static_cast<int>(reader.optionalInteger("width", 16, 7680).value_or(0));
            canvas.height =
                static_cast<int>(reader.optionalInteger("height", 16, 4320).value_or(0));
            canvas.fps = static_cast<int>(reader.optionalInteger("fps", 1, 120).value_or(0));
            if (!canvas.width || !canvas.height || !canvas.fps)
                reader.refuse("width", "a canvas needs width, height and fps");
        });
        return canvas;
    }

    CandidateLine line() {
        CandidateLine line;
        line.candidate = string("candidate", 0, kMaxText);
        line.mid = string("mid", 0, kMaxId);
        line.mLineIndex = integer("mline_index", 0, 64);
        return line;
    }

    LegState legState(const char* field) {
        const auto value = optionalOneOf(field, {"new", "connected", "failed"});
        return !value || *value == "new" ? LegState::New
               : *value == "connected"   ? LegState::Connected
                                         : LegState::Failed;
    }

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

    std::vector<Tile> tiles() {
        std::vector<Tile> tiles;
        for (const Json& entry : any("tiles")) {
            Tile tile;
            nested("tiles", entry, [&](JsonReader& reader) {
                const auto pixels = [&](const char* field) {
                    return static_cast<int>(reader.optionalInteger(field, -8192, 8192).value_or(0));
                };
                tile.userId = reader.string("user_id", 1, kMaxId);
                tile.source = reader.string("source", 1, kMaxId);
                tile.x = pixels("x");
                tile.y = pixels("y");
                tile.width = pixels("width");
                tile.height = pixels("height");
                tile.visible = reader.optionalBool("visible").value_or(true);
            });
            tiles.push_back(std::move(tile));
        }
        return tiles;
    }

    std::vector<LegInfo> legs() {
        std::vector<LegInfo> legs;
        for (const Json& entry : any("legs")) {
            LegInfo leg;
            nested("legs", entry, [&](JsonReader& reader) {
                leg.leg = reader.string("leg", 1, kMaxId);
                leg.userId = reader.string("user_id", 1, kMaxId);
                const auto state = reader.optionalOneOf("state", {"new", "connected", "failed"});
                leg.state = state == "connected" ? LegState::Connected
                            : state == "failed"  ? LegState::Failed
                                                 : LegState::New;
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
    switch (state) {
    case LegState::New:
        return "new";
    case LegState::Connected:
        return "connected";
    case LegState::Failed:
        return "failed";
    }
    return "";
}

Json toJson(const Canvas& canvas) {
    return {{"width", canvas.width}, {"height", canvas.height}, {"fps", canvas.fps}};
}

Json toJson(const Tile& tile) {
    return {{"user_id", tile.userId},
            {"source", tile.source},
            {"x", tile.x},
            {"y", tile.y},
            {"width", tile.width},
            {"height", tile.height},
            {"visible", tile.visible}};
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
                        {"min_port", m.minPort},      {"max_port", m.maxPort},
                        {"addresses", m.addresses}};
            },
            [](const PutParticipant& m) -> Json {
                return {{"type", "put_participant"},
                        {"user_id", m.userId},
                        {"name", m.name},
                        {"audio_muted", m.audioMuted},
                        {"video_muted", m.videoMuted},
                        {"volume", m.volume},
                        {"role", m.role}};
            },
            [](const RemoveParticipant& m) -> Json {
                return {
                    {"type", "remove_participant"}, {"user_id", m.userId}, {"reason", m.reason}};
            },
            [](const Offer& m) -> Json {
                return {{"type", "offer"}, {"user_id", m.userId}, {"leg", m.leg}, {"sdp", m.sdp}};
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
            [](const Stop&) -> Json {
                return {{"type", "stop"}};
            },
        },
        message);
}

Json encode(const FromCall& message) {
    return std::visit(Overloaded{
                          [](const State& m) -> Json {
                              return {{"type", "state"},
                                      {"protocol", m.protocol},
                                      {"pid", m.pid},
                                      {"boot_id", m.bootId},
                                      {"call_id", m.callId},
                                      {"generation", m.generation},
                                      {"participants", m.participants},
                                      {"legs", legsToJson(m.legs)},
                                      {"canvas", toJson(m.canvas)},
                                      {"mode", m.mode},
                                      {"tiles", tilesToJson(m.tiles)}};
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
                              return {{"type", "leg_closed"}, {"leg", m.leg},
                                      {"user_id", m.userId},  {"reason", m.reason},
                                      {"code", m.code},       {"message", m.message}};
                          },
                          [](const LayoutChanged& m) -> Json {
                              return {{"type", "layout"},
                                      {"canvas", toJson(m.canvas)},
                                      {"mode", m.mode},
                                      {"tiles", tilesToJson(m.tiles)}};
                          },
                          [](const Constraints& m) -> Json {
                              return {{"type", "constraints"},   {"leg", m.leg},
                                      {"user_id", m.userId},     {"source", m.source},
                                      {"max_width", m.maxWidth}, {"max_height", m.maxHeight},
                                      {"max_fps", m.maxFps},     {"max_bitrate", m.maxBitrate}};
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
             m.volume = r.optionalNumber("volume", 0, 2).value_or(1.0);
             m.role =
                 r.optionalOneOf("role", {"host", "participant", "viewer"}).value_or("participant");
             return m;
         }},
        {"remove_participant",
         [](Reader& r) -> ToCall {
             return RemoveParticipant{r.id("user_id"), r.text("reason")};
         }},
        {"offer",
         [](Reader& r) -> ToCall {
             return Offer{r.id("user_id"), r.id("leg"), r.string("sdp", 0, kMaxSdp)};
         }},
        {"remote_candidate",
         [](Reader& r) -> ToCall {
             return RemoteCandidate{r.id("leg"), r.line()};
         }},
        {"close_leg",
         [](Reader& r) -> ToCall {
             return CloseLeg{r.id("leg"), r.text("reason")};
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
             m.legs = r.legs();
             m.canvas = r.canvas();
             m.mode = r.text("mode");
             m.tiles = r.tiles();
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
             return LegStateChanged{r.id("leg"), r.id("user_id"), r.legState("state")};
         }},
        {"leg_closed",
         [](Reader& r) -> FromCall {
             return LegClosed{r.id("leg"), r.id("user_id"), r.text("reason"), r.text("code"),
                              r.text("message")};
         }},
        {"layout",
         [](Reader& r) -> FromCall {
             return LayoutChanged{r.canvas(), r.text("mode"), r.tiles()};
         }},
        {"constraints",
         [](Reader& r) -> FromCall {
             Constraints m;
             m.leg = r.id("leg");
             m.userId = r.id("user_id");
             m.source = r.id("source");
             m.maxWidth = r.integer("max_width", 0, 8192);
             m.maxHeight = r.integer("max_height", 0, 8192);
             m.maxFps = r.integer("max_fps", 0, 120);
             m.maxBitrate = r.integer("max_bitrate", 0, 100000000);
             return m;
         }},
    };
    return decodeWith(kDecoders, json);
}

} // namespace mullion::wire
