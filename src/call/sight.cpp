#include "src/call/sight.h"

#include "src/base/json_values.h"

namespace mullion {

namespace {

Json fromTheDoor(const std::string& userId, const Call& call, Timestamp at) {
    Call door = call;
    std::erase_if(door.participants,
                  [&](const Participant& participant) { return participant.userId != userId; });
    door.layout = {};
    return toJson(door, at);
}

} // namespace

bool seesInside(const Participant& participant) {
    if (isPresent(participant.state) || isAsked(participant.state)) return true;
    if (participant.state == ParticipantState::Waiting ||
        participant.state == ParticipantState::Removed)
        return false;
    return participant.joinedAt || participant.invitedAt;
}

bool seesInside(const Principal& who, const Call& call) {
    if (who.isPrivileged()) return true;
    const Participant* participant = call.find(who.userId);
    return participant && seesInside(*participant);
}

Json shownTo(const std::string& userId, const Call& call, Timestamp at) {
    const Participant* participant = call.find(userId);
    return participant && seesInside(*participant) ? toJson(call, at)
                                                   : fromTheDoor(userId, call, at);
}

Json shownTo(const Principal& who, const Call& call, Timestamp at) {
    return who.isPrivileged() ? toJson(call, at) : shownTo(who.userId, call, at);
}

} // namespace mullion
