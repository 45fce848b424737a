#include "pipelines/leg/send.h"

#include <gst/video/video.h>

#include "pipelines/mix/mix.h"

namespace mullion {

namespace {

/// One second of sound, two and a half of picture: far more than a payloader ever has waiting.
constexpr unsigned kMaxSoundQueued = 50;
constexpr unsigned kMaxPictureQueued = 64;

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

Result<std::shared_ptr<AudioSender>> AudioSender::create(GstBin* pipeline, const sdp::Media& media,
                                                         Input input) {
    const bool isEncoded = input == Input::Opus;
    auto inlet = TRY(Inlet::create(pipeline, isEncoded ? nullptr : kMixAudioCaps, kMaxSoundQueued));
    GstElement* payloader = TRY(addElement(
        pipeline, "rtpopuspay", {{"pt", std::to_string(media.payload)}, {"ssrc", newSsrc()}}));
    if (isEncoded) {
        TRY(linkElements({inlet->element(), payloader}));
    } else {
        GstElement* encoder = TRY(addElement(pipeline, "opusenc",
                                             {{"bitrate", "40000"},
                                              {"bitrate-type", "vbr"},
                                              // CELT, as it is at this rate and complexity
                                              // anyway, but looking 2.5 ms ahead and not 6.5.
                                              {"audio-type", "restricted-lowdelay"},
                                              {"complexity", "5"},
                                              {"frame-size", "20"}}));
        TRY(linkElements({inlet->element(), encoder, payloader}));
    }
    std::shared_ptr<AudioSender> sender(new AudioSender(std::move(inlet), payloader));
    sender->isEncoded_ = isEncoded;
    return sender;
}

void AudioSender::onSample(GstSample* sample) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    if (!started_ || !buffer) return;
    inlet_->push(retimed(buffer, GST_BUFFER_PTS(buffer)),
                 isEncoded_ ? gst_sample_get_caps(sample) : nullptr);
}

/// One rung's frames on their way to a sender's rungswitch.
class VideoSender::Take : public SampleReceiver {
public:
    static Result<std::shared_ptr<Take>> create(GstBin* pipeline, GstElement* rungSwitch,
                                                std::shared_ptr<Rung> rung) {
        auto inlet = TRY(Inlet::create(pipeline, nullptr, kMaxPictureQueued));
        std::shared_ptr<Take> take(new Take(std::move(inlet), std::move(rung)));
        TRY(linkPads(take->inlet_->element(), "src", rungSwitch, "sink_%u"));
        const auto source =
            GRef<GstPad>::adopt(gst_element_get_static_pad(take->inlet_->element(), "src"));
        take->pad_ = GRef<GstPad>::adopt(gst_pad_get_peer(source.get()));
        take->requests_ = PadProbe(
            source.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
            [weak = std::weak_ptr(take->rung_)](GstPadProbeInfo* info) {
                const auto asked = weak.lock();
                if (asked && gst_video_event_is_force_key_unit(GST_PAD_PROBE_INFO_EVENT(info)))
                    asked->requestKeyFrame(KeyFrameReason::Lost);
                return GST_PAD_PROBE_OK;
            });
        syncStates({take->inlet_->element()});
        return take;
    }

    void onSample(GstSample* sample) override {
        GstBuffer* buffer = gst_sample_get_buffer(sample);
        const bool isKeyFrame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
        if (!complete_ && !isKeyFrame) return;
        complete_ = inlet_->push(retimed(buffer, GST_BUFFER_PTS(buffer) + kPictureLabelShift),
                                 gst_sample_get_caps(sample));
        if (!complete_) rung_->requestKeyFrame(KeyFrameReason::Lost);
    }

    /// Ends it and takes its branch out of the pipeline.
    void end(GstBin* pipeline, GstElement* rungSwitch) {
        rung_->removeTaker(this);
        gst_element_release_request_pad(rungSwitch, pad_.get());
        removeElement(pipeline, inlet_->element());
    }

    GstPad* pad() const { return pad_.get(); }

    const std::shared_ptr<Rung>& rung() const { return rung_; }

private:
    Take(std::shared_ptr<Inlet> inlet, std::shared_ptr<Rung> rung)
        : inlet_(std::move(inlet))
        , rung_(std::move(rung)) {}

    std::shared_ptr<Inlet> inlet_;
    std::shared_ptr<Rung> rung_;
    GRef<GstPad> pad_ = {};
    PadProbe requests_ = {};
    /// Whether what was pushed has all that the next frame leans on. Streaming thread only.
    bool complete_ = false;
};

Result<std::shared_ptr<VideoSender>> VideoSender::create(GstBin* pipeline,
                                                         const sdp::Media& media) {
    GstElement* rungSwitch = TRY(addElement(pipeline, "rungswitch"));
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
    TRY(linkElements({rungSwitch, payloader}));
    std::shared_ptr<VideoSender> sender(new VideoSender(payloader, pipeline, rungSwitch));
    sender->codec_ = media.codec;
    const auto pad = GRef<GstPad>::adopt(gst_element_get_static_pad(payloader, "sink"));
    sender->feedback_ =
        PadProbe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
                 [asked = sender->asked_](GstPadProbeInfo* info) {
                     if (gst_video_event_is_force_key_unit(GST_PAD_PROBE_INFO_EVENT(info)))
                         ++*asked;
                     return GST_PAD_PROBE_OK;
                 });
    sender->switched_ =
        connect(rungSwitch, "notify::active", std::weak_ptr(sender),
                [](GstElement*, GParamSpec*, void* data) {
                    postToMain([weak = *static_cast<std::weak_ptr<VideoSender>*>(data)] {
                        if (const auto self = weak.lock()) self->onSwitched();
                    });
                });
    return sender;
}

std::shared_ptr<Rung> VideoSender::rung() const {
    return takes_.empty() ? nullptr : takes_.back()->rung();
}

Result<void> VideoSender::setRung(const std::shared_ptr<Rung>& rung) {
    if (rung == this->rung()) return {};
    if (!rung) {
        for (const auto& take : std::exchange(takes_, {}))
            take->end(pipeline_, switch_);
        return {};
    }
    takes_.push_back(TRY(Take::create(pipeline_, switch_, rung)));
    // First its frames: a recent key frame among them saves asking for another.
    rung->addTaker(takes_.back());
    g_object_set(switch_, "wanted", takes_.back()->pad(), nullptr);
    onSwitched();
    return {};
}

/// Lets go of the rungs that are neither sent nor waited for.
void VideoSender::onSwitched() {
    GRef<GstPad> active;
    g_object_get(switch_, "active", active.out(), nullptr);
    std::erase_if(takes_, [&](const auto& take) {
        if (take == takes_.back() || take->pad() == active.get()) return false;
        take->end(pipeline_, switch_);
        return true;
    });
}

} // namespace mullion
