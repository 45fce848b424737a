#include "pipelines/mix/rung.h"

#include <gst/video/video.h>

namespace mullion {

using namespace std::chrono_literals;

namespace {

/// Key frames are large: those for lost pictures come at most this often for all takers together.
constexpr auto kLossInterval = 500ms;
/// Several who join at once share one; a single one waits for nothing.
constexpr auto kJoinInterval = 100ms;

} // namespace

Result<std::shared_ptr<Rung>> Rung::create(GstBin* pipeline, GstElement* source,
                                           const wire::Canvas& canvas, int bitrateBps) {
    std::shared_ptr<Rung> rung(new Rung);
    // The queue is the thread on which the encoder runs; a late encoder loses frames, it does not
    // hold the compositor. A compositor that was held up makes up for it in a burst: a second of it
    // waits here. With room for two frames a busy machine lost 7 % of them, with this much none.
    GstElement* queue = TRY(addElement(pipeline, "queue",
                                       {{"max-size-buffers", std::to_string(canvas.fps)},
                                        {"max-size-bytes", "0"},
                                        {"max-size-time", "0"},
                                        {"leaky", "downstream"}}));
    rung->encoder_ = TRY(addElement(pipeline, "vp8enc",
                                    {{"deadline", "1"},
                                     {"cpu-used", "16"},
                                     // Two threads wait for each other by spinning.
                                     {"threads", "1"},
                                     {"end-usage", "cbr"},
                                     {"target-bitrate", std::to_string(bitrateBps)},
                                     {"lag-in-frames", "0"},
                                     {"error-resilient", "default"},
                                     {"keyframe-max-dist", std::to_string(3600 * canvas.fps)},
                                     {"buffer-initial-size", "300"},
                                     {"buffer-optimal-size", "400"},
                                     {"buffer-size", "600"},
                                     {"min-quantizer", "2"},
                                     {"max-quantizer", "56"},
                                     {"max-intra-bitrate", "600"},
                                     {"static-threshold", "1"}}));
    rung->outlet_ = TRY(Outlet::create(pipeline));
    TRY(linkElements({source, queue, rung->encoder_, rung->outlet_->element()}));

    const auto input = GRef<GstPad>::adopt(gst_element_get_static_pad(queue, "sink"));
    rung->idle_ = PadProbe(input.get(), GST_PAD_PROBE_TYPE_BUFFER,
                           [takers = rung->takers_](GstPadProbeInfo*) {
                               return *takers > 0 ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
                           });
    return rung;
}

void Rung::addTaker(std::weak_ptr<SampleReceiver> receiver) {
    outlet_->connect(std::move(receiver));
    ++*takers_;
    requestKeyFrame(KeyFrameReason::Joined);
}

void Rung::removeTaker(const SampleReceiver* receiver) {
    outlet_->disconnect(receiver);
    --*takers_;
}

void Rung::requestKeyFrame(KeyFrameReason reason) {
    auto& pending = reason == KeyFrameReason::Joined ? joinPending_ : lossPending_;
    if (pending.exchange(true)) return;
    postToMain([weak = weak_from_this(), reason] {
        if (const auto self = weak.lock()) self->scheduleKeyFrame(reason);
    });
}

void Rung::scheduleKeyFrame(KeyFrameReason reason) {
    const auto now = std::chrono::steady_clock::now();
    const auto due =
        lastKeyFrame_ + (reason == KeyFrameReason::Joined ? kJoinInterval : kLossInterval);
    if (due <= now) return forceKeyFrame();
    if (keyFrameTimer_ && keyFrameDue_ <= due) return;
    keyFrameDue_ = due;
    keyFrameTimer_ = after(std::chrono::duration_cast<std::chrono::milliseconds>(due - now) + 1ms,
                           [weak = weak_from_this()] {
                               if (const auto self = weak.lock()) self->forceKeyFrame();
                           });
}

void Rung::forceKeyFrame() {
    keyFrameTimer_.cancel();
    lastKeyFrame_ = std::chrono::steady_clock::now();
    joinPending_ = lossPending_ = false;
    const auto pad = GRef<GstPad>::adopt(gst_element_get_static_pad(encoder_, "src"));
    gst_pad_send_event(pad.get(), gst_video_event_new_upstream_force_key_unit(
                                      GST_CLOCK_TIME_NONE, /*all_headers=*/TRUE, /*count=*/0));
}

} // namespace mullion
