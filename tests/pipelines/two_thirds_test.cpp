#include <cstdlib>
#include <random>
#include <vector>

#include "pipelines/mix/two_thirds.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

/// The definition: the mean over the 1.5 by 1.5 pixels that fall into one.
int meanOver(const std::uint8_t* plane, int stride, int width, int height, int column, int row) {
    double sum = 0;
    double weight = 0;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const auto covered = [](int pixel, int target) {
                return std::max(0.0, std::min(pixel + 1.0, 1.5 * (target + 1)) -
                                         std::max(double(pixel), 1.5 * target));
            };
            const double part = covered(x, column) * covered(y, row);
            sum += part * plane[y * stride + x];
            weight += part;
        }
    }
    return static_cast<int>(sum / weight + 0.5);
}

void expectMeans(const std::uint8_t* source, int stride, int width, int height,
                 const std::uint8_t* target, int targetStride, int across, int down) {
    for (int y = 0; y < down; ++y)
        for (int x = 0; x < across; ++x)
            ck_assert_int_le(std::abs(target[y * targetStride + x] -
                                      meanOver(source, stride, width, height, x, y)),
                             1);
}

} // namespace

START_TEST(each_pixel_is_the_mean_of_what_falls_into_it) {
    // Odd chroma sides in both, one, and none; as wide as several blocks of sixteen, and more.
    for (const auto& [width, height] : std::vector<std::pair<int, int>>{
             {22, 14}, {20, 14}, {22, 12}, {40, 24}, {2, 2}, {134, 66}, {426, 240}}) {
        std::mt19937 random(static_cast<unsigned>(width));
        Picture source(threeHalvesOf(width), threeHalvesOf(height));
        const MutablePlanes from = source.planes();
        const int chromaWidth = (from.width + 1) / 2;
        const int chromaHeight = (from.height + 1) / 2;
        for (int i = 0; i < from.width * from.height; ++i)
            from.y[i] = static_cast<std::uint8_t>(random());
        for (int i = 0; i < chromaWidth * chromaHeight; ++i) {
            from.u[i] = static_cast<std::uint8_t>(random());
            from.v[i] = static_cast<std::uint8_t>(random());
        }
        Picture target(width, height);
        const MutablePlanes to = target.planes();
        scaleToTwoThirds(std::as_const(source).planes(), to);
        expectMeans(from.y, from.strideY, from.width, from.height, to.y, to.strideY, width, height);
        expectMeans(from.u, from.strideU, chromaWidth, chromaHeight, to.u, to.strideU, width / 2,
                    height / 2);
        expectMeans(from.v, from.strideV, chromaWidth, chromaHeight, to.v, to.strideV, width / 2,
                    height / 2);
    }
}

END_TEST

int main() {
    return test::runSuite("two thirds", {each_pixel_is_the_mean_of_what_falls_into_it});
}
