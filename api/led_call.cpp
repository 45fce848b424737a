#include "api/led_call.h"

#include "src/call/rights.h"

namespace mullion::api {

Result<const Call*> ledCall(const Context& context, const Request& request) {
    const Call* call = context.registry.find(request.parameter("id"));
    if (!call) return Error{ErrorCode::NotFound, "no such call, or it is over"};
    if (!request.who.mayUse(call->id))
        return Error{ErrorCode::NotAllowed, "the token is not for this call"};
    TRY(requireHost(request.who, *call));
    return call;
}

void refuseLedCall(const Context& context, const Request& request, const Error& error,
                   const Respond& respond) {
    if (error.code != ErrorCode::NotFound) return respond(problem(error));
    context.registry.show(request.who, request.parameter("id"), [respond](const auto& call) {
        respond(problem(call ? Error{ErrorCode::WrongState, "the call is over"} : call.error()));
    });
}

} // namespace mullion::api
