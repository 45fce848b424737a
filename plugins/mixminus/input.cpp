#include "plugins/mixminus/input.h"

#include <algorithm>
#include <cmath>

namespace mullion::mixminus {

namespace {

double toDb(double amplitude) {
    return amplitude > 0 ? std::max(20.0 * std::log10(amplitude), kSilenceDb) : kSilenceDb;
}

float gainOf(double volume, bool muted) {
    return muted ? 0.0F : static_cast<float>(volume);
}

} // namespace

bool Input::add(const Layout& layout, const void* in, size_t firstFrame, size_t frames,
                size_t blockFrames, double volume, bool muted, double* sum) {
    const size_t channels = layout.channels;
    if (!begun_) {
        gainTo_ = gainOf(volume, muted);
        // The very first sound starts at its gain: there is no earlier one to come from.
        if (fresh_) gainFrom_ = gainTo_;
        fresh_ = false;
        begun_ = true;
    }
    if (gainFrom_ == 0 && muted) return false;

    own_.resize(blockFrames * channels);
    if (silent_ && frames != blockFrames) std::fill(own_.begin(), own_.end(), 0.0F);
    float* own = own_.data() + firstFrame * channels;
    const size_t count = frames * channels;
    const Measure measure = load(layout.format, in, own, count);
    if (!muted) {
        measured_.peak = std::max(measured_.peak, measure.peak);
        measured_.energy += measure.energy;
    }
    if (measure.peak == 0 || (gainFrom_ == 0 && gainTo_ == 0)) {
        std::fill_n(own, count, 0.0F);
        return false;
    }

    if (gainFrom_ != gainTo_) {
        const float step = (gainTo_ - gainFrom_) / static_cast<float>(blockFrames);
        for (size_t frame = 0; frame < frames; ++frame)
            scale(own + frame * channels, gainFrom_ + step * static_cast<float>(firstFrame + frame),
                  channels);
    } else if (gainTo_ != 1.0F) {
        scale(own, gainTo_, count);
    }
    mixminus::add(sum + firstFrame * channels, own, count);
    silent_ = false;
    return true;
}

void Input::endBlock(double volume, bool muted) {
    // With nothing to hear there is nothing to ramp.
    gainFrom_ = begun_ ? gainTo_ : gainOf(volume, muted);
    begun_ = false;
    silent_ = true;
}

Level Input::takeLevel(size_t intervalSamples) {
    const double mean =
        intervalSamples ? measured_.energy / static_cast<double>(intervalSamples) : 0;
    const Level level{toDb(std::sqrt(mean)), toDb(measured_.peak)};
    measured_ = {};
    return level;
}

} // namespace mullion::mixminus
