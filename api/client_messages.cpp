#include "api/client_messages.h"

#include <map>

#include "src/base/ids.h"

namespace mullion::api {

namespace {

constexpr std::size_t kMaxSdp = std::size_t{200} * 1024;
constexpr std::size_t kMaxCandidate = 1024;
constexpr std::size_t kMaxChat = 4096;

/// An id of the client's own making, or empty.
std::string optionalId(JsonReader& reader, const char* field) {
    const auto id = reader.optionalString(field, 1, 128);
    if (id && !isValidId(*id)) reader.refuse(field, std::string("`") + field + "` is not an id");
    return id.value_or("");
}

/// An RTCIceCandidateInit; null and an empty text end the candidates (RFC 8838, 8.2).
wire::CandidateLine candidateFrom(JsonReader& reader) {
    wire::CandidateLine line;
    const Json& json = reader.any("candidate");
    if (json.is_null()) return line;
    JsonReader fields(json);
    line.candidate = fields.string("candidate", 0, kMaxCandidate);
    line.mid = fields.optionalString("sdpMid", 0, 128).value_or("");
    line.mLineIndex = static_cast<int>(fields.optionalInteger("sdpMLineIndex", 0, 64).value_or(0));
    fields.optionalString("usernameFragment", 0, 256);
    if (const auto read = fields.finish(); !read) reader.refuse("candidate", read.error().message);
    if (!isPrintable(line.candidate))
        reader.refuse("candidate", "`candidate` has control characters");
    return line;
}

} // namespace

void ClientMessages::handle(Session& session, const Json& message) {
    static const std::map<std::string, Handle> kHandlers = {
        {"webrtc:offer", &ClientMessages::onOffer},
        {"webrtc:ice-candidate", &ClientMessages::onCandidate},
        {"webrtc:stats", &ClientMessages::onStats},
        {"media:muted", &ClientMessages::onMuted},
        {"chat:message", &ClientMessages::onChat},
        {"reaction", &ClientMessages::onReaction},
    };
    JsonReader reader(message);
    const std::string type = reader.string("type", 1, 64);
    ref_ = reader.optionalString("ref", 1, 128).value_or("");
    callId_ = reader.string("call_id", 1, 128);
    const auto handler = kHandlers.find(type);
    if (handler == kHandlers.end())
        return answerRef(
            session, ref_,
            Error{ErrorCode::BadRequest, "unknown message type `" + type + '`', "type"});
    // The session may be gone when an answer comes late.
    const Reply reply = [hub = &context_.hub, id = session.id(),
                         ref = ref_](const Result<void>& result) {
        if (!ref.empty() || !result) hub->answer(id, ref, result);
    };
    (this->*handler->second)(session, reader, reply);
}

Result<const Call*> ClientMessages::seat(const Session& session, JsonReader& reader) {
    TRY(reader.finish());
    return context_.registry.seatedIn(session.who(), callId_);
}

void ClientMessages::refuse(const Session& session, const Error& error, const Reply& reply) {
    if (error.code != ErrorCode::NotFound) return reply(error);
    // It may be over.
    context_.registry.refuseAbsent(session.who(), callId_,
                                   [reply](const Result<Json>& absent) { reply(absent.error()); });
}

void ClientMessages::onOffer(Session& session, JsonReader& reader, const Reply& reply) {
    const std::string leg = optionalId(reader, "leg");
    const std::string sdp = reader.string("sdp", 1, kMaxSdp);
    const auto call = seat(session, reader);
    if (!call) return refuse(session, call.error(), reply);
    const auto taken =
        context_.legs.offer(**call, {session.id(), session.who().userId}, leg, sdp, ref_);
    // An offer that was taken is answered when the call's process has looked at it.
    if (!taken) reply(taken);
}

void ClientMessages::onCandidate(Session& session, JsonReader& reader, const Reply& reply) {
    const std::string leg = optionalId(reader, "leg");
    const wire::CandidateLine line = candidateFrom(reader);
    const auto call = seat(session, reader);
    if (!call) return refuse(session, call.error(), reply);
    reply(context_.legs.candidate(**call, {session.id(), session.who().userId}, leg, line));
}

void ClientMessages::onMuted(Session& session, JsonReader& reader, const Reply& reply) {
    ParticipantChange change;
    change.audioMuted = reader.optionalBool("audio_muted");
    change.videoMuted = reader.optionalBool("video_muted");
    change.screen = reader.optionalBool("screen");
    const auto call = seat(session, reader);
    if (!call) return refuse(session, call.error(), reply);
    context_.registry.changeParticipant(
        session.who(), callId_, session.who().userId, change, [reply](const Result<Json>& changed) {
            reply(changed ? Result<void>() : Result<void>(changed.error()));
        });
}

void ClientMessages::onStats(Session& session, JsonReader& reader, const Reply& reply) {
    Json stats = {{"call_id", callId_}, {"leg", optionalId(reader, "leg")}};
    for (const char* figure : {"rtt", "jitter", "loss", "concealed", "freezes", "fps", "bitrate"})
        if (const auto value = reader.optionalNumber(figure, 0, 1e12)) stats[figure] = *value;
    const auto call = seat(session, reader);
    if (!call) return refuse(session, call.error(), reply);
    session.stats = std::move(stats);
    reply({});
}

void ClientMessages::onChat(Session& session, JsonReader& reader, const Reply& reply) {
    const std::string id = optionalId(reader, "id");
    const std::string text = reader.string("text", 1, kMaxChat);
    say(session, reader, {Utterance::Kind::Message, id, text}, reply);
}

void ClientMessages::onReaction(Session& session, JsonReader& reader, const Reply& reply) {
    const std::string id = optionalId(reader, "id");
    const std::string emoji = reader.string("emoji", 1, 64);
    if (!isPrintable(emoji)) reader.refuse("emoji", "`emoji` has control characters");
    say(session, reader, {Utterance::Kind::Reaction, id, emoji}, reply);
}

void ClientMessages::say(const Session& session, JsonReader& reader, const Utterance& utterance,
                         const Reply& reply) {
    if (const auto read = reader.finish(); !read) return reply(read);
    context_.registry.say(session.who(), callId_, utterance, [reply](const Result<Json>& said) {
        reply(said ? Result<void>() : Result<void>(said.error()));
    });
}

} // namespace mullion::api
