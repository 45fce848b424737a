#pragma once

#include <cstdint>

#include <mutex>

#include "pipelines/gst/bridge.h"

namespace mullion::participant {

/// How one stream comes in, told from its packets and from what a depayloader makes of them, so
/// that nothing has to be decoded. Thread-safe; packets and frames on streaming threads.
class Arrivals : public SampleReceiver {
public:
    /// `step` is what RTP timestamps grow by from one frame to the next: 3600 for 25 pictures a
    /// second, 960 for 20 ms of sound.
    explicit Arrivals(std::uint32_t step)
        : step_(step) {}

    /// A packet behind the jitter buffer, in order: what is missing there has not been repaired.
    void onPacket(GstBuffer* packet);
    /// A frame that is whole.
    void onSample(GstSample* sample) override;

    struct Figures {
        std::uint64_t packets = 0;
        std::uint64_t packetsLost = 0;
        std::uint64_t frames = 0;
        /// Frames that the sender has left out: their time is missing.
        std::uint64_t framesSkipped = 0;
        /// Timestamps that are no whole number of steps after the last.
        std::uint64_t uneven = 0;
        /// How often nothing came for half a second, and the longest time between two frames.
        std::uint64_t freezes = 0;
        double longestGapMs = 0;
    };

    /// Since the last reset.
    Figures figures() const;
    void reset();

    /// When the first frame was there, monotonic µs; 0: not yet.
    std::int64_t firstAt() const;

private:
    std::uint32_t step_ = 0;
    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    Figures figures_ = {};
    std::int64_t firstAt_ = 0;
    std::int64_t lastAt_ = 0;
    bool started_ = false;
    std::uint16_t sequence_ = 0;
    std::uint32_t timestamp_ = 0;
};

} // namespace mullion::participant
