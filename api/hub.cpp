#include "api/hub.h"

#include <algorithm>

#include "src/base/error_names.h"
#include "src/base/ids.h"
#include "src/base/log.h"

namespace mullion::api {

namespace {

constexpr Log kLog("hub");
constexpr std::size_t kMaxMessage = std::size_t{256} * 1024;

/// The call that an event is about; empty for none.
std::string callOf(const Json& event) {
    if (const auto id = event.find("call_id"); id != event.end() && id->is_string())
        return id->get<std::string>();
    if (const auto call = event.find("call"); call != event.end() && call->is_object())
        return call->value("id", "");
    return "";
}

} // namespace

void answerRef(Session& session, const std::string& ref, const Result<void>& result) {
    if (result) {
        if (!ref.empty()) session.reply({{"type", "ack"}, {"ref", ref}});
        return;
    }
    const Error& error = result.error();
    Json message = {{"type", "error"}, {"code", name(error.code)}, {"message", error.message}};
    if (!ref.empty()) message["ref"] = ref;
    if (!error.field.empty()) message["field"] = error.field;
    session.reply(message);
}

Hub::Hub(Options options, const Tokens& tokens, SideLoop& loop)
    : options_(options)
    , tokens_(tokens)
    , loop_(loop) {}

Hub::~Hub() = default;

Session& Hub::add(Principal who) {
    auto& mine = sessionsOfUser_[who.userId];
    auto session = std::make_unique<Session>(newId(), std::move(who));
    Session& added = *session;
    mine.push_back(&added);
    sessions_[added.id()] = std::move(session);
    return added;
}

void Hub::remove(Session& session) {
    if (session.transport()) byTransport_.erase(session.transport());
    const auto mine = sessionsOfUser_.find(session.who().userId);
    std::erase(mine->second, &session);
    const std::string userId = session.who().userId;
    const bool last = mine->second.empty();
    if (last) sessionsOfUser_.erase(mine);
    // A copy: the id is a part of what is erased.
    const std::string id = session.id();
    sessions_.erase(id);
    if (last && callbacks_.onGone) callbacks_.onGone(userId);
}

void Hub::close(Session& session, int code, const std::string& reason) {
    Transport* transport = session.transport();
    remove(session);
    if (transport) transport->close(code, reason);
}

Session& Hub::connect(Transport& transport, Principal who) {
    const std::string userId = who.userId;
    const auto others = sessionsOfUser_.find(userId);
    if (others != sessionsOfUser_.end() && others->second.size() >= options_.maxSessionsPerUser) {
        // Who is away has nothing to lose but what he missed.
        auto oldest = std::find_if(others->second.begin(), others->second.end(),
                                   [](const Session* other) { return !other->transport(); });
        if (oldest == others->second.end()) oldest = others->second.begin();
        close(**oldest, kCloseReplaced, "too many devices");
    }
    callbacks_.onDevice(userId);
    Session& session = add(std::move(who));
    session.attach(&transport);
    byTransport_[&transport] = &session;
    scheduleExpiry(session);
    kLog.debug("user=" + userId + " session=" + session.id(), "connected");
    greet(session);
    return session;
}

void Hub::greet(Session& session) {
    session.reply({{"type", "hello"},
                   {"session", session.id()},
                   {"user_id", session.who().userId},
                   {"ping", options_.ping.count()},
                   {"calls", callbacks_.callsOf(session.who())}});
    callbacks_.onGreeted(session);
}

void Hub::scheduleExpiry(Session& session) {
    // Long timers are set again: GLib counts milliseconds in 32 bits.
    const auto left =
        std::clamp<std::chrono::milliseconds>(session.who().expiresAt + Tokens::kLeeway - now(),
                                              std::chrono::milliseconds(0), std::chrono::hours(24));
    session.ending = after(
        left,
        [this, &session] {
            if (now() < session.who().expiresAt + Tokens::kLeeway) return scheduleExpiry(session);
            close(session, kCloseToken, "the token has expired");
        },
        loop_.context());
}

void Hub::disconnect(Transport& transport) {
    const auto found = byTransport_.find(&transport);
    if (found == byTransport_.end()) return;
    Session& session = *found->second;
    byTransport_.erase(found);
    session.attach(nullptr);
    session.ending = after(
        options_.away, [this, &session] { remove(session); }, loop_.context());
    kLog.debug("user=" + session.who().userId + " session=" + session.id(), "away");
}

void Hub::dropSlow(Transport& transport) {
    ++slowClients_;
    if (const auto found = byTransport_.find(&transport); found != byTransport_.end())
        kLog.warning("user=" + found->second->who().userId + " session=" + found->second->id(),
                     "dropped: it does not read what it is sent");
    disconnect(transport);
    transport.close(kCloseTooSlow, "you read too slowly");
}

void Hub::receive(Transport& transport, const std::string& text) {
    receive(transport, parseJson(text, kMaxMessage));
}

void Hub::receive(Transport& transport, const Result<Json>& message, const std::string& ref) {
    const auto found = byTransport_.find(&transport);
    if (found == byTransport_.end()) return;
    Session& session = *found->second;
    if (!session.takeAllowance()) return close(session, kCloseTooFast, "too many messages");
    if (!message) return answerRef(session, ref, message.error());
    if (!message->is_object())
        return answerRef(session, "", Error{ErrorCode::BadRequest, "expected a JSON object"});
    const auto type = message->find("type");
    if (type != message->end() && *type == "resume") return resume(session, *message);
    if (type != message->end() && *type == "auth") return renew(session, *message);
    callbacks_.onMessage(session, *message);
}

void Hub::resume(Session& session, const Json& message) {
    JsonReader reader(message);
    reader.string("type", 1, 64);
    const std::string ref = reader.optionalString("ref", 1, 128).value_or("");
    const std::string id = reader.string("session", 1, 128);
    const auto seq = reader.optionalInteger("seq", 0, INT64_MAX);
    if (!seq) reader.refuse("seq", "`seq` is missing");
    if (const auto read = reader.finish(); !read) return answerRef(session, ref, read);
    const auto found = sessions_.find(id);
    Session* old = found == sessions_.end() ? nullptr : found->second.get();
    if (!old || old == &session || old->who().userId != session.who().userId ||
        !old->canResume(static_cast<std::uint64_t>(*seq))) {
        answerRef(session, ref, {});
        return greet(session);
    }
    // The connection of before may not have noticed that its other end has gone.
    if (Transport* replaced = old->transport()) {
        byTransport_.erase(replaced);
        old->attach(nullptr);
        replaced->close(kCloseReplaced, "resumed by another connection");
    }
    Transport* transport = session.transport();
    old->renew(session.who());
    remove(session);
    old->attach(transport);
    byTransport_[transport] = old;
    scheduleExpiry(*old);
    answerRef(*old, ref, {});
    old->replay(static_cast<std::uint64_t>(*seq));
}

void Hub::renew(Session& session, const Json& message) {
    JsonReader reader(message);
    reader.string("type", 1, 64);
    const std::string ref = reader.optionalString("ref", 1, 128).value_or("");
    const std::string token = reader.string("access_token", 1, 8192);
    if (const auto read = reader.finish(); !read) return answerRef(session, ref, read);
    auto who = tokens_.verify(token);
    if (!who) return answerRef(session, ref, who.error());
    if (who->userId != session.who().userId)
        return answerRef(
            session, ref,
            Error{ErrorCode::NotAllowed, "the token is another user's", "access_token"});
    session.renew(std::move(*who));
    scheduleExpiry(session);
    answerRef(session, ref, {});
}

void Hub::publish(const std::vector<std::string>& users, const Json& event) {
    if (users.empty()) return;
    const std::string text = toText(event);
    const std::string callId = callOf(event);
    for (const std::string& user : users) {
        const auto sessions = sessionsOfUser_.find(user);
        if (sessions == sessionsOfUser_.end()) continue;
        for (Session* session : sessions->second)
            if (session->mayHear(callId)) session->event(callId, text);
    }
}

void Hub::sendTo(const std::string& session, const std::string& userId, const Json& event) {
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return publish({userId}, event);
    const std::string callId = callOf(event);
    if (found->second->mayHear(callId)) found->second->event(callId, toText(event));
}

void Hub::answer(const std::string& session, const std::string& ref, const Result<void>& result) {
    const auto found = sessions_.find(session);
    if (found != sessions_.end()) answerRef(*found->second, ref, result);
}

Json Hub::statsOf(const std::string& callId) const {
    Json list = Json::array();
    for (const auto& [id, session] : sessions_) {
        const Json& said = session->stats;
        if (!said.is_object() || said["call_id"] != callId) continue;
        Json stats = said;
        stats.erase("call_id");
        stats["user_id"] = session->who().userId;
        list.push_back(std::move(stats));
    }
    return list;
}

bool Hub::isOnline(const std::string& userId) const {
    return sessionsOfUser_.contains(userId);
}

} // namespace mullion::api
