#pragma once

#include "src/auth/principal.h"
#include "src/base/result.h"
#include "src/call/call.h"

/// Who may do what in a call, by his token and his role.
namespace mullion {

bool isHost(const Principal& who, const Call& call);

/// Whether he may do what hosts do: as one, or by a token that stands above roles.
bool mayLead(const Principal& who, const Call& call);

/// The ids of those who may do what hosts do by their role.
std::vector<std::string> hostsOf(const Call& call);

/// The role that his token gives him in a call, which also lets him in.
std::optional<Role> roleGranted(const Principal& who, const std::string& callId);

/// NotMember where the user has nothing to do with the call, else NotAllowed unless he may lead it.
Result<void> requireHost(const Principal& who, const Call& call);

/// @return NotMember.
Result<Participant*> memberOf(Call& call, const Principal& who);

/// The participant whom `who` wants changed: himself, or anybody where he may lead.
/// @return NotMember, NotFound, NotAllowed; WrongState where the other is not in the call now.
Result<Participant*> changeable(Call& call, const Principal& who, const std::string& userId);

} // namespace mullion
