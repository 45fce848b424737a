#include "src/call/rights.h"

namespace mullion {

bool isHost(const Principal& who, const Call& call) {
    const Participant* participant = call.find(who.userId);
    return participant && participant->role == Role::Host && isConcerned(participant->state);
}

std::vector<std::string> hostsOf(const Call& call) {
    std::vector<std::string> hosts;
    for (const Participant& participant : call.participants)
        if (participant.role == Role::Host) hosts.push_back(participant.userId);
    return hosts;
}

std::optional<Role> roleGranted(const Principal& who, const std::string& callId) {
    const auto found = who.roles.find(callId);
    return found == who.roles.end() ? std::nullopt : roleFromName(found->second);
}

bool mayLead(const Principal& who, const Call& call) {
    return who.isPrivileged() || isHost(who, call);
}

Result<void> requireHost(const Principal& who, const Call& call) {
    if (mayLead(who, call)) return {};
    if (!call.find(who.userId)) return Error{ErrorCode::NotMember, "you are not in this call"};
    return Error{ErrorCode::NotAllowed, "only a host may do this"};
}

Result<Participant*> memberOf(Call& call, const Principal& who) {
    Participant* participant = call.find(who.userId);
    if (!participant) return Error{ErrorCode::NotMember, "you are not in this call"};
    return participant;
}

Result<Participant*> changeable(Call& call, const Principal& who, const std::string& userId) {
    const bool leads = mayLead(who, call);
    if (!leads) TRY(memberOf(call, who));
    Participant* participant = call.find(userId);
    if (!participant) return Error{ErrorCode::NotFound, "no such participant"};
    if (!leads && who.userId != userId)
        return Error{ErrorCode::NotAllowed, "only a host may do this"};
    if (!isConcerned(participant->state))
        return Error{ErrorCode::WrongState,
                     std::string("not in the call now: ") + name(participant->state)};
    return participant;
}

} // namespace mullion
