#include "plugins/mixminus/limiter.h"

#include <algorithm>
#include <cmath>

namespace mullion::mixminus {

namespace {

constexpr unsigned kHopsPerSecond = 1000;
constexpr double kReleaseSeconds = 0.2;
/// -0.001 dB: from here the gain snaps to one.
constexpr double kNearlyOne = 0.9999;

/// The largest gain up to 1 that brings `extent` into `range`.
double allowedGain(Range extent, Range range) {
    double gain = 1.0;
    if (extent.high > range.high) gain = range.high / extent.high;
    if (extent.low < range.low) gain = std::min(gain, range.low / extent.low);
    return gain;
}

/// How much the gain must fall a frame, from `gain` on, to be low enough at each frame and to
/// reach `end` at the last.
double steepness(const double* samples, size_t frames, size_t channels, Range range, double gain,
                 double end) {
    double slope = (gain - end) / static_cast<double>(frames);
    for (size_t frame = 1; frame < frames; ++frame) {
        const double allowed = allowedGain(extent(samples + frame * channels, channels), range);
        slope = std::max(slope, (gain - allowed) / static_cast<double>(frame));
    }
    return slope;
}

/// Multiplies by a gain that changes by `step` a frame but not beyond `end`.
void applyRamp(double* samples, size_t frames, size_t channels, double gain, double step,
               double end) {
    for (size_t frame = 0; frame < frames; ++frame) {
        double now = gain + step * static_cast<double>(frame);
        now = step < 0 ? std::max(now, end) : std::min(now, end);
        for (size_t channel = 0; channel < channels; ++channel)
            samples[frame * channels + channel] *= now;
    }
}

} // namespace

void Limiter::process(double* samples, size_t frames, size_t channels, unsigned rateHz,
                      Range range) {
    if (gain_ == 1.0 && allowedGain(extent(samples, frames * channels), range) == 1.0) return;

    const size_t hop = std::max(1U, rateHz / kHopsPerSecond);
    const double seconds = static_cast<double>(hop) / std::max(1U, rateHz);
    const double release = 1.0 - std::exp(-seconds / kReleaseSeconds);
    const auto allowedAt = [&](size_t first) {
        if (first >= frames) return 1.0;
        return allowedGain(
            extent(samples + first * channels, std::min(hop, frames - first) * channels), range);
    };

    double allowed = allowedAt(0);
    for (size_t first = 0; first < frames; first += hop) {
        const size_t length = std::min(hop, frames - first);
        double* here = samples + first * channels;
        const double next = allowedAt(first + hop);
        const double end = std::min({gain_ + (1.0 - gain_) * release, allowed, next});
        double step = (end - gain_) / static_cast<double>(length);
        if (gain_ > allowed) {
            gain_ = std::min(gain_, allowedGain(extent(here, channels), range));
            step = -steepness(here, length, channels, range, gain_, end);
        }
        applyRamp(here, length, channels, gain_, step, end);
        gain_ = end > kNearlyOne ? 1.0 : end;
        allowed = next;
    }
}

} // namespace mullion::mixminus
