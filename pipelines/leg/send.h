#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "pipelines/gst/bridge.h"
#include "pipelines/mix/rung.h"
#include "pipelines/sdp/offer.h"

namespace mullion {

/// The sending branch of one m-line of a leg: takes what the mix makes and payloads it.
///
/// Nothing goes in before start(): an appsrc that pushed before its webrtcbin is connected is dead
/// for good. onSample() is streaming-only, the rest main-bound.
class Sender : public SampleReceiver {
public:
    /// The element whose source pad webrtcbin takes.
    GstElement* payloader() const { return payloader_; }

    /// The synchronisation source of the packets.
    unsigned ssrc() const;

    void start() { started_ = true; }

protected:
    Sender(std::shared_ptr<Inlet> inlet, GstElement* payloader)
        : inlet_(std::move(inlet))
        , payloader_(payloader) {}

    bool started() const { return started_; }

    Inlet& inlet() { return *inlet_; }

private:
    std::shared_ptr<Inlet> inlet_;
    GstElement* payloader_ = nullptr;
    std::atomic<bool> started_ = false;
};

/// Encodes what one participant hears.
class AudioSender : public Sender {
public:
    static Result<std::shared_ptr<AudioSender>> create(GstBin* pipeline, const sdp::Media& media);

    void onSample(GstSample* sample) override;

private:
    using Sender::Sender;
};

/// Sends a rung's encoded frames on, each rung from a key frame. While it changes, the rung before
/// goes on until the new one's key frame is there, so that the picture does not stop.
class VideoSender : public Sender, public std::enable_shared_from_this<VideoSender> {
public:
    static Result<std::shared_ptr<VideoSender>> create(GstBin* pipeline, const sdp::Media& media);

    VideoCodec codec() const { return codec_; }

    /// Takes this rung's frames from its next key frame on; null: no picture, and the sender may
    /// go. Main-bound.
    void setRung(const std::shared_ptr<Rung>& rung);

    /// The rung that was set last, or null. Main-bound.
    const std::shared_ptr<Rung>& rung() const { return wanted_; }

private:
    class Take;

    using Sender::Sender;

    void onSample(GstSample*) override {}

    bool forward(const Take* take, GstSample* sample);
    void dropStale();

    VideoCodec codec_ = VideoCodec::Vp8;
    PadProbe feedback_;
    std::shared_ptr<Rung> wanted_;
    /// The takes that live: what is sent, and what will be. Main-bound.
    std::vector<std::shared_ptr<Take>> takes_;
    std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    const Take* current_ = nullptr;
    /// GUARDED_BY(mutex_): the one that takes over with its next key frame.
    const Take* next_ = nullptr;
    /// GUARDED_BY(mutex_)
    GstClockTime lastSent_ = 0;
};

} // namespace mullion
