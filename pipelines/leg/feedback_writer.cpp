#include "pipelines/leg/feedback_writer.h"

#include <vector>

#include <gst/rtp/gstrtcpbuffer.h>

namespace mullion {

namespace {

/// Of a network that fragments nothing, without IP, UDP and SRTP.
constexpr unsigned kMaxBytes = 1200;
/// Words, each of which names up to 17 packets: more would not be sent again in time either.
constexpr std::size_t kMaxWords = 64;

/// The first of up to 17 packets and a bit for each that follows it.
std::vector<std::uint32_t> wordsOf(std::span<const std::uint16_t> numbers) {
    std::vector<std::uint32_t> words;
    std::uint16_t first = 0;
    for (const std::uint16_t number : numbers) {
        const auto behind = static_cast<std::uint16_t>(number - first);
        if (!words.empty() && behind >= 1 && behind <= 16) {
            words.back() |= 1u << (behind - 1);
            continue;
        }
        if (words.size() == kMaxWords) break;
        first = number;
        words.push_back(static_cast<std::uint32_t>(number) << 16);
    }
    return words;
}

} // namespace

GRef<GstBuffer> FeedbackWriter::nack(std::uint32_t source,
                                     std::span<const std::uint16_t> numbers) const {
    const auto words = wordsOf(numbers);
    if (words.empty()) return {};
    return write(GST_RTCP_TYPE_RTPFB, GST_RTCP_RTPFB_TYPE_NACK, source, words);
}

GRef<GstBuffer> FeedbackWriter::pictureLoss(std::uint32_t source) const {
    return write(GST_RTCP_TYPE_PSFB, GST_RTCP_PSFB_TYPE_PLI, source, {});
}

GRef<GstBuffer> FeedbackWriter::write(GstRTCPType type, GstRTCPFBType kind, std::uint32_t source,
                                      std::span<const std::uint32_t> words) const {
    auto buffer = GRef<GstBuffer>::adopt(gst_rtcp_buffer_new(kMaxBytes));
    GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
    if (!gst_rtcp_buffer_map(buffer.get(), GST_MAP_READWRITE, &rtcp)) return {};
    GstRTCPPacket packet;
    gst_rtcp_buffer_add_packet(&rtcp, GST_RTCP_TYPE_RR, &packet);
    gst_rtcp_packet_rr_set_ssrc(&packet, sender_);
    gst_rtcp_buffer_add_packet(&rtcp, GST_RTCP_TYPE_SDES, &packet);
    gst_rtcp_packet_sdes_add_item(&packet, sender_);
    gst_rtcp_packet_sdes_add_entry(&packet, GST_RTCP_SDES_CNAME, static_cast<guint8>(name_.size()),
                                   reinterpret_cast<const guint8*>(name_.data()));
    gst_rtcp_buffer_add_packet(&rtcp, type, &packet);
    gst_rtcp_packet_fb_set_type(&packet, kind);
    gst_rtcp_packet_fb_set_sender_ssrc(&packet, sender_);
    gst_rtcp_packet_fb_set_media_ssrc(&packet, source);
    gst_rtcp_packet_fb_set_fci_length(&packet, static_cast<guint16>(words.size()));
    guint8* to = gst_rtcp_packet_fb_get_fci(&packet);
    for (const std::uint32_t word : words) {
        GST_WRITE_UINT32_BE(to, word);
        to += sizeof word;
    }
    gst_rtcp_buffer_unmap(&rtcp);
    return buffer;
}

} // namespace mullion
