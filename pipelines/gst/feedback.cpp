#include "pipelines/gst/feedback.h"

#include "pipelines/gst/ref.h"

namespace mullion {

namespace {

/// By default a report follows each frame. Browsers' receivers wait 50 to 250 ms too
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3).
constexpr GstClockTime kReportInterval = 100 * GST_MSECOND;
/// Bytes a second. 5 % of all, which RFC 3550 section 6.2 allows, would be 50 packets a second at
/// 3 Mbit/s. With much less, a request for a key frame that follows other feedback would come late
/// (RFC 4585 section 3.5.2).
constexpr double kRtcpBandwidth = 6000;

} // namespace

void limitFeedback(GstElement* rtpSession) {
    g_object_set(rtpSession, "rtcp-fraction", kRtcpBandwidth, nullptr);
    GRef<GObject> session;
    g_object_get(rtpSession, "internal-session", session.out(), nullptr);
    g_object_set(session.get(), "twcc-feedback-interval", kReportInterval, nullptr);
}

} // namespace mullion
