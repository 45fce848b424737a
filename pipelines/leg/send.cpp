#include "pipelines/leg/send.h"

#include <gst/video/video.h>

#include "pipelines/mix/audio_mix.h"

namespace mullion {

namespace {

/// One second of sound, two and a half of picture: far more than a payloader ever has waiting.
constexpr unsigned kMaxSoundQueued = 50;
constexpr unsigned kMaxPictureQueued = 64;

/// A picture is on the canvas about this much earlier than the sound of its moment is in a block,
/// so its timestamps are moved back by it: receivers play what has the same time together.
constexpr GstClockTime kPictureLabelShift = 20 * GST_MSECOND;

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

/// One rung's frames on their way to a sender.
class VideoSender::Take : public SampleReceiver {
public:
    Take(std::weak_ptr<VideoSender> sender, std::shared_ptr<Rung> rung)
        : sender_(std::move(sender))
        , rung_(std::move(rung)) {}

    void onSample(GstSample* sample) override {
        const auto sender = sender_.lock();
        if (sender && sender->started()) complete_ = sender->forward(this, sample);
    }

    /// Whether the receiver has all that the next frame leans on. Streaming thread only.
    bool complete() const { return complete_; }

    const std::shared_ptr<Rung>& rung() const { return rung_; }

private:
    std::weak_ptr<VideoSender> sender_;
    std::shared_ptr<Rung> rung_;
    bool complete_ = false;
};

Result<std::shared_ptr<VideoSender>> VideoSender::create(GstBin* pipeline,
                                                         const sdp::Media& media) {
    auto inlet = TRY(Inlet::create(pipeline, nullptr, kMaxPictureQueued));
    GstElement* source = inlet->element();
    const std::string payload = std::to_string(media.payload);
    GstElement* payloader =
        media.codec == VideoCodec::Vp8
            ? TRY(addElement(pipeline, "rtpvp8pay",
                             {{"pt", payload}, {"ssrc", newSsrc()}, {"picture-id-mode", "15-bit"}}))
            : TRY(addElement(pipeline, "rtph264pay",
                             {{"pt", payload},
                              {"ssrc", newSsrc()},
                              // Parameter sets with every key frame: decoders begin there.
                              {"config-interval", "-1"},
                              {"aggregate-mode", "zero-latency"}}));
    TRY(linkElements({source, payloader}));
    std::shared_ptr<VideoSender> sender(new VideoSender(std::move(inlet), payloader));
    sender->codec_ = media.codec;
    const auto pad = GRef<GstPad>::adopt(gst_element_get_static_pad(source, "src"));
    sender->feedback_ =
        PadProbe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
                 [weak = std::weak_ptr(sender)](GstPadProbeInfo* info) {
                     if (!gst_video_event_is_force_key_unit(GST_PAD_PROBE_INFO_EVENT(info)))
                         return GST_PAD_PROBE_OK;
                     postToMain([weak] {
                         const auto self = weak.lock();
                         if (self && self->wanted_)
                             self->wanted_->requestKeyFrame(KeyFrameReason::Lost);
                     });
                     return GST_PAD_PROBE_OK;
                 });
    return sender;
}

void VideoSender::setRung(const std::shared_ptr<Rung>& rung) {
    if (rung == wanted_) return;
    wanted_ = rung;
    std::shared_ptr<Take> take;
    if (rung) take = std::make_shared<Take>(weak_from_this(), rung);
    {
        const std::lock_guard lock(mutex_);
        next_ = take.get();
        if (!rung) current_ = nullptr;
    }
    dropStale();
    if (!rung) return;
    takes_.push_back(take);
    rung->addTaker(take);
}

/// Lets go of the rungs that are neither sent nor waited for.
void VideoSender::dropStale() {
    const Take* current = nullptr;
    const Take* next = nullptr;
    {
        const std::lock_guard lock(mutex_);
        current = current_;
        next = next_;
    }
    std::erase_if(takes_, [&](const auto& take) {
        if (take.get() == current || take.get() == next) return false;
        take->rung()->removeTaker(take.get());
        return true;
    });
}

/// On the rung's thread. @return whether the receiver has all that the take's next frame leans on.
bool VideoSender::forward(const Take* take, GstSample* sample) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    const bool isKeyFrame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    const std::lock_guard lock(mutex_);
    if (take == next_ && isKeyFrame) {
        current_ = std::exchange(next_, nullptr);
        postToMain([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->dropStale();
        });
    }
    if (take != current_) return false;
    if (!take->complete() && !isKeyFrame) return false;
    // Rungs run beside each other: the new one's first frame may be of a moment that was sent.
    const GstClockTime time =
        std::max(GST_BUFFER_PTS(buffer) + kPictureLabelShift, lastSent_ + GST_MSECOND);
    lastSent_ = time;
    if (inlet().push(retimed(buffer, time), gst_sample_get_caps(sample))) return true;
    take->rung()->requestKeyFrame(KeyFrameReason::Lost);
    return false;
}

} // namespace mullion
