#pragma once

#include <cstdint>

#include <functional>

#include <gst/rtp/gstrtcpbuffer.h>

namespace mullion {

/// A sender's own report on what it sends (RFC 3550, 6.4.1).
struct SenderReport {
    std::uint32_t source = 0;
    /// Seconds and their 2^32nd parts, and the same moment by the source's RTP clock.
    std::uint64_t ntp = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t packets = 0;
    std::uint32_t octets = 0;
};

/// Shows each sender report in a packet of RTCP; what is none is passed over.
void readSenderReports(GstBuffer* packet, const std::function<void(const SenderReport&)>& see);

/// Puts into the writable `packet` what `amend` makes of its sender reports.
void amendSenderReports(GstBuffer* packet, const std::function<void(SenderReport&)>& amend);

} // namespace mullion
