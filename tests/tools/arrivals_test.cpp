#include "tools/participant/arrivals.h"

#include "tests/support/suite.h"

using namespace mullion;
using participant::Arrivals;

namespace {

constexpr std::uint32_t kStep = 3600;

/// An RTP packet without a payload.
void receive(Arrivals& arrivals, std::uint16_t sequence, std::uint32_t timestamp) {
    guint8 header[12] = {0x80, 96};
    GST_WRITE_UINT16_BE(header + 2, sequence);
    GST_WRITE_UINT32_BE(header + 4, timestamp);
    const auto packet = GRef<GstBuffer>::adopt(gst_buffer_new_memdup(header, sizeof header));
    arrivals.onPacket(packet.get());
}

} // namespace

START_TEST(arrivals_of_a_whole_stream_lack_nothing) {
    gst_init(nullptr, nullptr);
    Arrivals arrivals(kStep);
    // Two packets a frame, over both wraps.
    for (std::uint32_t i = 0; i < 100; ++i)
        receive(arrivals, static_cast<std::uint16_t>(65500 + i), 0xffff0000U + i / 2 * kStep);
    const auto figures = arrivals.figures();
    ck_assert_uint_eq(figures.packets, 100);
    ck_assert_uint_eq(figures.packetsLost, 0);
    ck_assert_uint_eq(figures.framesSkipped, 0);
    ck_assert_uint_eq(figures.uneven, 0);
}

END_TEST

START_TEST(arrivals_count_what_is_missing) {
    gst_init(nullptr, nullptr);
    Arrivals arrivals(kStep);
    receive(arrivals, 10, 0);
    receive(arrivals, 13, kStep);
    receive(arrivals, 14, 4 * kStep);
    receive(arrivals, 15, 5 * kStep + 500);
    const auto figures = arrivals.figures();
    ck_assert_uint_eq(figures.packetsLost, 2);
    ck_assert_uint_eq(figures.framesSkipped, 2);
    ck_assert_uint_eq(figures.uneven, 1);
}

END_TEST

START_TEST(arrivals_after_a_reset_are_counted_anew) {
    gst_init(nullptr, nullptr);
    Arrivals arrivals(kStep);
    receive(arrivals, 10, 0);
    receive(arrivals, 12, kStep);
    arrivals.reset();
    receive(arrivals, 13, 2 * kStep);
    const auto figures = arrivals.figures();
    ck_assert_uint_eq(figures.packets, 1);
    ck_assert_uint_eq(figures.packetsLost, 0);
    ck_assert_uint_eq(figures.uneven, 0);
}

END_TEST

int main() {
    return test::runSuite("tools.arrivals",
                          {arrivals_of_a_whole_stream_lack_nothing, arrivals_count_what_is_missing,
                           arrivals_after_a_reset_are_counted_anew});
}
