#include "pipelines/leg/receive.h"

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

} // namespace

Handover::Handover(Gate gate, HandoverTiming timing, std::function<void()> onFirst)
    : gate_(std::move(gate))
    , timing_(timing)
    , onFirst_(std::move(onFirst)) {}

void Handover::setTarget(std::shared_ptr<Inlet> inlet) {
    const std::lock_guard lock(mutex_);
    target_ = std::move(inlet);
}

void Handover::onSample(GstSample* sample) {
    if (!*gate_) return;
    if (!started_.exchange(true)) postToMain(onFirst_);
    std::shared_ptr<Inlet> target;
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
    target->push(retimed(buffer, static_cast<GstClockTime>(std::max<GstClockTimeDiff>(shifted, 0))),
                 caps);
}

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
    return std::unique_ptr<Receiver>(new Receiver(depay, std::move(outlet)));
}

Result<std::unique_ptr<Receiver>> Receiver::createVideo(GstBin* pipeline) {
    GstElement* depay = TRY(addElement(
        pipeline, "rtpvp8depay", {{"wait-for-keyframe", "true"}, {"request-keyframe", "true"}}));
    GstElement* decoder = TRY(addElement(pipeline, "vp8dec",
                                         {{"threads", "1"},
                                          {"qos", "false"},
                                          {"automatic-request-sync-points", "true"},
                                          {"discard-corrupted-frames", "true"},
                                          {"min-force-key-unit-interval", "500000000"}}));
    auto outlet = TRY(Outlet::create(pipeline));
    TRY(linkElements({depay, decoder, outlet->element()}));
    std::unique_ptr<Receiver> receiver(new Receiver(depay, std::move(outlet)));
    const auto frames = GRef<GstPad>::adopt(gst_element_get_static_pad(depay, "src"));
    receiver->limit_ = PadProbe(frames.get(), GST_PAD_PROBE_TYPE_BUFFER, [](GstPadProbeInfo* info) {
        return isTooLarge(GST_PAD_PROBE_INFO_BUFFER(info)) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
    });
    return receiver;
}

Result<std::unique_ptr<Receiver>> Receiver::createIgnored(GstBin* pipeline) {
    GstElement* sink =
        TRY(addElement(pipeline, "fakesink", {{"async", "false"}, {"sync", "false"}}));
    return std::unique_ptr<Receiver>(new Receiver(sink, nullptr));
}

} // namespace mullion
