#include "src/base/json_values.h"
#include "src/call/call.h"

namespace mullion {

namespace {

Json timeOrNull(const std::optional<Timestamp>& time) {
    return time ? Json(formatTimestamp(*time)) : Json();
}

Json nameOrNull(const char* name) {
    return name ? Json(name) : Json();
}

std::int64_t durationOf(const Call& call, Timestamp at) {
    if (!call.answeredAt) return 0;
    const auto length = call.endedAt.value_or(at) - *call.answeredAt;
    return std::chrono::duration_cast<std::chrono::seconds>(length).count();
}

std::optional<Timestamp> timeIn(const Json& json, const char* field) {
    const auto found = json.find(field);
    if (found == json.end() || !found->is_string()) return {};
    const auto time = parseTimestamp(found->get<std::string>());
    return time ? std::optional(*time) : std::nullopt;
}

std::optional<Participant> participantFrom(const Json& json) {
    if (!json.is_object()) return {};
    Participant p;
    p.userId = json.value("user_id", "");
    p.name = json.value("name", "");
    const auto role = roleFromName(json.value("role", ""));
    const auto state = participantStateFromName(json.value("state", ""));
    if (p.userId.empty() || !role || !state) return {};
    p.role = *role;
    p.state = *state;
    p.invitedAt = timeIn(json, "invited_at");
    p.joinedAt = timeIn(json, "joined_at");
    p.leftAt = timeIn(json, "left_at");
    p.audioMuted = json.value("audio_muted", false);
    p.videoMuted = json.value("video_muted", false);
    p.screen = json.value("screen", false);
    p.volume = json.value("volume", 1.0);
    p.noiseSuppression = json.value("noise_suppression", false);
    p.autoGain = json.value("auto_gain", false);
    p.rung = wire::rungFromName(json.value("rung", "auto")).value_or(wire::RungChoice::Auto);
    return p;
}

/// What the interface does not show but the next mulliond needs.
constexpr const char* kRoom = "is_room";
constexpr const char* kGathering = "gathering_id";
constexpr const char* kRecord = "record";
constexpr const char* kWasRecorded = "was_recorded";

Call callFrom(const Json& json) {
    Call call;
    call.id = json.value("id", "");
    call.video = json.value("type", "video") == "video";
    if (json["title"].is_string()) call.title = json["title"].get<std::string>();
    call.open = json.value("open", false);
    call.permanent = json.value("permanent", false);
    call.locked = json.value("locked", false);
    call.lobby = json.value("lobby", false);
    call.room = json.value(kRoom, false);
    call.gatheringId = json.value(kGathering, "");
    call.record = json.value(kRecord, false);
    call.wasRecorded = json.value(kWasRecorded, false);
    if (const auto room = json.find("room_id"); room != json.end() && room->is_string())
        call.roomId = room->get<std::string>();
    call.maxParticipants = json.value("max_participants", 8);
    call.createdBy = json.value("created_by", "");
    call.createdAt = timeIn(json, "created_at").value_or(Timestamp());
    call.answeredAt = timeIn(json, "answered_at");
    call.endedAt = timeIn(json, "ended_at");
    if (json["end_reason"].is_string())
        call.endReason = endReasonFromName(json["end_reason"].get<std::string>());
    const Json& canvas = json["canvas"];
    call.canvas = {canvas.value("width", 1280), canvas.value("height", 720),
                   canvas.value("fps", 25)};
    // Earlier documents have less of it, or nothing.
    if (const auto layout = json.find("layout"); layout != json.end()) {
        JsonReader reader(*layout);
        wire::Layout read = wire::readLayout(reader);
        if (reader.finish()) call.layout = std::move(read);
    }
    if (const auto programme = json.find("programme");
        programme != json.end() && programme->is_object()) {
        JsonReader reader(*programme);
        wire::Programme read = wire::readProgramme(reader);
        if (reader.finish()) call.programme = std::move(read);
    }
    return call;
}

} // namespace

Json toJson(const Participant& p) {
    return {{"user_id", p.userId},
            {"name", p.name},
            {"role", name(p.role)},
            {"state", name(p.state)},
            {"invited_at", timeOrNull(p.invitedAt)},
            {"joined_at", timeOrNull(p.joinedAt)},
            {"left_at", timeOrNull(p.leftAt)},
            {"audio_muted", p.audioMuted},
            {"video_muted", p.videoMuted},
            {"screen", p.screen},
            {"volume", p.volume},
            {"noise_suppression", p.noiseSuppression},
            {"auto_gain", p.autoGain},
            {"rung", wire::name(p.rung)}};
}

Json toJson(const Call& call, Timestamp at) {
    Json participants = Json::array();
    for (const Participant& participant : call.participants)
        participants.push_back(toJson(participant));
    return {{"id", call.id},
            {"status", name(call.status)},
            {"type", call.video ? "video" : "audio"},
            {"title", call.title ? Json(*call.title) : Json()},
            {"open", call.open},
            {"permanent", call.permanent},
            {"room_id", call.roomId.empty() ? Json() : Json(call.roomId)},
            {"locked", call.locked},
            {"lobby", call.lobby},
            {"max_participants", call.maxParticipants},
            {"created_by", call.createdBy},
            {"created_at", formatTimestamp(call.createdAt)},
            {"answered_at", timeOrNull(call.answeredAt)},
            {"ended_at", timeOrNull(call.endedAt)},
            {"duration", durationOf(call, at)},
            {"end_reason", nameOrNull(name(call.endReason))},
            {"canvas", wire::toJson(call.canvas)},
            {"layout", wire::toJson(call.layout)},
            {"programme", call.programme.differs() ? wire::toJson(call.programme) : Json()},
            {"participants", std::move(participants)},
            {"recording", call.recording ? *call.recording : Json()},
            {"broadcasts", call.broadcasts ? *call.broadcasts : Json::array()}};
}

CallRecord toRecord(const Call& call) {
    CallRecord record;
    record.id = call.id;
    record.active = !isOver(call.status);
    record.status = name(call.status);
    record.createdAt = call.createdAt;
    record.endedAt = call.endedAt;
    record.permanent = call.permanent;
    // People come and go with the gatherings of a permanent room; the room itself is in the history
    // of those who are left when it is given up.
    if (!record.active || !call.permanent)
        for (const Participant& participant : call.participants)
            record.users.push_back(participant.userId);
    Json document = toJson(call, call.createdAt);
    document[kRoom] = call.room;
    document[kGathering] = call.gatheringId;
    document[kRecord] = call.record;
    document[kWasRecorded] = call.wasRecorded;
    record.document = toText(document);
    return record;
}

Result<Call> callFromDocument(const std::string& document) {
    const Error damaged{ErrorCode::Internal, "the store holds a damaged call"};
    const auto json = parseJson(document, std::size_t{1} << 24);
    if (!json || !json->is_object()) return damaged;
    for (const char* field : {"title", "end_reason", "canvas", "participants"})
        if (!json->contains(field)) return damaged;
    if (!(*json)["canvas"].is_object() || !(*json)["participants"].is_array()) return damaged;
    // value() throws on a field of another type, which only a damaged store has.
    try {
        Call call = callFrom(*json);
        const auto status = callStatusFromName(json->value("status", ""));
        if (call.id.empty() || !status) return damaged;
        call.status = *status;
        for (const Json& entry : (*json)["participants"]) {
            auto participant = participantFrom(entry);
            if (!participant) return damaged;
            call.participants.push_back(std::move(*participant));
        }
        return call;
    } catch (const Json::exception&) {
        return damaged;
    }
}

} // namespace mullion
