#include "pipelines/leg/feedback_writer.h"

#include <string>
#include <vector>

#include <gst/gst.h>
#include <gst/rtp/gstrtcpbuffer.h>

#include "tests/support/suite.h"

using namespace mullion;

namespace {

constexpr std::uint32_t kSender = 0x01020304;
constexpr std::uint32_t kSource = 0x0a0b0c0d;

const FeedbackWriter kWriter(kSender, "server@host");

/// The words of a request in hexadecimal, after what it has to be otherwise was checked.
std::string wordsOf(const GRef<GstBuffer>& buffer, GstRTCPType kind, GstRTCPFBType what) {
    if (!buffer) return "nothing";
    // A compound packet as RFC 3550 asks for it: what receivers check first.
    ck_assert(gst_rtcp_buffer_validate(buffer.get()));
    GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
    ck_assert(gst_rtcp_buffer_map(buffer.get(), GST_MAP_READ, &rtcp));
    ck_assert_uint_eq(gst_rtcp_buffer_get_packet_count(&rtcp), 3);
    GstRTCPPacket packet;
    ck_assert(gst_rtcp_buffer_get_first_packet(&rtcp, &packet));
    ck_assert_int_eq(gst_rtcp_packet_get_type(&packet), GST_RTCP_TYPE_RR);
    ck_assert_uint_eq(gst_rtcp_packet_rr_get_ssrc(&packet), kSender);
    ck_assert(gst_rtcp_packet_move_to_next(&packet));
    ck_assert_int_eq(gst_rtcp_packet_get_type(&packet), GST_RTCP_TYPE_SDES);
    ck_assert(gst_rtcp_packet_sdes_first_item(&packet));
    ck_assert(gst_rtcp_packet_sdes_first_entry(&packet));
    GstRTCPSDESType type{};
    guint8 size = 0;
    guint8* name = nullptr;
    ck_assert(gst_rtcp_packet_sdes_get_entry(&packet, &type, &size, &name));
    ck_assert_int_eq(type, GST_RTCP_SDES_CNAME);
    ck_assert_str_eq(std::string(reinterpret_cast<char*>(name), size).c_str(), "server@host");
    ck_assert(gst_rtcp_packet_move_to_next(&packet));
    ck_assert_int_eq(gst_rtcp_packet_get_type(&packet), kind);
    ck_assert_int_eq(gst_rtcp_packet_fb_get_type(&packet), what);
    ck_assert_uint_eq(gst_rtcp_packet_fb_get_sender_ssrc(&packet), kSender);
    ck_assert_uint_eq(gst_rtcp_packet_fb_get_media_ssrc(&packet), kSource);
    std::string text;
    const guint8* words = gst_rtcp_packet_fb_get_fci(&packet);
    for (int i = 0; i < gst_rtcp_packet_fb_get_fci_length(&packet); ++i) {
        char word[16];
        g_snprintf(word, sizeof word, "%08x ", GST_READ_UINT32_BE(words + 4 * i));
        text += word;
    }
    gst_rtcp_buffer_unmap(&rtcp);
    return text;
}

std::string asked(const std::vector<std::uint16_t>& numbers) {
    return wordsOf(kWriter.nack(kSource, numbers), GST_RTCP_TYPE_RTPFB, GST_RTCP_RTPFB_TYPE_NACK);
}

std::vector<std::uint16_t> run(std::uint16_t first, int count) {
    std::vector<std::uint16_t> numbers;
    for (int i = 0; i < count; ++i)
        numbers.push_back(static_cast<std::uint16_t>(first + i));
    return numbers;
}

} // namespace

/// RFC 4585 section 6.2.1: a number, and a bit for each of the 16 that follow.
START_TEST(packets_near_to_each_other_share_a_word) {
    ck_assert_str_eq(asked({0x1234}).c_str(), "12340000 ");
    ck_assert_str_eq(asked({100, 101, 103, 116}).c_str(), "00648005 ");
    ck_assert_str_eq(asked(run(100, 17)).c_str(), "0064ffff ");
    ck_assert_str_eq(asked({100, 117}).c_str(), "00640000 00750000 ");
    ck_assert_str_eq(asked(run(100, 18)).c_str(), "0064ffff 00750000 ");
}

END_TEST

START_TEST(numbers_go_on_past_65535) {
    ck_assert_str_eq(asked({65534, 65535, 0, 2}).c_str(), "fffe000b ");
}

END_TEST

START_TEST(what_is_asked_for_has_bounds) {
    ck_assert_str_eq(asked({}).c_str(), "nothing");
    constexpr std::size_t kWord = 9;
    ck_assert_uint_eq(asked(run(0, 17 * 64)).size(), 64 * kWord);
    ck_assert_uint_eq(asked(run(0, 17 * 80)).size(), 64 * kWord);
}

END_TEST

/// RFC 4585 section 6.3.1: it has nothing to say but whose key frame it is.
START_TEST(a_key_frame_is_asked_for) {
    ck_assert_str_eq(
        wordsOf(kWriter.pictureLoss(kSource), GST_RTCP_TYPE_PSFB, GST_RTCP_PSFB_TYPE_PLI).c_str(),
        "");
}

END_TEST

int main() {
    gst_init(nullptr, nullptr);
    return test::runSuite("pipelines feedback_writer",
                          {packets_near_to_each_other_share_a_word, numbers_go_on_past_65535,
                           what_is_asked_for_has_bounds, a_key_frame_is_asked_for});
}
