// What people say in a call, kept with it.
#include <algorithm>

#include "src/base/ids.h"
#include "src/call/registry.h"
#include "src/call/registry_live.h"

namespace mullion {

namespace {

/// How far back a message that is sent again is known.
constexpr std::size_t kRemembered = 200;

const char* typeOf(Utterance::Kind kind) {
    return kind == Utterance::Kind::Message ? "chat:message" : "reaction";
}

const char* fieldOf(Utterance::Kind kind) {
    return kind == Utterance::Kind::Message ? "text" : "emoji";
}

/// Who waits, was only asked or is not wanted has heard nothing and reads nothing.
bool mayRead(const Principal& who, const Call& call) {
    if (who.isPrivileged()) return true;
    const Participant* participant = call.find(who.userId);
    return participant && participant->joinedAt &&
           participant->state != ParticipantState::Waiting &&
           participant->state != ParticipantState::Removed;
}

} // namespace

void CallRegistry::say(const Principal& who, const std::string& id, const Utterance& utterance,
                       const Done& done) {
    if (!find(id)) return refuseAbsent(who, id, done);
    const auto seated = seatedIn(who, id);
    if (!seated) return done(seated.error());
    const Call& call = **seated;
    if (utterance.kind == Utterance::Kind::Message && call.find(who.userId)->role == Role::Viewer)
        return done(Error{ErrorCode::NotAllowed, "viewers do not chat in this call"});
    std::deque<std::string>& said = findLive(id)->said;
    if (!utterance.id.empty()) {
        const std::string key = who.userId + ' ' + utterance.id;
        // It is kept already, or about to be.
        if (std::find(said.begin(), said.end(), key) != said.end()) return done(Json::object());
        said.push_back(key);
        if (said.size() > kRemembered) said.pop_front();
    }
    // Kept by their times: two of one millisecond would change places.
    Timestamp& last = findLive(id)->lastSaid;
    const Timestamp at = last = std::max(now(), last + std::chrono::milliseconds(1));
    const Json kept = {{"id", utterance.id.empty() ? newId() : utterance.id},
                       {"user_id", who.userId},
                       {fieldOf(utterance.kind), utterance.text},
                       {"at", formatTimestamp(at)}};
    Json event = kept;
    event["type"] = typeOf(utterance.kind);
    event["call_id"] = id;
    std::vector<std::string> users;
    for (const Participant& participant : call.participants)
        if (isPresent(participant.state)) users.push_back(participant.userId);
    events_.publish(users, event);
    if (recordings_) recordings_->onChat(id, kept);
    store_.put(
        {.messages = {{newId(), call.chatId(), who.userId, at, toText(kept)}}},
        [this, id, said = who.userId + ' ' + utterance.id, done](const Result<void>& result) {
            if (result) return done(Json::object());
            // It was not kept: sent again it is new.
            if (const LivePtr live = findLive(id)) std::erase(live->said, said);
            done(result.error());
        });
}

void CallRegistry::showChat(const Principal& who, const std::string& id, const ChatPage& page,
                            const Done& done) {
    const auto answer = [this, who, page, done](const Call& call) {
        if (!who.mayUse(call.id) && !who.mayUse(call.roomId))
            return done(Error{ErrorCode::NotAllowed, "the token is not for this call"});
        if (!mayRead(who, call))
            return done(Error{ErrorCode::NotMember, "you were not in this call"});
        const auto show = [page, done](const Result<Page>& found) {
            if (!found) return done(found.error());
            Json list = Json::array();
            for (const std::string& document : found->documents) {
                auto entry = parseJson(document, std::size_t{1} << 20);
                if (entry && entry->contains(fieldOf(page.kind))) list.push_back(std::move(*entry));
            }
            const char* field = page.kind == Utterance::Kind::Message ? "messages" : "reactions";
            const Json next = found->nextCursor.empty() ? Json() : Json(found->nextCursor);
            done(Json{{field, std::move(list)}, {"next_cursor", next}});
        };
        store_.messages({call.chatId(), page.cursor, page.limit}, show);
    };
    if (const LivePtr live = findLive(id)) return answer(live->call);
    store_.find(id, [answer, done](const Result<std::string>& document) {
        if (!document) return done(document.error());
        const auto call = callFromDocument(*document);
        if (!call) return done(call.error());
        answer(*call);
    });
}

} // namespace mullion
