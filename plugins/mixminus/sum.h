#pragma once

#include <cstddef>
#include <cstdint>

namespace mullion::mixminus {

/// The plain loops of the mix, written so that the compiler vectorises them. Samples are
/// interleaved and keep the unit of their format: -32768..32767 for S16, -1..1 for F32.
/// `count` is samples, not frames. All functions are thread-safe.

/// The formats of the mix; both in the machine's own byte order.
enum class SampleFormat { S16, F32 };

constexpr size_t bytesPerSample(SampleFormat format) {
    return format == SampleFormat::S16 ? sizeof(int16_t) : sizeof(float);
}

/// The lowest and the highest sample that a format holds.
struct Range {
    double low;
    double high;
};

constexpr Range rangeOf(SampleFormat format) {
    return format == SampleFormat::S16 ? Range{-32768.0, 32767.0} : Range{-1.0, 1.0};
}

/// What load() measured: the largest magnitude and the sum of squares, full scale being 1.
struct Measure {
    float peak = 0;
    double energy = 0;
};

/// Widens samples of `format` into `out`. F32 that is no sound (NaN, infinite, beyond +60 dBFS)
/// would spoil the sum for everybody, so such a chunk becomes silence.
Measure load(SampleFormat format, const void* in, float* out, size_t count);

/// in[i] *= gain.
void scale(float* samples, float gain, size_t count);

/// sum[i] += own[i].
void add(double* sum, const float* own, size_t count);

/// sum[i] -= own[i].
void subtract(double* sum, const float* own, size_t count);

/// out[i] = sum[i] - own[i].
void difference(const double* sum, const float* own, double* out, size_t count);

/// The lowest and highest of `samples`; {0, 0} when all are zero or `count` is 0.
Range extent(const double* samples, size_t count);

/// Narrows to `format` by rounding to the nearest, clamped to rangeOf(format).
void store(SampleFormat format, const double* in, void* out, size_t count);

} // namespace mullion::mixminus
