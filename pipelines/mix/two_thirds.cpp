#include "pipelines/mix/two_thirds.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace mullion {

namespace {

/// Two parts of one row and one of another.
void mixRows(const std::uint8_t* twice, const std::uint8_t* once, std::uint16_t* __restrict sums,
             int width) {
    for (int i = 0; i < width; ++i)
        sums[i] = static_cast<std::uint16_t>(2 * twice[i] + once[i]);
}

/// A ninth, rounded, is a half more than four ninths times this by 2^16; exact up to 9 * 255.
constexpr int kHalf = 4;
constexpr int kNinth = 7282;

constexpr std::uint16_t ninth(int sum) {
    return static_cast<std::uint16_t>((static_cast<std::uint32_t>(sum + kHalf) * kNinth) >> 16);
}

void mixColumns(const std::uint16_t* __restrict sums, std::uint8_t* __restrict target, int pairs) {
    for (int i = 0; i < pairs; ++i) {
        const auto left = static_cast<std::uint16_t>(2 * sums[3 * i] + sums[3 * i + 1]);
        const auto right = static_cast<std::uint16_t>(sums[3 * i + 1] + 2 * sums[3 * i + 2]);
        target[2 * i] = static_cast<std::uint8_t>(ninth(left));
        target[2 * i + 1] = static_cast<std::uint8_t>(ninth(right));
    }
}

#ifdef __x86_64__

/// Of 24 values of a row the sums of the first two and the last two of each three, of which the
/// outer ones count twice.
[[gnu::target("avx2")]] inline __m256i sumsOf(const std::uint8_t* row) {
    const __m256i values = _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(row + 12),
                                               reinterpret_cast<const __m128i*>(row));
    const __m256i pairs = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11));
    return _mm256_maddubs_epi16(_mm256_shuffle_epi8(values, pairs), _mm256_set1_epi32(0x02010102));
}

/// Makes sixteen pixels at a time, as far as whole loads go: every third value needs shuffles, of
/// which compilers make little. @return how many it has made.
[[gnu::target("avx2")]] int mixBlocks(const std::uint8_t* twice, const std::uint8_t* once,
                                      std::uint8_t* target, int sourceWidth) {
    constexpr int kLoaded = 28;
    constexpr int kTaken = 24;
    if (sourceWidth < kLoaded) return 0;
    // The last block covers what is left, and a part of the one before.
    const int last = (sourceWidth - kLoaded) / 3 * 3;
    for (int i = 0;; i = std::min(i + kTaken, last)) {
        const __m256i above = sumsOf(twice + i);
        const __m256i sums = _mm256_add_epi16(_mm256_add_epi16(above, above), sumsOf(once + i));
        const __m256i means = _mm256_mulhi_epu16(_mm256_add_epi16(sums, _mm256_set1_epi16(kHalf)),
                                                 _mm256_set1_epi16(kNinth));
        // Eight of each half of the register.
        const __m256i bytes = _mm256_permute4x64_epi64(_mm256_packus_epi16(means, means), 0b1000);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(target + i / 3 * 2),
                         _mm256_castsi256_si128(bytes));
        if (i == last) return (last + kTaken) / 3 * 2;
    }
}

const bool kHasBlocks = __builtin_cpu_supports("avx2");

#else

constexpr bool kHasBlocks = false;

constexpr int mixBlocks(const std::uint8_t*, const std::uint8_t*, std::uint8_t*, int) {
    return 0;
}

#endif

void scalePlane(const std::uint8_t* source, int sourceStride, std::uint8_t* target,
                int targetStride, int width, int height) {
    const int sourceWidth = threeHalvesOf(width);
    const int lastRow = threeHalvesOf(height) - 1;
    std::vector<std::uint16_t> sums(static_cast<std::size_t>(sourceWidth));
    for (int y = 0; y < height; ++y, target += targetStride) {
        const int first = y / 2 * 3;
        const int twice = y % 2 == 0 ? first : first + 2;
        const int once = std::min(first + 1, lastRow);
        const std::uint8_t* above = source + twice * sourceStride;
        const std::uint8_t* below = source + once * sourceStride;
        const int made = kHasBlocks ? mixBlocks(above, below, target, sourceWidth) : 0;
        const int done = made / 2 * 3;
        mixRows(above + done, below + done, sums.data() + done, sourceWidth - done);
        mixColumns(sums.data() + done, target + made, (width - made) / 2);
        if (width % 2 != 0)
            target[width - 1] =
                static_cast<std::uint8_t>(ninth(2 * sums[sourceWidth - 2] + sums[sourceWidth - 1]));
    }
}

} // namespace

void scaleToTwoThirds(const ConstPlanes& source, const MutablePlanes& target) {
    const int across = (target.width + 1) / 2;
    const int down = (target.height + 1) / 2;
    scalePlane(source.y, source.strideY, target.y, target.strideY, target.width, target.height);
    scalePlane(source.u, source.strideU, target.u, target.strideU, across, down);
    scalePlane(source.v, source.strideV, target.v, target.strideV, across, down);
}

} // namespace mullion
