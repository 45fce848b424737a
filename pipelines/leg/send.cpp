#include "pipelines/leg/send.h"

#include <gst/video/video.h>

#include "pipelines/mix/audio_mix.h"

namespace mullion {

namespace {

/// One second of sound, two and a half of picture: far more than a payloader ever has waiting.
constexpr unsigned kMaxSoundQueued = 50;
constexpr unsigned kMaxPictureQueued = 64;

/// The picture reaches the canvas about this much earlier than the sound reaches its block, so its
/// timestamps are moved back by it: receivers play what has the same time together.
constexpr GstClockTime kPictureLabelShift = 60 * GST_MSECOND;

/// 31 bits, so that neither 0 nor the payloaders' «choose yourself» (all ones) can come out.
std::string newSsrc() {
    return std::to_string((g_random_int() >> 1) | 1);
}

} // namespace

unsigned Sender::ssrc() const {
    unsigned ssrc = 0;
    g_object_get(payloader_, "ssrc", &ssrc, nullptr);
    return ssrc;
}

Result<std::shared_ptr<AudioSender>> AudioSender::create(GstBin* pipeline,
                                                         const sdp::Media& media) {
    auto inlet = TRY(Inlet::create(pipeline, kMixAudioCaps, kMaxSoundQueued));
    GstElement* encoder = TRY(addElement(pipeline, "opusenc",
                                         {{"bitrate", "40000"},
                                          {"bitrate-type", "vbr"},
                                          {"complexity", "5"},
                                          {"frame-size", "20"}}));
    GstElement* payloader = TRY(addElement(
        pipeline, "rtpopuspay", {{"pt", std::to_string(media.payload)}, {"ssrc", newSsrc()}}));
    TRY(linkElements({inlet->element(), encoder, payloader}));
    return std::shared_ptr<AudioSender>(new AudioSender(std::move(inlet), payloader));
}

void AudioSender::onSample(GstSample* sample) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    if (started() && buffer) inlet().push(retimed(buffer, GST_BUFFER_PTS(buffer)));
}

Result<std::shared_ptr<VideoSender>> VideoSender::create(GstBin* pipeline, const sdp::Media& media,
                                                         std::function<void()> requestKeyFrame) {
    auto inlet = TRY(Inlet::create(pipeline, nullptr, kMaxPictureQueued));
    GstElement* source = inlet->element();
    GstElement* payloader = TRY(addElement(pipeline, "rtpvp8pay",
                                           {{"pt", std::to_string(media.payload)},
                                            {"ssrc", newSsrc()},
                                            {"picture-id-mode", "15-bit"}}));
    TRY(linkElements({source, payloader}));
    std::shared_ptr<VideoSender> sender(new VideoSender(std::move(inlet), payloader));
    sender->requestKeyFrame_ = requestKeyFrame;
    const auto pad = GRef<GstPad>::adopt(gst_element_get_static_pad(source, "src"));
    sender->feedback_ =
        PadProbe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
                 [requestKeyFrame = std::move(requestKeyFrame)](GstPadProbeInfo* info) {
                     if (gst_video_event_is_force_key_unit(GST_PAD_PROBE_INFO_EVENT(info)))
                         requestKeyFrame();
                     return GST_PAD_PROBE_OK;
                 });
    return sender;
}

void VideoSender::onSample(GstSample* sample) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    if (!started() || !buffer) return;
    const bool isKeyFrame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    if (needsKeyFrame_ && !isKeyFrame) return;
    needsKeyFrame_ = !inlet().push(retimed(buffer, GST_BUFFER_PTS(buffer) + kPictureLabelShift),
                                   gst_sample_get_caps(sample));
    if (needsKeyFrame_) requestKeyFrame_();
}

} // namespace mullion
