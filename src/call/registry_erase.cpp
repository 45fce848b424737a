// A user is forgotten.
#include "src/call/registry.h"
#include "src/call/registry_live.h"

namespace mullion {

namespace {

/// Who stands where somebody has been erased.
constexpr const char* kNobody = "erased";

/// A call's document without the user. That somebody was there stays, as others' history has it.
std::string without(const std::string& userId, const std::string& document) {
    auto json = parseJson(document, std::size_t{1} << 24);
    if (!json || !json->is_object()) return document;
    if ((*json).value("created_by", "") == userId) (*json)["created_by"] = kNobody;
    for (Json& participant : (*json)["participants"]) {
        if (participant.value("user_id", "") != userId) continue;
        participant["user_id"] = kNobody;
        participant["name"] = "";
    }
    return toText(*json);
}

} // namespace

void CallRegistry::eraseUser(const Principal& who, const std::string& userId, const Done& done) {
    if (who.calls || (!who.isPrivileged() && who.userId != userId))
        return done(Error{ErrorCode::NotAllowed, "only he himself and services may do this"});
    std::vector<LivePtr> named;
    if (const auto ids = callsOfUser_.find(userId); ids != callsOfUser_.end())
        for (const std::string& id : ids->second)
            named.push_back(findLive(id));
    for (const LivePtr& live : named)
        if (isConcerned(live->call.find(userId)->state))
            return done(Error{ErrorCode::WrongState,
                              "he is in the call " + live->call.id + " or asked into it"});
    if (recordings_ && recordings_->isNeededOf(userId))
        return done(Error{ErrorCode::WrongState, "a recording that he began is not finished"});
    // A call that has forgotten whom it removed would let him in again.
    for (const LivePtr& live : named)
        if (!who.isPrivileged() && live->call.find(userId)->state == ParticipantState::Removed)
            return done(Error{ErrorCode::WrongState,
                              "he was removed from the call " + live->call.id + ", which goes on"});
    for (const LivePtr& live : named) {
        Call& call = live->call;
        unindex(call);
        std::erase_if(call.participants,
                      [&](const Participant& participant) { return participant.userId == userId; });
        if (call.createdBy == userId) call.createdBy = kNobody;
        ++startedBy_[call.createdBy];
        index(*live);
        persist(call);
    }
    store_.eraseUser(
        userId, [userId](const std::string& document) { return without(userId, document); },
        [this, userId, done](const Result<void>& erased) {
            if (!erased) return done(erased.error());
            if (!recordings_) return done(Json::object());
            recordings_->eraseUser(userId, [done](const Result<void>& gone) {
                if (!gone) return done(gone.error());
                done(Json::object());
            });
        });
}

} // namespace mullion
