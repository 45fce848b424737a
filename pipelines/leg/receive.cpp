#include "pipelines/leg/receive.h"

#include <gst/video/video.h>

#include "pipelines/mix/audio_mix.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

/// A larger picture than any camera of a call sends is somebody's trick: VP8 goes up to 16383 by
/// 16383, for which the decoder would take 400 MB a frame.
constexpr int kMaxSide = 4096;

/// Whether a VP8 frame is a key frame that is larger than kMaxSide (RFC 6386 section 9.1).
bool isTooLarge(GstBuffer* frame) {
    guint8 header[10];
    if (gst_buffer_extract(frame, 0, header, sizeof header) != sizeof header) return false;
    const bool isKeyFrame = (header[0] & 1) == 0;
    const int width = (header[6] | header[7] << 8) & 0x3fff;
    const int height = (header[8] | header[9] << 8) & 0x3fff;
    return isKeyFrame && (width > kMaxSide || height > kMaxSide);
}

/// The same by what a parser has found.
bool isTooLarge(GstPad* pad) {
    const auto caps = GRef<GstCaps>::adopt(gst_pad_get_current_caps(pad));
    int width = 0;
    int height = 0;
    if (caps) {
        const GstStructure* structure = gst_caps_get_structure(caps.get(), 0);
        gst_structure_get_int(structure, "width", &width);
        gst_structure_get_int(structure, "height", &height);
    }
    return width > kMaxSide || height > kMaxSide;
}

/// Gives what passes a pad to those who tap it, with the pad's caps and segment.
void deliver(Fanout& taps, GstPad* pad, GstBuffer* frame) {
    if (taps.empty()) return;
    const auto caps = GRef<GstCaps>::adopt(gst_pad_get_current_caps(pad));
    const auto event = GRef<GstEvent>::adopt(gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0));
    if (!caps || !event) return;
    const GstSegment* segment = nullptr;
    gst_event_parse_segment(event.get(), &segment);
    const auto sample = GRef<GstSample>::adopt(gst_sample_new(frame, caps.get(), segment, nullptr));
    taps.deliver(sample.get());
}

} // namespace

Handover::Handover(Gate gate, HandoverTiming timing, std::function<void()> onFirst)
    : gate_(std::move(gate))
    , timing_(timing)
    , onFirst_(std::move(onFirst)) {}

void Handover::setTarget(std::shared_ptr<MediaTarget> target) {
    const std::lock_guard lock(mutex_);
    target_ = std::move(target);
}

void Handover::onSample(GstSample* sample) {
    if (!*gate_) return;
    ++count_;
    if (!started_.exchange(true)) postToMain(onFirst_);
    std::shared_ptr<MediaTarget> target;
    {
        const std::lock_guard lock(mutex_);
        target = target_;
    }
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    GstCaps* caps = gst_sample_get_caps(sample);
    if (!target || !buffer || !caps || !GST_BUFFER_PTS_IS_VALID(buffer)) return;
    const GstClockTime running = gst_segment_to_running_time(
        gst_sample_get_segment(sample), GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    if (!GST_CLOCK_TIME_IS_VALID(running)) return;
    const auto shifted = static_cast<GstClockTimeDiff>(running) + timing_.offset;
    target->take(buffer, static_cast<GstClockTime>(std::max<GstClockTimeDiff>(shifted, 0)), caps);
}

struct Receiver::Filter {
    std::atomic<bool> wanted = true;
    /// Streaming thread only: the decoder has all that the next frame leans on.
    bool complete = true;

    GstPadProbeReturn pass(GstBuffer* frame) {
        if (!wanted) {
            complete = false;
            return GST_PAD_PROBE_DROP;
        }
        complete = complete || !GST_BUFFER_FLAG_IS_SET(frame, GST_BUFFER_FLAG_DELTA_UNIT);
        return complete ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
    }
};

Receiver::Receiver(GstElement* first, std::shared_ptr<Outlet> outlet)
    : first_(GRef<GstElement>::share(first))
    , outlet_(std::move(outlet)) {}

GRef<GstPad> Receiver::entry() const {
    return GRef<GstPad>::adopt(gst_element_get_static_pad(first_.get(), "sink"));
}

Result<std::unique_ptr<Receiver>> Receiver::createAudio(GstBin* pipeline) {
    GstElement* depay = TRY(addElement(pipeline, "rtpopusdepay"));
    GstElement* decoder = TRY(addElement(pipeline, "opusdec", {{"plc", "true"}}));
    GstElement* format = TRY(addElement(pipeline, "capsfilter", {{"caps", kMixAudioCaps}}));
    auto outlet = TRY(Outlet::create(pipeline));
    TRY(linkElements({depay, decoder, format, outlet->element()}));
    auto care = std::make_unique<SoundCare>(pipeline, format, outlet->element());
    std::unique_ptr<Receiver> receiver(new Receiver(depay, std::move(outlet)));
    receiver->care_ = std::move(care);
    const auto frames = GRef<GstPad>::adopt(gst_element_get_static_pad(depay, "src"));
    receiver->probe_ =
        PadProbe(frames.get(), GST_PAD_PROBE_TYPE_BUFFER,
                 [taps = receiver->taps_, pad = frames.get()](GstPadProbeInfo* info) {
                     deliver(*taps, pad, GST_PAD_PROBE_INFO_BUFFER(info));
                     return GST_PAD_PROBE_OK;
                 });
    return receiver;
}

namespace {

/// A branch that ends in an outlet, and the pad behind which frames are decoded.
struct Decoding {
    GstElement* first = nullptr;
    GstElement* beforeDecoder = nullptr;
    std::shared_ptr<Outlet> outlet;
};

constexpr const char* kKeyFrameInterval = "500000000";

Result<Decoding> addVp8(GstBin* pipeline) {
    GstElement* depay = TRY(addElement(
        pipeline, "rtpvp8depay", {{"wait-for-keyframe", "true"}, {"request-keyframe", "true"}}));
    GstElement* decoder = TRY(addElement(pipeline, "vp8dec",
                                         {{"threads", "1"},
                                          {"qos", "false"},
                                          {"automatic-request-sync-points", "true"},
                                          {"discard-corrupted-frames", "true"},
                                          {"min-force-key-unit-interval", kKeyFrameInterval}}));
    auto outlet = TRY(Outlet::create(pipeline));
    TRY(linkElements({depay, decoder, outlet->element()}));
    return Decoding{depay, depay, std::move(outlet)};
}

Result<Decoding> addH264(GstBin* pipeline) {
    GstElement* depay = TRY(addElement(
        pipeline, "rtph264depay", {{"wait-for-keyframe", "true"}, {"request-keyframe", "true"}}));
    // Says how large the picture is before the decoder sees it.
    GstElement* parse = TRY(addElement(pipeline, "h264parse"));
    GstElement* decoder = TRY(addElement(pipeline, "avdec_h264",
                                         {{"max-threads", "1"},
                                          {"qos", "false"},
                                          {"output-corrupt", "false"},
                                          {"automatic-request-sync-points", "true"},
                                          {"discard-corrupted-frames", "true"},
                                          {"min-force-key-unit-interval", kKeyFrameInterval}}));
    auto outlet = TRY(Outlet::create(pipeline, "video/x-raw,format=I420"));
    TRY(linkElements({depay, parse, decoder, outlet->element()}));
    return Decoding{depay, parse, std::move(outlet)};
}

} // namespace

Result<std::unique_ptr<Receiver>> Receiver::createVideo(GstBin* pipeline, VideoCodec codec) {
    auto decoding = codec == VideoCodec::Vp8 ? TRY(addVp8(pipeline)) : TRY(addH264(pipeline));
    std::unique_ptr<Receiver> receiver(new Receiver(decoding.first, std::move(decoding.outlet)));
    receiver->filter_ = std::make_shared<Filter>();
    const auto frames =
        GRef<GstPad>::adopt(gst_element_get_static_pad(decoding.beforeDecoder, "src"));
    receiver->probe_ = PadProbe(frames.get(), GST_PAD_PROBE_TYPE_BUFFER,
                                [filter = receiver->filter_, taps = receiver->taps_, codec,
                                 pad = frames.get()](GstPadProbeInfo* info) {
                                    GstBuffer* frame = GST_PAD_PROBE_INFO_BUFFER(info);
                                    const bool tooLarge = codec == VideoCodec::Vp8
                                                              ? isTooLarge(frame)
                                                              : isTooLarge(pad);
                                    if (tooLarge) return GST_PAD_PROBE_DROP;
                                    deliver(*taps, pad, frame);
                                    return filter->pass(frame);
                                });
    return receiver;
}

void Receiver::setWanted(bool wanted) {
    if (filter_ && filter_->wanted.exchange(wanted) != wanted && wanted) requestKeyFrame();
}

void Receiver::tap(const std::shared_ptr<SampleReceiver>& tap) {
    taps_->connect(tap);
    // A client makes one by itself after minutes, or never.
    if (filter_) requestKeyFrame();
}

void Receiver::untap(const SampleReceiver* tap) {
    taps_->disconnect(tap);
}

void Receiver::requestKeyFrame() const {
    const auto frames = GRef<GstPad>::adopt(gst_element_get_static_pad(first_.get(), "src"));
    gst_pad_send_event(frames.get(), gst_video_event_new_upstream_force_key_unit(
                                         GST_CLOCK_TIME_NONE, /*all_headers=*/TRUE, /*count=*/0));
}

} // namespace mullion
