#include "tools/latency/time_code.h"

#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::latency;

namespace {

struct Sizes {
    int width;
    int height;
};

/// The luma of a frame, scaled by taking the nearest pixel.
std::vector<std::uint8_t> lumaOf(const participant::Footage& footage, int number, Sizes size) {
    const auto frame = footage.frame(number);
    std::vector<std::uint8_t> whole(static_cast<std::size_t>(footage.width) * footage.height);
    gst_buffer_extract(frame.get(), 0, whole.data(), whole.size());
    std::vector<std::uint8_t> scaled;
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            scaled.push_back(whole[y * footage.height / size.height * footage.width +
                                   x * footage.width / size.width]);
    return scaled;
}

} // namespace

START_TEST(time_code_is_read_at_any_size) {
    gst_init(nullptr, nullptr);
    const auto footage = timeCode();
    for (const Sizes size : {Sizes{640, 360}, Sizes{638, 358}, Sizes{316, 178}, Sizes{1280, 720}}) {
        for (const int number : {0, 1, 85, 170, kFrames - 1}) {
            const auto luma = lumaOf(footage, number, size);
            const auto read = readNumber({luma.data(), size.width, size.width, size.height});
            ck_assert_int_eq(read.value_or(-1), number);
        }
    }
}

END_TEST

START_TEST(time_code_that_is_damaged_is_not_read) {
    gst_init(nullptr, nullptr);
    auto luma = lumaOf(timeCode(), 170, {640, 360});
    // The right half has not come.
    for (int y = 0; y < 360; ++y)
        std::fill_n(&luma[y * 640 + 320], 320, std::uint8_t{128});
    ck_assert(!readNumber({luma.data(), 640, 640, 360}));
}

END_TEST

START_TEST(time_code_clicks_are_found_where_they_begin) {
    gst_init(nullptr, nullptr);
    bool wasSilent = false;
    std::vector<std::int16_t> block(960);
    ck_assert(!findClick(block, wasSilent));
    block[312] = 9000;
    ck_assert_uint_eq(findClick(block, wasSilent).value_or(0), 312);
    // The same click goes on.
    block[0] = 9000;
    ck_assert(!findClick(block, wasSilent));
}

END_TEST

int main() {
    return test::runSuite("tools.time_code",
                          {time_code_is_read_at_any_size, time_code_that_is_damaged_is_not_read,
                           time_code_clicks_are_found_where_they_begin});
}
