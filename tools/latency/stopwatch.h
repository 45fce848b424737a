#pragma once

#include <cstdint>

#include <array>
#include <mutex>
#include <optional>
#include <vector>

#include "pipelines/gst/bridge.h"
#include "src/wire/messages.h"
#include "tools/latency/time_code.h"

namespace mullion::latency {

/// How long pictures and clicks of timeCode() take from being sent to being decoded, by one clock.
/// Thread-safe; decoded samples come on streaming threads.
class Stopwatch {
public:
    void onFrameSent(std::size_t frame);
    void onPacketSent(std::size_t packet);

    /// Where on the canvas the numbers are to be seen; before it is known nothing is measured.
    /// `canvas` is what the tile's pixels are of.
    void setTile(const wire::Tile& tile, const wire::Canvas& canvas);

    void onPicture(GstSample* sample);
    void onSound(GstSample* sample);

    struct Figures {
        std::vector<double> pictureMs = {};
        std::vector<double> soundMs = {};
        /// Pictures whose number could not be read.
        int unread = 0;
    };

    Figures figures() const;
    /// Forgets what was measured so far: joining is over.
    void reset();

private:
    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_): monotonic µs; 0: not sent, or measured already.
    std::array<std::int64_t, kFrames> frameSentAt_ = {};
    std::int64_t clickSentAt_ = 0;
    bool wasSilent_ = false;
    std::optional<wire::Tile> tile_ = {};
    wire::Canvas canvas_ = {};
    Figures figures_ = {};
};

/// Gives a stopwatch the samples of one kind.
class Tap : public SampleReceiver {
public:
    using Method = void (Stopwatch::*)(GstSample*);

    Tap(std::shared_ptr<Stopwatch> stopwatch, Method method)
        : stopwatch_(std::move(stopwatch))
        , method_(method) {}

    void onSample(GstSample* sample) override { ((*stopwatch_).*method_)(sample); }

private:
    std::shared_ptr<Stopwatch> stopwatch_;
    Method method_;
};

} // namespace mullion::latency
