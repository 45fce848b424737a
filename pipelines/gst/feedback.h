#pragma once

#include <gst/gst.h>

namespace mullion {

/// Keeps an rtpsession's feedback at the rate of a browser's: reports of transport-wide congestion
/// control ten times a second, and about fifteen packets of RTCP in all.
void limitFeedback(GstElement* rtpSession);

} // namespace mullion
