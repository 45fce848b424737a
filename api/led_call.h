#pragma once

#include "api/routes.h"

namespace mullion::api {

/// The call `{id}` in which whoever asks leads, while it is active: a host of it, or a service.
/// @return NotFound where it is over or never was; NotAllowed, NotMember.
Result<const Call*> ledCall(const Context& context, const Request& request);

/// Answers with the error of ledCall(): of a call that is over, that it is.
void refuseLedCall(const Context& context, const Request& request, const Error& error,
                   const Respond& respond);

} // namespace mullion::api
