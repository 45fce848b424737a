#include "src/call/call.h"

#include <algorithm>

#include "src/base/ids.h"

namespace mullion {

bool Participant::apply(ParticipantEvent event, Timestamp at) {
    const auto* row = findTransition(state, event);
    if (!row) return false;
    const bool wasPresent = isPresent(state);
    state = row->to;
    if (isPresent(state) && !wasPresent) {
        joinedAt = at;
        leftAt.reset();
    } else if (wasPresent && !isPresent(state)) {
        leftAt = at;
    }
    return true;
}

bool Call::apply(CallEvent event, Timestamp at) {
    const auto* row = findTransition(status, event);
    if (!row) return false;
    status = row->to;
    if (status == CallStatus::Active) answeredAt = at;
    if (isOver(status)) {
        endedAt = at;
        endReason = row->reason;
    }
    return true;
}

Participant* Call::find(const std::string& userId) {
    const auto found =
        std::find_if(participants.begin(), participants.end(),
                     [&](const Participant& candidate) { return candidate.userId == userId; });
    return found == participants.end() ? nullptr : &*found;
}

const Participant* Call::find(const std::string& userId) const {
    return const_cast<Call*>(this)->find(userId);
}

void Call::gather(Timestamp at) {
    if (!permanent || !gatheringId.empty()) return;
    gatheringId = newId();
    // While it rings nobody has answered.
    if (status == CallStatus::Active) answeredAt = at;
}

Call Call::disperse(CallEvent event, Timestamp at) {
    Call past = *this;
    past.apply(event, at);
    past.id = gatheringId.empty() ? newId() : gatheringId;
    past.roomId = id;
    past.gatheringId.clear();
    past.permanent = false;
    past.createdAt = answeredAt.value_or(createdAt);
    for (Participant& participant : past.participants) {
        if (isAsked(participant.state))
            participant.apply(ParticipantEvent::RingTimeout, at);
        else if (isConcerned(participant.state))
            participant.apply(ParticipantEvent::Leave, at);
    }
    status = CallStatus::Active;
    gatheringId.clear();
    answeredAt.reset();
    // Who leads the room and who must not come back; the others are guests of one gathering.
    std::erase_if(participants, [](const Participant& candidate) {
        return candidate.role != Role::Host && candidate.state != ParticipantState::Removed;
    });
    for (Participant& host : participants)
        if (isConcerned(host.state))
            host.apply(
                isAsked(host.state) ? ParticipantEvent::RingTimeout : ParticipantEvent::Leave, at);
    return past;
}

Participant* Call::passHostOn() {
    Participant* longest = nullptr;
    for (Participant& candidate : participants) {
        if (!isPresent(candidate.state)) continue;
        if (candidate.role == Role::Host) return nullptr;
        // A viewer did not come to lead; he is asked only when nobody else is there.
        const auto rank = [](const Participant& p) {
            return std::pair(p.role == Role::Viewer, p.joinedAt.value_or(Timestamp::max()));
        };
        if (!longest || rank(candidate) < rank(*longest)) longest = &candidate;
    }
    if (longest) longest->role = Role::Host;
    return longest;
}

Result<void> checkCanvas(const wire::Canvas& canvas) {
    const auto refuse = [](const char* why) { return Error{ErrorCode::BadRequest, why, "canvas"}; };
    const auto [shorter, longer] = std::minmax(canvas.width, canvas.height);
    // As the chroma of the encoders needs.
    if (canvas.width % 2 != 0 || canvas.height % 2 != 0) return refuse("a canvas has even sizes");
    if (longer < 160 || shorter < 90) return refuse("a canvas has 160 × 90 pixels at least");
    if (longer > 1920 || shorter > 1080) return refuse("a canvas has 1920 × 1080 pixels at most");
    if (canvas.fps < 1 || canvas.fps > 30) return refuse("a canvas has 1 to 30 frames a second");
    return {};
}

} // namespace mullion
