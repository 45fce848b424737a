// What is done with the people of a call: invited, let in, muted, given a role, removed.
#include "src/call/registry.h"
#include "src/call/registry_live.h"
#include "src/call/rights.h"

namespace mullion {

namespace {

Error notThere(const Participant& participant) {
    return {ErrorCode::WrongState,
            std::string("he is not in the call now: ") + name(participant.state)};
}

} // namespace

void CallRegistry::invite(const Principal& who, const std::string& id,
                          const std::vector<std::string>& users, const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Call& call = live->call;
        TRY(requireHost(who, call));
        std::vector<std::string> asked;
        for (const std::string& user : users) {
            const Participant* participant = call.find(user);
            if (!participant || !isConcerned(participant->state)) asked.push_back(user);
        }
        if (call.count(isConcerned) + static_cast<int>(asked.size()) > call.maxParticipants)
            return Error{ErrorCode::CallFull, "more people than `max_participants`",
                         "participants"};
        for (const std::string& user : asked) {
            if (!call.find(user)) {
                forgetOldest(*live);
                call.participants.push_back(
                    {user, user, Role::Participant, ParticipantState::Left});
            }
            Participant& participant = *call.find(user);
            participant.apply(ParticipantEvent::Invite, now());
            participant.invitedAt = now();
            index(*live);
            ring(live, participant);
            publish(call, "participant:updated", participant);
        }
        if (!asked.empty()) publish(call, std::vector<std::string>(), "call:incoming");
        startRingTimer(live);
        return {};
    });
}

Result<Participant*> CallRegistry::waiting(Call& call, const Principal& who,
                                           const std::string& userId) {
    TRY(requireHost(who, call));
    Participant* participant = call.find(userId);
    if (!participant) return Error{ErrorCode::NotFound, "no such participant"};
    if (participant->state != ParticipantState::Waiting)
        return Error{ErrorCode::WrongState,
                     std::string("he does not wait: ") + name(participant->state)};
    return participant;
}

void CallRegistry::admit(const Principal& who, const std::string& id, const std::string& userId,
                         const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Participant* participant = TRY(waiting(live->call, who, userId));
        participant->apply(ParticipantEvent::Join, now());
        seat(live, *participant);
        return {};
    });
}

void CallRegistry::deny(const Principal& who, const std::string& id, const std::string& userId,
                        const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Participant* participant = TRY(waiting(live->call, who, userId));
        unseat(live, *participant, ParticipantEvent::Remove);
        return {};
    });
}

void CallRegistry::showLobby(const Principal& who, const std::string& id, const Done& done) {
    const LivePtr live = findLive(id);
    if (!live) return refuseAbsent(who, id, done);
    if (!who.mayUse(id))
        return done(Error{ErrorCode::NotAllowed, "the token is not for this call"});
    if (const auto host = requireHost(who, live->call); !host) return done(host.error());
    Json people = Json::array();
    for (const Participant& participant : live->call.participants)
        if (participant.state == ParticipantState::Waiting) people.push_back(toJson(participant));
    done(Json{{"participants", std::move(people)}});
}

void CallRegistry::askToUnmute(const Principal& who, const std::string& id,
                               const std::string& userId, const UnmuteWish& wish,
                               const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Call& call = live->call;
        TRY(requireHost(who, call));
        const Participant* participant = call.find(userId);
        if (!participant) return Error{ErrorCode::NotFound, "no such participant"};
        if (!isPresent(participant->state)) return notThere(*participant);
        events_.publish({userId}, {{"type", "media:unmute_asked"},
                                   {"call_id", id},
                                   {"user_id", who.userId},
                                   {"audio", wish.audio},
                                   {"video", wish.video}});
        return {};
    });
}

void CallRegistry::removeParticipant(const Principal& who, const std::string& id,
                                     const std::string& userId, const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Call& call = live->call;
        TRY(requireHost(who, call));
        Participant* participant = call.find(userId);
        if (!participant) return Error{ErrorCode::NotFound, "no such participant"};
        if (!isConcerned(participant->state)) return notThere(*participant);
        const bool asked = isAsked(participant->state);
        unseat(live, *participant, ParticipantEvent::Remove);
        // The call goes on without him: this is what stops his devices from ringing.
        if (asked) publish(call, {userId}, "call:cancelled");
        settleRinging(live);
        return {};
    });
}

void CallRegistry::changeParticipant(const Principal& who, const std::string& id,
                                     const std::string& userId, const ParticipantChange& change,
                                     const Done& done) {
    act(who, id, done, [&](const LivePtr& live) -> Result<void> {
        Call& call = live->call;
        const bool self = who.userId == userId;
        Participant* participant = TRY(changeable(call, who, userId));
        if (!mayLead(who, call) && (change.role || change.volume || change.spotlight))
            return Error{ErrorCode::NotAllowed, "only a host may do this"};
        const bool unmutes = change.audioMuted == false || change.videoMuted == false;
        if (!self && (unmutes || change.screen == true))
            return Error{ErrorCode::NotAllowed, "nobody can unmute somebody else"};
        participant->audioMuted = change.audioMuted.value_or(participant->audioMuted);
        participant->videoMuted = change.videoMuted.value_or(participant->videoMuted);
        participant->screen = change.screen.value_or(participant->screen);
        participant->role = change.role.value_or(participant->role);
        participant->volume = change.volume.value_or(participant->volume);
        participant->noiseSuppression =
            change.noiseSuppression.value_or(participant->noiseSuppression);
        participant->autoGain = change.autoGain.value_or(participant->autoGain);
        if (isPresent(participant->state)) media_->put(call, *participant);
        publish(call, "participant:updated", *participant);
        if (change.spotlight) spotlight(live, userId, *change.spotlight);
        passHostOn(live);
        return {};
    });
}

} // namespace mullion
