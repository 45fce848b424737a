// What people do with a call as a whole. Each action checks everything before it changes anything.
#include <algorithm>

#include "src/base/ids.h"
#include "src/base/log.h"
#include "src/call/registry.h"
#include "src/call/registry_live.h"
#include "src/call/rights.h"
#include "src/call/sight.h"

namespace mullion {

namespace {

constexpr Log kLog("call");

/// How many idempotency keys are remembered.
constexpr std::size_t kMaxKeys = 10000;

/// How many people a call remembers. A room that is always open would grow for ever.
constexpr std::size_t kMaxRemembered = 500;

Error wrongState(std::string message) {
    return {ErrorCode::WrongState, std::move(message)};
}

Error notAsked(const Participant& participant) {
    return wrongState(std::string("you are not being called: ") + name(participant.state));
}

} // namespace

Call CallRegistry::callFrom(const Principal& who, const NewCall& request) const {
    Call call;
    call.id = newId();
    call.video = request.video;
    call.title = request.title;
    call.open = request.open;
    call.permanent = request.permanent;
    call.lobby = request.lobby;
    call.room = request.participants.empty();
    call.maxParticipants = request.maxParticipants;
    call.canvas = request.canvas;
    call.record = request.record;
    call.createdBy = who.userId;
    call.createdAt = now();
    Participant creator{who.userId, who.name, Role::Host, ParticipantState::Left};
    creator.apply(ParticipantEvent::Join, call.createdAt);
    call.participants.push_back(std::move(creator));
    for (const std::string& user : request.participants) {
        call.participants.push_back({user, user});
        call.participants.back().invitedAt = call.createdAt;
    }
    if (call.room) call.apply(CallEvent::Answered, call.createdAt);
    call.gather(call.createdAt);
    return call;
}

bool CallRegistry::repeated(const Principal& who, const NewCall& request, const Done& done) {
    if (request.idempotencyKey.empty()) return false;
    const auto found = idempotent_.find({who.userId, request.idempotencyKey});
    if (found == idempotent_.end()) return false;
    if (found->second.fingerprint != request.fingerprint)
        done(Error{ErrorCode::Conflict, "this Idempotency-Key was used for another request"});
    else if (const LivePtr live = findLive(found->second.callId))
        commit(live->call, shownTo(who, live->call, now()), done);
    else
        show(who, found->second.callId, done);
    return true;
}

void CallRegistry::initiate(const Principal& who, const NewCall& request, const Done& done) {
    if (who.calls) return done(Error{ErrorCode::NotAllowed, "the token is for given calls only"});
    if (repeated(who, request, done)) return;
    if (calls_.size() >= options_.maxCalls)
        return done(Error{ErrorCode::AtCapacity, "this server carries no more calls"});
    const auto started = startedBy_.find(who.userId);
    if (!who.isPrivileged() && started != startedBy_.end() &&
        started->second >= options_.maxCallsPerUser)
        return done(Error{ErrorCode::TooManyRequests,
                          "you have started " + std::to_string(started->second) +
                              " calls that still go on; end one of them"});
    if (static_cast<int>(request.participants.size()) + 1 > request.maxParticipants)
        return done(
            Error{ErrorCode::CallFull, "more people than `max_participants`", "max_participants"});
    auto live = std::make_shared<Live>();
    live->call = callFrom(who, request);
    Call& call = live->call;
    // Whoever is wanted by several people can hold one; two who talk alone are not interrupted.
    if (call.isDirect() && isTalking(call.participants[1].userId))
        call.participants[1].apply(ParticipantEvent::FoundBusy, now());
    add(live);
    if (!request.idempotencyKey.empty()) {
        const IdempotencyKey key{who.userId, request.idempotencyKey};
        idempotent_[key] = {call.id, request.fingerprint};
        idempotentOrder_.push_back(key);
        if (idempotentOrder_.size() > kMaxKeys) {
            idempotent_.erase(idempotentOrder_.front());
            idempotentOrder_.pop_front();
        }
    }
    kLog.info("call=" + call.id + " user=" + who.userId,
              call.room ? "room opened" : "calling " + std::to_string(request.participants.size()));
    settleRinging(live);
    if (!isOver(call.status)) {
        media_->start(call);
        media_->put(call, call.participants[0]);
        startGrace(live, who.userId, false);
        recordIfAsked(live);
        for (Participant& participant : call.participants)
            if (participant.state == ParticipantState::Invited) ring(live, participant);
        // Once for all of them, and also where nobody has a device that is connected.
        if (call.count(isAsked) > 0) publish(call, std::vector<std::string>(), "call:incoming");
        if (call.status == CallStatus::Ringing) startRingTimer(live);
        publish(call, {who.userId}, "call:updated");
    }
    commit(call, shownTo(who, call, now()), done);
}

void CallRegistry::answer(const Principal& who, const std::string& id, const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Participant* participant = TRY(memberOf(live->call, who));
        if (!isAsked(participant->state)) return notAsked(*participant);
        participant->name = who.name;
        participant->apply(ParticipantEvent::Join, now());
        seat(live, *participant);
        return {};
    });
}

void CallRegistry::reject(const Principal& who, const std::string& id, const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Call& call = live->call;
        Participant* participant = TRY(memberOf(call, who));
        if (!isAsked(participant->state)) return notAsked(*participant);
        // A signature knows no name (see SignedUrls).
        if (who.name != who.userId) participant->name = who.name;
        participant->apply(ParticipantEvent::Reject, now());
        publish(call, "participant:updated", *participant);
        // His other devices stop ringing; where the call is over everybody has been told.
        if (!settleRinging(live)) publish(call, {who.userId}, "call:rejected");
        return {};
    });
}

/// Whether somebody who has no seat in the call may take one.
Result<void> CallRegistry::mayEnter(const Principal& who, const Live& live) const {
    const Call& call = live.call;
    const Participant* participant = call.find(who.userId);
    if (participant && participant->state == ParticipantState::Removed)
        return Error{ErrorCode::NotAllowed, "you were removed from this call"};
    if (!participant && !call.open && !who.isPrivileged() && !roleGranted(who, call.id))
        return Error{ErrorCode::NotMember, "you are not in this call"};
    if (call.locked && !who.isPrivileged()) return Error{ErrorCode::Locked, "the call is locked"};
    if (call.count(isConcerned) >= call.maxParticipants)
        return Error{ErrorCode::CallFull, "the call has `max_participants` people"};
    return {};
}

/// Makes room in the list of participants, at the cost of those who left first.
void CallRegistry::forgetOldest(Live& live) {
    auto& people = live.call.participants;
    if (people.size() < kMaxRemembered) return;
    const auto oldest = std::find_if(people.begin(), people.end(), [](const Participant& person) {
        return person.state == ParticipantState::Left;
    });
    if (oldest == people.end()) return;
    const auto ids = callsOfUser_.find(oldest->userId);
    if (ids != callsOfUser_.end() && ids->second.erase(live.call.id) > 0 && ids->second.empty())
        callsOfUser_.erase(ids);
    people.erase(oldest);
}

Result<void> CallRegistry::joinLive(const Principal& who, const LivePtr& live) {
    Call& call = live->call;
    Participant* participant = call.find(who.userId);
    if (participant && isConcerned(participant->state) && !isAsked(participant->state)) {
        // A second device, or a page that was loaded again: the seat is there already.
        return {};
    }
    const bool asked = participant && isAsked(participant->state);
    if (!asked) TRY(mayEnter(who, *live));
    if (!participant) {
        forgetOldest(*live);
        const Role role = roleGranted(who, call.id).value_or(Role::Participant);
        call.participants.push_back({who.userId, who.name, role, ParticipantState::Left});
        index(*live);
        participant = &call.participants.back();
    }
    participant->name = who.name;
    const bool trusted = asked || who.isPrivileged() || participant->role == Role::Host;
    if (call.lobby && !trusted && participant->apply(ParticipantEvent::Wait, now())) {
        publish(call, "participant:waiting", *participant);
        return {};
    }
    participant->apply(ParticipantEvent::Join, now());
    seat(live, *participant);
    return {};
}

void CallRegistry::join(const Principal& who, const std::string& id, const Done& done) {
    act(who, id, done, [&](const LivePtr& live) { return joinLive(who, live); });
}

void CallRegistry::leave(const Principal& who, const std::string& id, const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Participant* participant = TRY(memberOf(live->call, who));
        if (!isPresent(participant->state) && participant->state != ParticipantState::Waiting)
            return wrongState(std::string("you are not in the call now: ") +
                              name(participant->state));
        unseat(live, *participant, ParticipantEvent::Leave);
        return {};
    });
}

void CallRegistry::end(const Principal& who, const std::string& id, const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Call& call = live->call;
        // A permanent room that stands empty has no host; whoever made it may give it up.
        const bool ownEmptyRoom =
            call.permanent && who.userId == call.createdBy && call.count(isConcerned) == 0;
        if (ownEmptyRoom && !who.isPrivileged()) {
            finishCall(live, CallEvent::EndedByHost);
            return {};
        }
        TRY(requireHost(who, call));
        const bool ringing = call.status == CallStatus::Ringing;
        finish(live, !isHost(who, call) ? CallEvent::EndedByAdmin
                     : ringing          ? CallEvent::Cancelled
                                        : CallEvent::EndedByHost);
        return {};
    });
}

void CallRegistry::change(const Principal& who, const std::string& id, const CallChange& change,
                          const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Call& call = live->call;
        TRY(requireHost(who, call));
        if (change.maxParticipants && *change.maxParticipants < call.count(isConcerned))
            return Error{ErrorCode::Conflict, "more people are in the call already",
                         "max_participants"};
        const wire::Canvas canvas =
            change.canvas ? TRY(changedCanvas(call, *change.canvas)) : call.canvas;
        if (change.title) call.title = change.title->empty() ? std::nullopt : change.title;
        call.locked = change.locked.value_or(call.locked);
        call.lobby = change.lobby.value_or(call.lobby);
        call.maxParticipants = change.maxParticipants.value_or(call.maxParticipants);
        if (canvas != call.canvas) {
            call.canvas = canvas;
            media_->setCanvas(call);
        }
        publish(call, "call:updated");
        if (call.lobby) return {};
        // Without a lobby nobody waits in it.
        for (std::size_t i = 0; i < call.participants.size(); ++i) {
            if (call.participants[i].state != ParticipantState::Waiting) continue;
            call.participants[i].apply(ParticipantEvent::Join, now());
            seat(live, call.participants[i]);
        }
        return {};
    });
}

} // namespace mullion
