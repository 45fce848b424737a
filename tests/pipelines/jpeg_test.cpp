// Pictures as JPEG: their sizes, and that no colour is lost on the way.
#include "pipelines/mix/jpeg.h"

#include <cstdlib>

#include "tests/pipelines/decoded_jpeg.h"
#include "tests/support/suite.h"

using namespace mullion;
using test::DecodedJpeg;

namespace {

/// Left half of one colour, right half of another.
Picture halves(int width, int height, const Yuv& left, const Yuv& right) {
    Picture picture(width, height);
    fill(picture.planes().part({0, 0, width / 2, height}), left);
    fill(picture.planes().part({width / 2, 0, width / 2, height}), right);
    return picture;
}

void expectColour(const std::array<int, 3>& seen, const std::array<int, 3>& wanted,
                  int tolerance = 3) {
    for (std::size_t i = 0; i < 3; ++i)
        ck_assert_msg(std::abs(seen[i] - wanted[i]) <= tolerance, "%d,%d,%d instead of %d,%d,%d",
                      seen[0], seen[1], seen[2], wanted[0], wanted[1], wanted[2]);
}

} // namespace

START_TEST(colours_are_those_of_the_canvas) {
    struct Row {
        Yuv yuv;
        std::array<int, 3> rgb;
    };

    // BT.601, limited range: the ends of the scale and the three primaries.
    for (const auto& [yuv, rgb] : std::initializer_list<Row>{{{16, 128, 128}, {0, 0, 0}},
                                                             {{235, 128, 128}, {255, 255, 255}},
                                                             {{126, 128, 128}, {128, 128, 128}},
                                                             {{81, 90, 240}, {254, 0, 0}},
                                                             {{145, 54, 34}, {0, 255, 1}},
                                                             {{41, 240, 110}, {0, 0, 255}},
                                                             {kStage, {14, 17, 22}}}) {
        const Picture made = halves(64, 32, yuv, {16, 128, 128});
        const auto jpeg = encodeJpeg(made.planes(), 0);
        ck_assert(jpeg.ok());
        const DecodedJpeg picture(*jpeg);
        expectColour(picture.at(8, 16), rgb);
        expectColour(picture.at(56, 16), {0, 0, 0});
    }
}

END_TEST

START_TEST(width_scales_down_and_keeps_the_shape) {
    struct Row {
        int width, height, asked, wide, high;
    };

    for (const auto& [width, height, asked, wide, high] : {Row{1280, 720, 0, 1280, 720},
                                                           {1280, 720, 1280, 1280, 720},
                                                           {1280, 720, 1920, 1280, 720},
                                                           {1280, 720, 640, 640, 360},
                                                           {1280, 720, 321, 321, 181},
                                                           {1280, 720, 16, 16, 9},
                                                           {1080, 1920, 100, 100, 178},
                                                           {1920, 1080, 1919, 1919, 1079},
                                                           {160, 90, 1920, 160, 90}}) {
        const Picture made = halves(width, height, {145, 54, 34}, {41, 240, 110});
        const auto jpeg = encodeJpeg(made.planes(), asked);
        ck_assert(jpeg.ok());
        const DecodedJpeg picture(*jpeg);
        ck_assert_msg(picture.width == wide && picture.height == high, "%d: %dx%d", asked,
                      picture.width, picture.height);
        // In a block of 8×8 the one colour rings in the other.
        expectColour(picture.at(wide / 8, high / 2), {0, 255, 1}, 20);
        expectColour(picture.at(wide - 1 - wide / 8, high / 2), {0, 0, 255}, 20);
    }
}

END_TEST

int main() {
    return test::runSuite("jpeg",
                          {colours_are_those_of_the_canvas, width_scales_down_and_keeps_the_shape});
}
