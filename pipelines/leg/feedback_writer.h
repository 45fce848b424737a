#pragma once

#include <cstdint>

#include <span>
#include <string>
#include <utility>

#include <gst/rtp/gstrtcpbuffer.h>

#include "pipelines/gst/ref.h"

namespace mullion {

/// Writes requests for lost packets and for key frames, each in a compound packet of its own (RFC
/// 3550 section 6.1). rtpsession would do so by the rules for groups (RFC 4585 section 3.5.2), in
/// which one request follows another after a quarter of a second at best: too late for a picture.
/// It goes on with all other feedback. Thread-safe.
class FeedbackWriter {
public:
    /// `sender` is the source that asks, one of ours, and `name` its canonical name.
    FeedbackWriter(std::uint32_t sender, std::string name)
        : sender_(sender)
        , name_(std::move(name)) {}

    /// Asks `source` for packets by their numbers, in the order in which they were to come (generic
    /// NACK, RFC 4585 section 6.2.1). @return the packet; null where `numbers` is empty.
    GRef<GstBuffer> nack(std::uint32_t source, std::span<const std::uint16_t> numbers) const;

    /// Asks `source` for a key frame (PLI, RFC 4585 section 6.3.1).
    GRef<GstBuffer> pictureLoss(std::uint32_t source) const;

private:
    /// `type` and `kind` are the packet's and that of the feedback.
    GRef<GstBuffer> write(GstRTCPType type, GstRTCPFBType kind, std::uint32_t source,
                          std::span<const std::uint32_t> words) const;

    std::uint32_t sender_ = 0;
    std::string name_;
};

} // namespace mullion
