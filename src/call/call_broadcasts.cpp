#include "src/call/call_broadcasts.h"

namespace mullion {

void CallBroadcasts::send(const std::string& callId, const wire::ToCall& message) {
    // Refused where too much waits for the process: its next one begins the broadcast.
    (void)supervisor_.send(callId, message);
}

bool CallBroadcasts::hasProcess(const std::string& callId) const {
    return supervisor_.hasCall(callId);
}

void CallBroadcasts::tell(const char* type, const BroadcastRecord& record, const Json& ofCall) {
    registry_.onBroadcast(type, record, ofCall);
}

} // namespace mullion
