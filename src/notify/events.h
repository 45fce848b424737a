#pragma once

#include <string_view>

namespace mullion {

/// The events that webhooks tell, each as the WebSocket has it. An event that is published to
/// everybody whom it concerns is told once a line here names its type.
inline constexpr std::string_view kToldEvents[] = {
    "call:incoming",       "call:answered",     "call:rejected",      "call:missed",
    "call:cancelled",      "call:ended",        "participant:joined", "participant:left",
    "participant:waiting", "recording:started", "recording:paused",   "recording:stopped",
    "recording:ready",     "recording:stored",  "recording:failed",   "broadcast:started",
    "broadcast:stopped",   "broadcast:failed",
};

} // namespace mullion
