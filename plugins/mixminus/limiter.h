#pragma once

#include <cstddef>

#include "plugins/mixminus/sum.h"

namespace mullion::mixminus {

/// Keeps one output within full scale by a gain that moves smoothly. Streaming-only.
///
/// The whole block is at hand, so the gain is already down when a peak comes: it falls along a line
/// over the millisecond before the peak and rises again with a time constant of 200 ms. At a
/// block's first samples there is nothing before the peak; there the line is as steep as the
/// samples ask for. No sample leaves the range, no sample is clipped, and no delay is added.
/// While nothing exceeds the range the samples pass untouched, bit for bit.
class Limiter {
public:
    /// Limits `frames` x `channels` interleaved samples in place.
    void process(double* samples, size_t frames, size_t channels, unsigned rateHz, Range range);

    /// The gain at the end of the last block, 0..1. Two limiters with the same gain and the same
    /// input give the same output.
    double gain() const { return gain_; }

private:
    double gain_ = 1.0;
};

} // namespace mullion::mixminus
