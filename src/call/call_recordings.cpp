#include "src/call/call_recordings.h"

namespace mullion {

void CallRecordings::send(const std::string& callId, const wire::ToCall& message) {
    // Refused where too much waits for the process: its next one begins the recording.
    (void)supervisor_.send(callId, message);
}

void CallRecordings::tell(const char* type, const Recording& recording) {
    registry_.onRecording(type, recording);
}

bool CallRecordings::hasProcess(const std::string& callId) const {
    return supervisor_.hasCall(callId);
}

Json CallRecordings::describe(const std::string& callId) const {
    const Call* call = registry_.find(callId);
    if (!call) return {};
    Json json = toJson(*call, now());
    json.erase("recording");
    return json;
}

} // namespace mullion
