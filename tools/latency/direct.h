#pragma once

#include "tools/latency/stopwatch.h"

namespace mullion::latency {

/// What of the measured time is this program's own: the clip goes through the payloaders, the
/// depayloaders and the decoders of a participant with nothing between them, for `length`.
/// Main-bound; runs the main context meanwhile.
///
/// ICE and SRTP of the two clients are not in it: some hundred microseconds.
Result<Stopwatch::Figures> measureDirect(const std::shared_ptr<const participant::Clip>& clip,
                                         std::chrono::seconds length);

} // namespace mullion::latency
