#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "pipelines/gst/bridge.h"
#include "pipelines/mix/rung.h"
#include "pipelines/sdp/offer.h"

namespace mullion {

/// The sending branch of one m-line of a leg: takes what the mix makes and payloads it. Nothing
/// goes in before its webrtcbin is connected: an appsrc that pushed earlier is dead for good.
class Sender {
public:
    virtual ~Sender() = default;

    /// The element whose source pad webrtcbin takes.
    GstElement* payloader() const { return payloader_; }

    /// The synchronisation source of the packets.
    unsigned ssrc() const;

protected:
    explicit Sender(GstElement* payloader)
        : payloader_(payloader) {}

private:
    GstElement* payloader_ = nullptr;
};

/// Sends what one participant hears, and encodes it unless it is encoded for all. onSample() is
/// streaming-only, the rest main-bound.
class AudioSender : public Sender, public SampleReceiver {
public:
    /// What comes in: a participant's mix, or the programme as Opus.
    enum class Input { Raw, Opus };

    static Result<std::shared_ptr<AudioSender>> create(GstBin* pipeline, const sdp::Media& media,
                                                       Input input);

    /// The client is connected: sound goes out from now on.
    void start() { started_ = true; }

    void onSample(GstSample* sample) override;

private:
    AudioSender(std::shared_ptr<Inlet> inlet, GstElement* payloader)
        : Sender(payloader)
        , inlet_(std::move(inlet)) {}

    std::shared_ptr<Inlet> inlet_;
    bool isEncoded_ = false;
    std::atomic<bool> started_ = false;
};

/// Sends a rung's encoded frames on, each rung from a key frame. While it changes, the rung before
/// goes on until the new one's key frame is there, so that the picture does not stop: each has an
/// inlet of its own, and rungswitch stands before the payloader.
///
///     rung ▸ take: inlet ▸┐
///                         rungswitch ▸ payloader ▸ webrtcbin
///     rung ▸ take: inlet ▸┘
///
/// Nothing goes in before the first setRung(), which is when its webrtcbin is connected.
/// Main-bound.
class VideoSender : public Sender, public std::enable_shared_from_this<VideoSender> {
public:
    static Result<std::shared_ptr<VideoSender>> create(GstBin* pipeline, const sdp::Media& media);

    VideoCodec codec() const { return codec_; }

    /// Takes this rung's frames from its next key frame on; null: no picture.
    /// @return Internal where no branch can be built for it; it stays as it was.
    Result<void> setRung(const std::shared_ptr<Rung>& rung);

    /// The rung that was set last, or null.
    std::shared_ptr<Rung> rung() const;

    /// How often the client asked for a key frame (PLI, FIR). Thread-safe.
    int keyFramesAsked() const { return *asked_; }

private:
    class Take;

    VideoSender(GstElement* payloader, GstBin* pipeline, GstElement* rungSwitch)
        : Sender(payloader)
        , pipeline_(pipeline)
        , switch_(rungSwitch) {}

    void onSwitched();

    /// The leg's, which outlives this.
    GstBin* pipeline_ = nullptr;
    GstElement* switch_ = nullptr;
    VideoCodec codec_ = VideoCodec::Vp8;
    std::shared_ptr<std::atomic<int>> asked_ = std::make_shared<std::atomic<int>>(0);
    PadProbe feedback_ = {};
    SignalConnection switched_ = {};
    /// What is sent and, behind it, what will be.
    std::vector<std::shared_ptr<Take>> takes_ = {};
};

} // namespace mullion
