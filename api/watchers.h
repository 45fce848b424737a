#pragma once

#include "api/routes.h"

namespace mullion::api {

/// Whether whoever asks may watch a broadcast: who has a signature for it, a service, and who is in
/// the call; everybody where it is public. @return Unauthenticated, NotAllowed.
Result<void> checkWatcher(const Context& context, const Request& request,
                          const BroadcastRecord& record);

/// How many watch it at the moment, in any way that is known.
int viewersOf(const Context& context, const BroadcastRecord& record);

} // namespace mullion::api
