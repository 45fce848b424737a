#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "pipelines/codec.h"
#include "pipelines/gst/bridge.h"
#include "pipelines/leg/sound_care.h"

namespace mullion {

/// How late sound may be, and packets that are out of order.
inline constexpr int kJitterLatencyMs = 50;

/// Opened once the peer has proved who it is; what comes before that is dropped. Thread-safe.
using Gate = std::shared_ptr<std::atomic<bool>>;

/// The running time of the mix for what a leg decodes: a packet may be late by kJitterLatencyMs, so
/// that much and a little for decoding is added to every timestamp.
/// One offset for sound and picture keeps lips in step.
struct HandoverTiming {
    GstClockTimeDiff offset = 0;
};

/// Gives what a leg has decoded to the input or tile that its participant holds. Thread-safe.
class Handover : public SampleReceiver {
public:
    /// `onFirst` is posted to main when the first sample has come through the open gate.
    Handover(Gate gate, HandoverTiming timing, std::function<void()> onFirst);

    /// Samples go to `target` from now on, or nowhere.
    void setTarget(std::shared_ptr<MediaTarget> target);

    /// `onFirst` is posted again for the next sample.
    void rearm() { started_ = false; }

    void onSample(GstSample* sample) override;

    /// How many samples came through the open gate.
    int count() const { return count_; }

private:
    Gate gate_;
    HandoverTiming timing_;
    std::function<void()> onFirst_;
    std::atomic<bool> started_ = false;
    std::atomic<int> count_ = 0;
    std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    std::shared_ptr<MediaTarget> target_;
};

/// The receiving branch of one m-line: depayloads, decodes and hands over. Main-bound; the elements
/// stand ready in the leg's pipeline before the first packet comes.
class Receiver {
public:
    /// Opus to kMixAudioCaps, with concealment of what is lost.
    static Result<std::unique_ptr<Receiver>> createAudio(GstBin* pipeline);
    /// Pictures to I420 in the sender's size; asks for a key frame until it has one.
    static Result<std::unique_ptr<Receiver>> createVideo(GstBin* pipeline, VideoCodec codec);
    /// The sink pad for its packets. Thread-safe.
    GRef<GstPad> entry() const;

    /// Care for the sound by the server; no use for pictures.
    void setCare(bool noiseSuppression, bool autoGain) {
        if (care_) care_->set(noiseSuppression, autoGain);
    }

    /// Whether pictures are decoded: what nobody sees costs nothing but its packets. Begins with a
    /// key frame, which is asked for. True at first; no use for sound.
    void setWanted(bool wanted);

    /// Encoded frames go to `tap` too, before anything else becomes of them; of a picture a key
    /// frame is asked for.
    void tap(const std::shared_ptr<SampleReceiver>& tap);
    void untap(const SampleReceiver* tap);

    const std::shared_ptr<Outlet>& outlet() const { return outlet_; }

private:
    Receiver(GstElement* first, std::shared_ptr<Outlet> outlet);
    void requestKeyFrame() const;

    GRef<GstElement> first_;
    std::shared_ptr<Outlet> outlet_;
    /// What the probe between depayloader and decoder reads.
    struct Filter;
    std::shared_ptr<Filter> filter_;
    std::shared_ptr<Fanout> taps_ = std::make_shared<Fanout>();
    std::unique_ptr<SoundCare> care_;
    PadProbe probe_;
};

} // namespace mullion
