// What follows from a change: who rings, who is seated, when a call is over.
#include "src/base/log.h"
#include "src/call/registry.h"
#include "src/call/registry_live.h"
#include "src/call/rights.h"

namespace mullion {

namespace {

constexpr Log kLog("call");

/// The event that tells how a call went.
const char* endEvent(CallStatus status) {
    switch (status) {
    case CallStatus::Rejected:
        return "call:rejected";
    case CallStatus::Missed:
        return "call:missed";
    case CallStatus::Cancelled:
        return "call:cancelled";
    default:
        return "call:ended";
    }
}

} // namespace

bool CallRegistry::isTalking(const std::string& userId) const {
    const auto ids = callsOfUser_.find(userId);
    if (ids == callsOfUser_.end()) return false;
    for (const std::string& id : ids->second) {
        const Call* call = find(id);
        const Participant* participant = call ? call->find(userId) : nullptr;
        if (participant && call->status == CallStatus::Active &&
            (participant->state == ParticipantState::Joined ||
             participant->state == ParticipantState::Connected))
            return true;
    }
    return false;
}

void CallRegistry::ring(const LivePtr& live, Participant& participant) {
    if (!events_.isOnline(participant.userId)) return;
    if (participant.apply(ParticipantEvent::Ring, now()))
        tell(live->call, participant.userId, "call:incoming");
}

/// Until when somebody who is asked may answer: a call that nobody has answered yet ends for all
/// its people together.
Timestamp CallRegistry::ringsUntil(const Call& call, const Participant& participant) const {
    const bool ringing = call.status == CallStatus::Ringing;
    return (ringing ? call.createdAt : participant.invitedAt.value_or(call.createdAt)) +
           options_.ringTimeout;
}

void CallRegistry::onDevice(const std::string& userId) {
    const auto ids = callsOfUser_.find(userId);
    if (ids == callsOfUser_.end()) return;
    for (const std::string& id : ids->second) {
        const LivePtr live = findLive(id);
        Participant* participant = live ? live->call.find(userId) : nullptr;
        // The device itself learns of the call from its `hello`.
        if (!participant || !participant->apply(ParticipantEvent::Ring, now())) continue;
        publish(live->call, "participant:updated", *participant);
        persist(live->call);
    }
}

void CallRegistry::tellRings(const Call& call) const {
    if (!rings_) return;
    std::vector<Asked> asked;
    for (const Participant& participant : call.participants)
        if (!isOver(call.status) && isAsked(participant.state))
            asked.push_back({participant.userId, ringsUntil(call, participant)});
    rings_->follow(call, asked);
}

/// For whoever has to answer first; none where nobody is asked.
void CallRegistry::startRingTimer(const LivePtr& live) {
    std::optional<Timestamp> first;
    for (const Participant& participant : live->call.participants) {
        if (!isAsked(participant.state)) continue;
        const Timestamp until = ringsUntil(live->call, participant);
        if (!first || until < *first) first = until;
    }
    if (!first) return live->ringTimer.cancel();
    live->ringTimer = after(std::max(*first - now(), std::chrono::milliseconds(0)),
                            [this, weak = std::weak_ptr(live)] {
                                if (const LivePtr strong = weak.lock()) onRingTimeout(strong);
                            });
}

void CallRegistry::onRingTimeout(const LivePtr& live) {
    Call& call = live->call;
    const Timestamp time = now();
    for (Participant& participant : call.participants) {
        if (!isAsked(participant.state) || time < ringsUntil(call, participant)) continue;
        // Who was never told missed it all the same.
        participant.apply(ParticipantEvent::RingTimeout, time);
        publish(call, "participant:updated", participant);
        // Where the call goes on without him, this is what stops his devices from ringing.
        if (call.status == CallStatus::Active) publish(call, {participant.userId}, "call:missed");
    }
    settleRinging(live);
    if (!isOver(call.status)) startRingTimer(live);
    persist(call);
}

/// Ends a ringing call when there is nobody left to answer it. @return whether it did.
bool CallRegistry::settleRinging(const LivePtr& live) {
    Call& call = live->call;
    if (call.status != CallStatus::Ringing || call.count(isAsked) > 0) return false;
    const auto countOf = [&call](ParticipantState state) {
        return call.count([state](ParticipantState candidate) { return candidate == state; });
    };
    const int missed = countOf(ParticipantState::Missed);
    const int rejected = countOf(ParticipantState::Rejected);
    const int busy = countOf(ParticipantState::Busy);
    finish(live, missed > 0     ? CallEvent::RingTimeout
                 : rejected > 0 ? CallEvent::AllRejected
                 : busy > 0     ? CallEvent::AllBusy
                                : CallEvent::Cancelled);
    return true;
}

/// Gives a participant, who is on his way in, his place.
void CallRegistry::seat(const LivePtr& live, Participant& participant) {
    Call& call = live->call;
    live->emptyTimer.cancel();
    call.gather(now());
    media_->put(call, participant);
    startGrace(live, participant.userId, false);
    const std::string userId = participant.userId;
    if (call.apply(CallEvent::Answered, now())) {
        // Those who still ring or wait must not take this for an answer of theirs.
        std::vector<std::string> seated;
        std::vector<std::string> outside;
        for (const Participant& other : call.participants)
            if (isConcerned(other.state))
                (isPresent(other.state) ? seated : outside).push_back(other.userId);
        publish(call, seated, "call:answered");
        if (!outside.empty()) publish(call, outside, "call:updated");
    } else {
        tell(call, userId, "call:answered");
    }
    publish(call, "participant:joined", participant);
    passHostOn(live);
    recordIfAsked(live);
}

/// Begins the recording that the call was made with, once people are there.
void CallRegistry::recordIfAsked(const LivePtr& live) {
    Call& call = live->call;
    if (!recordings_ || call.wasRecorded || call.status != CallStatus::Active) return;
    if (!call.record && !recordings_->recordsAll()) return;
    call.wasRecorded = true;
    recordings_->start(call.id, {.video = call.video}, call.createdBy, hostsOf(call),
                       [id = call.id](const Result<const Recording*>& started) {
                           if (!started)
                               kLog.error("call=" + id, "not recorded: " + started.error().message);
                       });
}

/// Makes somebody a host where none is left; a viewer who becomes one is seen and heard.
void CallRegistry::passHostOn(const LivePtr& live) {
    const Participant* host = live->call.passHostOn();
    if (!host) return;
    media_->put(live->call, *host);
    publish(live->call, "participant:updated", *host);
}

void CallRegistry::unseat(const LivePtr& live, Participant& participant, ParticipantEvent event) {
    Call& call = live->call;
    const bool wasPresent = isPresent(participant.state);
    if (!participant.apply(event, now())) return;
    live->graceTimers.erase(participant.userId);
    const bool removed = event == ParticipantEvent::Remove;
    if (wasPresent) media_->remove(call.id, participant.userId, removed ? "removed" : "left");
    publish(call, "participant:left", participant);
    afterLeaving(live);
}

void CallRegistry::afterLeaving(const LivePtr& live) {
    Call& call = live->call;
    if (isOver(call.status)) return;
    const int present = call.count(isPresent);
    if (call.status == CallStatus::Ringing) {
        if (present == 0) finish(live, CallEvent::Cancelled);
    } else if (call.isDirect() && present < 2) {
        finish(live, CallEvent::HungUp);
    } else if (present == 0 && !call.room && !call.permanent) {
        finish(live, CallEvent::AllLeft);
    } else if (present == 0) {
        startEmptyTimer(live);
    } else {
        passHostOn(live);
    }
}

void CallRegistry::startEmptyTimer(const LivePtr& live) {
    // A permanent room that nobody has come to since the last gathering just waits.
    if (live->call.permanent && live->call.gatheringId.empty()) return;
    live->emptyTimer = after(options_.emptyTimeout, [this, weak = std::weak_ptr(live)] {
        const LivePtr strong = weak.lock();
        if (!strong || strong->call.count(isPresent) > 0) return;
        finish(strong, CallEvent::AllLeft);
        persist(strong->call);
    });
}

void CallRegistry::startGrace(const LivePtr& live, const std::string& userId, bool hadMedia) {
    live->graceTimers[userId] = after(hadMedia ? options_.reconnectGrace : options_.joinGrace,
                                      [this, weak = std::weak_ptr(live), userId, hadMedia] {
                                          if (const LivePtr strong = weak.lock())
                                              onGraceOver(strong, userId, hadMedia);
                                      });
}

void CallRegistry::onGraceOver(const LivePtr& live, const std::string& userId, bool hadMedia) {
    Participant* participant = live->call.find(userId);
    if (!participant) return;
    if (!hadMedia) {
        if (participant->state != ParticipantState::Joined) return;
        // He is there, with a device that is only slow to offer.
        if (events_.isOnline(userId)) return startGrace(live, userId, false);
    } else if (participant->state != ParticipantState::Reconnecting) {
        return;
    }
    kLog.info("call=" + live->call.id + " user=" + userId, "did not come back");
    unseat(live, *participant, ParticipantEvent::Leave);
    persist(live->call);
}

/// Ends the call, or the gathering of a permanent room; the caller writes it to the store.
void CallRegistry::finish(const LivePtr& live, CallEvent event) {
    Call& call = live->call;
    if (!findTransition(call.status, event)) return;
    if (call.permanent && event != CallEvent::EndedByAdmin) return finishGathering(live, event);
    finishCall(live, event);
}

/// Ends a call for good, a permanent room too.
void CallRegistry::finishCall(const LivePtr& live, CallEvent event) {
    Call& call = live->call;
    call.apply(event, now());
    std::vector<std::string> users;
    for (Participant& participant : call.participants) {
        if (isAsked(participant.state))
            participant.apply(ParticipantEvent::RingTimeout, now());
        else if (isConcerned(participant.state))
            participant.apply(ParticipantEvent::Leave, now());
        // Also those who left or declined: each of their devices learns how it went.
        if (participant.state != ParticipantState::Removed) users.push_back(participant.userId);
    }
    unindex(call);
    calls_.erase(call.id);
    if (recordings_) recordings_->onCallOver(call.id, toJson(call, now()));
    if (broadcasts_) broadcasts_->onCallOver(call.id);
    if (images_) images_->removeAll(call.id);
    quieten(live);
    publish(call, users, endEvent(call.status));
    const char* reason = name(call.endReason);
    kLog.info("call=" + call.id, std::string(name(call.status)) + ", " + (reason ? reason : ""));
}

/// The room keeps its id and waits; what was in it is a call of its own in the history.
void CallRegistry::finishGathering(const LivePtr& live, CallEvent event) {
    Call& room = live->call;
    unindex(room);
    Call past = room.disperse(event, now());
    ++startedBy_[room.createdBy];
    index(*live);
    if (recordings_) recordings_->onCallOver(room.id, toJson(past, now()));
    if (broadcasts_) broadcasts_->onCallOver(room.id);
    room.wasRecorded = false;
    quieten(live);
    persist(past);
    // People know it by the room's id.
    Call told = past;
    told.id = room.id;
    std::vector<std::string> users;
    for (const Participant& participant : past.participants)
        if (participant.state != ParticipantState::Removed) users.push_back(participant.userId);
    publish(told, users, endEvent(past.status));
    kLog.info("call=" + room.id, "the gathering " + past.id + " is over");
}

/// Stops what goes on by itself in a call.
void CallRegistry::quieten(const LivePtr& live) {
    const std::string& id = live->call.id;
    live->ringTimer.cancel();
    live->emptyTimer.cancel();
    live->graceTimers.clear();
    live->said.clear();
    media_->stop(id);
    if (qualityLog_) qualityLog_->end(id);
}

} // namespace mullion
