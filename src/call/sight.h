#pragma once

#include "src/auth/principal.h"
#include "src/call/call.h"

/// How much of a call somebody is shown.
namespace mullion {

/// Whether he sees who is in the call: who is there, is asked to come or was so before. Not who
/// waits in the lobby or never got farther, nor who was removed.
bool seesInside(const Participant& participant);

/// Also whoever stands above roles.
bool seesInside(const Principal& who, const Call& call);

/// The call from inside, or from its door: with none but himself in `participants`, and nobody in
/// its layout.
Json shownTo(const std::string& userId, const Call& call, Timestamp at);
Json shownTo(const Principal& who, const Call& call, Timestamp at);

} // namespace mullion
