#pragma once

#include <cstdint>

#include <deque>
#include <mutex>

#include "pipelines/gst/bridge.h"

namespace mullion::participant {

/// What a participant hears: the last half second of decoded sound. Thread-safe.
class Heard : public SampleReceiver {
public:
    void onSample(GstSample* sample) override;

    /// The level of one frequency in dB below full scale (Goertzel over the last 0.5 s, Hann
    /// window); -120 where nothing has come yet.
    double levelAt(double frequencyHz) const;

    /// How many samples have come.
    std::uint64_t samples() const;

private:
    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    std::deque<float> recent_;
    /// GUARDED_BY(mutex_)
    std::uint64_t samples_ = 0;
};

} // namespace mullion::participant
