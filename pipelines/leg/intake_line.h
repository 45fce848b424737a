#pragma once

#include <cstdint>

#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gst/gst.h>

#include "pipelines/gst/ref.h"
#include "pipelines/gst/source_pad.h"
#include "pipelines/leg/reorderer.h"
#include "pipelines/leg/rtp_clock.h"
#include "pipelines/sdp/offer.h"

namespace mullion {

/// One m-line of what comes in: its source, in order and on our clock, on its way to a receiver.
/// Not thread-safe, but for the events that its receiver sends back.
class IntakeLine {
public:
    /// What a source is asked for at once. Thread-safe. @return false where it cannot be yet.
    struct Feedback {
        /// Packets by their numbers.
        std::function<bool(std::uint32_t source, std::span<const std::uint16_t> numbers)> packets;
        std::function<bool(std::uint32_t source)> keyFrame;
    };

    IntakeLine(const sdp::Media& media, GstPad* entry, GRef<GstPad> session, Feedback ask);

    const sdp::Media& media() const { return media_; }

    bool isSound() const { return media_.role == sdp::Role::Audio; }

    /// Whether its packets are those of this source.
    bool has(std::uint32_t ssrc) const { return ssrc != 0 && ssrc_ == ssrc; }

    /// Whether the offer names this source for the line, or for its repairs.
    bool isPromised(std::uint32_t ssrc) const;

    /// Whether nothing has come for a while, so that another source may take the line.
    bool isFree(std::int64_t now) const;

    /// Its packets are those of this source from now on.
    void setSource(std::uint32_t ssrc);

    void take(GstBuffer* packet, std::int64_t now);

    /// What was asked for and comes again in a stream of its own (RFC 4588).
    void takeAgain(GstBuffer* packet, std::int64_t now);

    /// Whether a retransmission of this number would help.
    bool misses(std::uint16_t sequence) const { return reorderer_.misses(sequence); }

    bool waits() const { return reorderer_.waits(); }

    /// Pushes what may go on, and asks for what is missing.
    void proceed(std::int64_t now);

    /// What the client says of its clock: `ntp`, in ns of its wall clock, was this timestamp.
    void setReport(std::int64_t ntp, std::uint32_t timestamp) { report_ = {ntp, timestamp}; }

    /// What is to be added to its wall clock for ours, without the delay; once a report has come,
    /// while it is heard.
    std::optional<std::int64_t> wallOffset(std::int64_t now) const;

    /// Everything is that much later, so that lips are in step.
    void setDelay(std::int64_t delay);

private:
    struct Report {
        std::int64_t ntp = 0;
        std::uint32_t timestamp = 0;
    };

    void onUpstream(GstEvent* event);
    void askForKeyFrame();
    void push(Reorderer::Next next);

    sdp::Media media_;
    SourcePad source_;
    GRef<GstPad> session_;
    Feedback ask_;
    std::vector<std::uint32_t> promised_ = {};
    /// Read by whoever asks for a key frame.
    std::atomic<std::uint32_t> ssrc_ = 0;
    std::int64_t heardAt_ = 0;
    std::int64_t delay_ = 0;
    Reorderer reorderer_;
    RtpClock clock_;
    std::optional<Report> report_ = {};
    std::atomic<bool> wantsKeyFrame_ = false;
    /// When one was asked for, monotonic µs.
    std::atomic<std::int64_t> keyFrameAskedAt_ = 0;
};

} // namespace mullion
