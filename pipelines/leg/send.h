#pragma once

#include <functional>
#include <memory>

#include "pipelines/gst/bridge.h"
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

/// Sends a rung's encoded frames on, from a key frame.
class VideoSender : public Sender {
public:
    /// `requestKeyFrame` is called on streaming threads: for the client's PLI and FIR, and when
    /// frames had to be dropped here.
    static Result<std::shared_ptr<VideoSender>> create(GstBin* pipeline, const sdp::Media& media,
                                                       std::function<void()> requestKeyFrame);

    void onSample(GstSample* sample) override;

private:
    using Sender::Sender;

    std::function<void()> requestKeyFrame_;
    /// Streaming thread only.
    bool needsKeyFrame_ = true;
    PadProbe feedback_;
};

} // namespace mullion
