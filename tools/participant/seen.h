#pragma once

#include <cstdint>

#include <mutex>
#include <optional>
#include <string>

#include "pipelines/gst/bridge.h"
#include "tools/participant/scene.h"

namespace mullion::participant {

/// What a participant sees: the newest decoded frame and how the frames came. Thread-safe.
class Seen : public SampleReceiver {
public:
    void onSample(GstSample* sample) override;

    struct Figures {
        std::uint64_t frames = 0;
        int width = 0;
        int height = 0;
        /// The longest time between two frames, in ms, since the last reset.
        double longestGapMs = 0;
        /// Monotonic µs of the first and the newest frame; 0: none yet.
        std::int64_t firstAt = 0;
        std::int64_t lastAt = 0;
    };

    Figures figures() const;
    void resetGap();

    /// The mean colour of the 16×16 pixels around (x, y), scaled from a canvas of 1280×720; nothing
    /// before the first frame.
    std::optional<Colour> colourAt(int x, int y) const;

    /// Writes the newest frame as a PNG. @return NotFound before the first frame, or Internal.
    Result<void> savePng(const std::string& path) const;

private:
    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    GRef<GstSample> newest_;
    /// GUARDED_BY(mutex_)
    Figures figures_;
};

} // namespace mullion::participant
