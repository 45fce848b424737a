#pragma once

#include <cstddef>
#include <vector>

#include "plugins/mixminus/sum.h"

namespace mullion::mixminus {

/// The sound's shape: what one block of samples means.
struct Layout {
    SampleFormat format = SampleFormat::S16;
    unsigned rateHz = 0;
    size_t channels = 0;

    bool operator==(const Layout&) const = default;
};

/// Loudness over an interval in dB below full scale; kSilenceDb stands for silence.
struct Level {
    double rmsDb;
    double peakDb;
};

constexpr double kSilenceDb = -120.0;

/// One input's share of the block being mixed, with its gain and its level. Streaming-only.
class Input {
public:
    /// Adds `frames` frames at `in` to the block of `blockFrames` in `sum`, from `firstFrame` on,
    /// and remembers what it added. A new `volume` or `muted` is reached along a line from the
    /// block's first frame to its last. False when it was silence, so that nothing was added.
    bool add(const Layout& layout, const void* in, size_t firstFrame, size_t frames,
             size_t blockFrames, double volume, bool muted, double* sum);

    /// The block is over: forgets what was added.
    void endBlock(double volume, bool muted);

    /// Nothing but silence came in this block; own() is then empty or zero.
    bool silent() const { return silent_; }

    /// What it added in this block, as long as the block; read it only when not silent().
    const std::vector<float>& own() const { return own_; }

    /// The level since the last call over `intervalSamples`. Sound counts as it comes in, before
    /// the volume; while muted the input counts as silent.
    Level takeLevel(size_t intervalSamples);

private:
    std::vector<float> own_;
    bool begun_ = false;
    bool silent_ = true;
    bool fresh_ = true;
    float gainFrom_ = 1.0F;
    float gainTo_ = 1.0F;
    Measure measured_;
};

} // namespace mullion::mixminus
