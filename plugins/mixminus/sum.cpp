// This file alone is compiled with -O3 -ffast-math (meson.build), else float sums and minima do not
// vectorise. The test for NaN therefore looks at bits, which those flags leave alone.
#include "plugins/mixminus/sum.h"

#include <algorithm>
#include <bit>

namespace mullion::mixminus {

namespace {

constexpr float kLoudest = 1000.0F;
constexpr float kFullScaleS16 = 32768.0F;

Measure loadS16(const int16_t* in, float* out, size_t count) {
    int32_t peak = 0;
    float energy = 0;
    for (size_t i = 0; i < count; ++i) {
        const int32_t sample = in[i];
        peak = std::max(peak, sample < 0 ? -sample : sample);
        const auto wide = static_cast<float>(sample);
        out[i] = wide;
        energy += wide * wide;
    }
    return {static_cast<float>(peak) / kFullScaleS16,
            static_cast<double>(energy) / kFullScaleS16 / kFullScaleS16};
}

Measure loadF32(const float* in, float* out, size_t count) {
    int32_t peakBits = 0;
    float energy = 0;
    for (size_t i = 0; i < count; ++i) {
        // Magnitudes of IEEE floats order as their bits do; NaN and infinity come out on top.
        peakBits = std::max(peakBits, std::bit_cast<int32_t>(in[i]) & 0x7fffffff);
        out[i] = in[i];
        energy += in[i] * in[i];
    }
    if (peakBits > std::bit_cast<int32_t>(kLoudest)) {
        std::fill_n(out, count, 0.0F);
        return {};
    }
    return {std::bit_cast<float>(peakBits), energy};
}

} // namespace

Measure load(SampleFormat format, const void* in, float* out, size_t count) {
    if (format == SampleFormat::S16) return loadS16(static_cast<const int16_t*>(in), out, count);
    return loadF32(static_cast<const float*>(in), out, count);
}

void scale(float* samples, float gain, size_t count) {
    for (size_t i = 0; i < count; ++i)
        samples[i] *= gain;
}

void add(double* __restrict sum, const float* __restrict own, size_t count) {
    for (size_t i = 0; i < count; ++i)
        sum[i] += own[i];
}

void subtract(double* __restrict sum, const float* __restrict own, size_t count) {
    for (size_t i = 0; i < count; ++i)
        sum[i] -= own[i];
}

void difference(const double* __restrict sum, const float* __restrict own, double* __restrict out,
                size_t count) {
    for (size_t i = 0; i < count; ++i)
        out[i] = sum[i] - own[i];
}

Range extent(const double* samples, size_t count) {
    double low = 0;
    double high = 0;
    for (size_t i = 0; i < count; ++i) {
        low = std::min(low, samples[i]);
        high = std::max(high, samples[i]);
    }
    return {low, high};
}

void store(SampleFormat format, const double* __restrict in, void* __restrict out, size_t count) {
    const Range range = rangeOf(format);
    if (format == SampleFormat::F32) {
        auto* samples = static_cast<float*>(out);
        for (size_t i = 0; i < count; ++i)
            samples[i] = static_cast<float>(std::clamp(in[i], range.low, range.high));
        return;
    }
    auto* samples = static_cast<int16_t*>(out);
    for (size_t i = 0; i < count; ++i) {
        const double limited = std::clamp(in[i], range.low, range.high);
        samples[i] =
            static_cast<int16_t>(static_cast<int32_t>(limited + (limited < 0 ? -0.5 : 0.5)));
    }
}

} // namespace mullion::mixminus
