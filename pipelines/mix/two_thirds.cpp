#include "pipelines/mix/two_thirds.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#ifdef __x86_64__
/// Every third value needs shuffles, which the oldest x86-64 has none of.
#define FOR_EACH_CPU [[gnu::target_clones("avx2", "default")]]
#else
#define FOR_EACH_CPU
#endif

namespace mullion {

namespace {

/// Two parts of one row and one of another.
FOR_EACH_CPU
void mixRows(const std::uint8_t* twice, const std::uint8_t* once, std::uint16_t* __restrict sums,
             int width) {
    for (int i = 0; i < width; ++i)
        sums[i] = static_cast<std::uint16_t>(2 * twice[i] + once[i]);
}

constexpr std::uint16_t ninth(int sum) {
    // Rounded; exact up to 9 * 255.
    return static_cast<std::uint16_t>((static_cast<std::uint32_t>(sum + 4) * 7282) >> 16);
}

FOR_EACH_CPU
void mixColumns(const std::uint16_t* __restrict sums, std::uint8_t* __restrict target, int pairs) {
    for (int i = 0; i < pairs; ++i) {
        const auto left = static_cast<std::uint16_t>(2 * sums[3 * i] + sums[3 * i + 1]);
        const auto right = static_cast<std::uint16_t>(sums[3 * i + 1] + 2 * sums[3 * i + 2]);
        target[2 * i] = static_cast<std::uint8_t>(ninth(left));
        target[2 * i + 1] = static_cast<std::uint8_t>(ninth(right));
    }
}

void scalePlane(const std::uint8_t* source, int sourceStride, std::uint8_t* target,
                int targetStride, int width, int height) {
    const int sourceWidth = threeHalvesOf(width);
    const int lastRow = threeHalvesOf(height) - 1;
    std::vector<std::uint16_t> sums(static_cast<std::size_t>(sourceWidth));
    for (int y = 0; y < height; ++y, target += targetStride) {
        const int first = y / 2 * 3;
        const int twice = y % 2 == 0 ? first : first + 2;
        const int once = std::min(first + 1, lastRow);
        mixRows(source + twice * sourceStride, source + once * sourceStride, sums.data(),
                sourceWidth);
        mixColumns(sums.data(), target, width / 2);
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
