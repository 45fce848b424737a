#include "pipelines/leg/intake_line.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <gst/rtp/gstrtpbuffer.h>

#include "pipelines/leg/receive.h"

namespace mullion {

namespace {

constexpr std::int64_t kMs = GST_MSECOND;
/// For what may only come out of order.
constexpr std::int64_t kPatience = kJitterLatencyMs * kMs;
/// For what is sent again: a picture that is late is shown all the same, where one that is lost
/// costs a key frame, and that a round trip as well. Over a path of 200 ms it is asked for twice,
/// and a client that is too busy to answer for that long gets along.
constexpr std::int64_t kRepairPatience = 400 * kMs;
constexpr std::int64_t kAskAgain = 40 * kMs;
constexpr std::int64_t kKeyFrameAgainUs = 100'000;
constexpr std::int64_t kSilent = 1000 * kMs;
constexpr int kSoundRate = 48000;
constexpr int kPictureRate = 90000;
/// Less than that nobody sees, and each change is a step in the sound.
constexpr std::int64_t kMinDelayChange = 5 * kMs;

std::int64_t patienceOf(const sdp::Media& media) {
    return media.rtxPayload >= 0 ? kRepairPatience : kPatience;
}

int rateOf(const sdp::Media& media) {
    return media.role == sdp::Role::Audio ? kSoundRate : kPictureRate;
}

/// A picture is of use whenever it comes, sound only while the mix waits for it.
RtpClock clockOf(const sdp::Media& media) {
    return media.role == sdp::Role::Audio ? RtpClock(kSoundRate, kJitterLatencyMs * kMs)
                                          : RtpClock(kPictureRate);
}

GRef<GstCaps> capsOf(const sdp::Media& media) {
    const bool isSound = media.role == sdp::Role::Audio;
    const char* name = isSound ? "OPUS" : media.codec == VideoCodec::Vp8 ? "VP8" : "H264";
    return GRef<GstCaps>::adopt(gst_caps_new_simple(
        "application/x-rtp", "media", G_TYPE_STRING, isSound ? "audio" : "video", "payload",
        G_TYPE_INT, media.payload, "clock-rate", G_TYPE_INT, rateOf(media), "encoding-name",
        G_TYPE_STRING, name, nullptr));
}

} // namespace

IntakeLine::IntakeLine(const sdp::Media& media, GstPad* entry, GRef<GstPad> session, Feedback ask)
    : media_(media)
    , source_("intake/" + media.mid, capsOf(media), entry,
              [this](GstEvent* event) { onUpstream(event); })
    , session_(std::move(session))
    , ask_(std::move(ask))
    , reorderer_(patienceOf(media))
    , clock_(clockOf(media)) {
    for (const std::string& line : media.ssrcs) {
        std::uint32_t ssrc = 0;
        std::from_chars(line.data(), line.data() + line.size(), ssrc);
        promised_.push_back(ssrc);
    }
}

bool IntakeLine::isPromised(std::uint32_t ssrc) const {
    return std::find(promised_.begin(), promised_.end(), ssrc) != promised_.end();
}

bool IntakeLine::isFree(std::int64_t now) const {
    return ssrc_ == 0 || now - heardAt_ > kSilent;
}

void IntakeLine::setSource(std::uint32_t ssrc) {
    if (ssrc_.exchange(ssrc) == ssrc) return;
    reorderer_ = Reorderer(patienceOf(media_));
    clock_ = clockOf(media_);
    report_.reset();
    delay_ = 0;
}

void IntakeLine::take(GstBuffer* packet, std::int64_t now) {
    // Clocks drift apart while nothing comes.
    if (isFree(now)) report_.reset();
    heardAt_ = now;
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    if (!gst_rtp_buffer_map(packet, GST_MAP_READ, &rtp)) return;
    const std::uint16_t sequence = gst_rtp_buffer_get_seq(&rtp);
    const std::uint32_t timestamp = gst_rtp_buffer_get_timestamp(&rtp);
    gst_rtp_buffer_unmap(&rtp);
    clock_.arrived(timestamp, now);
    reorderer_.put(sequence, GRef<GstBuffer>::share(packet), now);
}

void IntakeLine::takeAgain(GstBuffer* packet, std::int64_t now) {
    constexpr unsigned kOriginalNumber = 2;
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    if (!gst_rtp_buffer_map(packet, GST_MAP_READ, &rtp)) return;
    // One without a payload is there to measure the network.
    const bool isWhole = gst_rtp_buffer_get_payload_len(&rtp) > kOriginalNumber;
    const std::uint16_t sequence =
        isWhole ? GST_READ_UINT16_BE(gst_rtp_buffer_get_payload(&rtp)) : 0;
    GRef<GstBuffer> original;
    if (isWhole && reorderer_.misses(sequence)) {
        const unsigned header = gst_rtp_buffer_get_header_len(&rtp);
        original = GRef<GstBuffer>::adopt(gst_buffer_copy_region(
            packet,
            static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_METADATA | GST_BUFFER_COPY_MEMORY |
                                            GST_BUFFER_COPY_DEEP),
            0, header));
        original = GRef<GstBuffer>::adopt(gst_buffer_append(
            original.release(),
            gst_buffer_copy_region(packet, GST_BUFFER_COPY_MEMORY, header + kOriginalNumber,
                                   gst_rtp_buffer_get_payload_len(&rtp) - kOriginalNumber)));
    }
    gst_rtp_buffer_unmap(&rtp);
    if (!original) return;
    // The padding was left behind, but not the flag that says so.
    constexpr auto kWritable =
        static_cast<GstMapFlags>(int{GST_MAP_WRITE} | int{GST_RTP_BUFFER_MAP_FLAG_SKIP_PADDING});
    if (!gst_rtp_buffer_map(original.get(), kWritable, &rtp)) return;
    gst_rtp_buffer_set_padding(&rtp, FALSE);
    gst_rtp_buffer_set_ssrc(&rtp, ssrc_);
    gst_rtp_buffer_set_seq(&rtp, sequence);
    gst_rtp_buffer_set_payload_type(&rtp, static_cast<guint8>(media_.payload));
    gst_rtp_buffer_unmap(&rtp);
    heardAt_ = now;
    reorderer_.put(sequence, std::move(original), now);
}

void IntakeLine::proceed(std::int64_t now) {
    if (media_.rtxPayload >= 0)
        if (const auto missing = reorderer_.missing(now, kAskAgain);
            !missing.empty() && ask_.packets(ssrc_, missing))
            reorderer_.setAsked(missing, now);
    askForKeyFrame();
    while (auto next = reorderer_.next(now))
        push(std::move(*next));
}

void IntakeLine::push(Reorderer::Next next) {
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    if (!gst_rtp_buffer_map(next.packet.get(), GST_MAP_READ, &rtp)) return;
    const std::uint32_t timestamp = gst_rtp_buffer_get_timestamp(&rtp);
    gst_rtp_buffer_unmap(&rtp);
    const auto at =
        static_cast<GstClockTime>(std::max<std::int64_t>(0, clock_.timeOf(timestamp) + delay_));
    // Depayloaders make of it what lets a decoder conceal a loss. One that is long is a pause.
    constexpr unsigned kMaxConcealed = 10;
    constexpr GstClockTime kPacket = 20 * GST_MSECOND;
    if (isSound() && next.lost > 0 && next.lost <= kMaxConcealed)
        for (unsigned back = next.lost; back > 0; --back)
            source_.push(GRef<GstEvent>::adopt(gst_event_new_custom(
                GST_EVENT_CUSTOM_DOWNSTREAM,
                gst_structure_new(
                    "GstRTPPacketLost", "seqnum", G_TYPE_UINT,
                    static_cast<guint>(static_cast<std::uint16_t>(next.sequence - back)),
                    "timestamp", G_TYPE_UINT64, at - std::min(at, back * kPacket), "duration",
                    G_TYPE_UINT64, kPacket, "retry", G_TYPE_UINT, 0u, nullptr))));
    GstBuffer* packet = gst_buffer_make_writable(next.packet.release());
    GST_BUFFER_PTS(packet) = at;
    GST_BUFFER_DTS(packet) = GST_CLOCK_TIME_NONE;
    if (next.lost > 0) GST_BUFFER_FLAG_SET(packet, GST_BUFFER_FLAG_DISCONT);
    source_.push(GRef<GstBuffer>::adopt(packet));
}

std::optional<std::int64_t> IntakeLine::wallOffset(std::int64_t now) const {
    if (!report_ || isFree(now)) return std::nullopt;
    return clock_.timeOf(report_->timestamp) - report_->ntp;
}

void IntakeLine::setDelay(std::int64_t delay) {
    if (std::abs(delay - delay_) >= kMinDelayChange) delay_ = delay;
}

/// Requests of key frames, for each frame that cannot be decoded without one.
void IntakeLine::onUpstream(GstEvent* event) {
    const GstStructure* asked = gst_event_get_structure(event);
    if (GST_EVENT_TYPE(event) != GST_EVENT_CUSTOM_UPSTREAM || !asked ||
        !gst_structure_has_name(asked, "GstForceKeyUnit") || ssrc_ == 0)
        return;
    wantsKeyFrame_ = true;
    askForKeyFrame();
}

/// A request that follows another too soon goes out with a later packet: what it is for may have
/// come up after the key frame of the one before.
void IntakeLine::askForKeyFrame() {
    const std::int64_t now = g_get_monotonic_time();
    if (!wantsKeyFrame_ || now - keyFrameAskedAt_ < kKeyFrameAgainUs ||
        !wantsKeyFrame_.exchange(false))
        return;
    keyFrameAskedAt_ = now;
    if (ask_.keyFrame(ssrc_)) return;
    // rtpsession asks as soon as it may, and has to know whom.
    gst_pad_send_event(
        session_.get(),
        gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM,
                             gst_structure_new("GstForceKeyUnit", "ssrc", G_TYPE_UINT, ssrc_.load(),
                                               "payload", G_TYPE_UINT,
                                               static_cast<guint>(media_.payload), nullptr)));
}

} // namespace mullion
