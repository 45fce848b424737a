#include "pipelines/leg/receive.h"

#include "pipelines/mix/audio_mix.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

/// More pixels than any camera of a call needs; a larger picture is somebody's trick.
constexpr int kMaxSide = 4096;

bool isSane(GstCaps* caps) {
    const GstStructure* structure = gst_caps_get_structure(caps, 0);
    int width = 0;
    int height = 0;
    if (!gst_structure_get_int(structure, "width", &width)) return true;
    gst_structure_get_int(structure, "height", &height);
    return width <= kMaxSide && height <= kMaxSide;
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
    if (!target || !buffer || !caps || !GST_BUFFER_PTS_IS_VALID(buffer) || !isSane(caps)) return;
    const GstClockTime running = gst_segment_to_running_time(
        gst_sample_get_segment(sample), GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    if (!GST_CLOCK_TIME_IS_VALID(running)) return;
    target->setCaps(caps);
    const auto shifted = static_cast<GstClockTimeDiff>(running) + timing_.offset;
    target->push(
        retimed(buffer, static_cast<GstClockTime>(std::max<GstClockTimeDiff>(shifted, 0))));
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
    return std::unique_ptr<Receiver>(new Receiver(depay, std::move(outlet)));
}

Result<std::unique_ptr<Receiver>> Receiver::createIgnored(GstBin* pipeline) {
    GstElement* sink =
        TRY(addElement(pipeline, "fakesink", {{"async", "false"}, {"sync", "false"}}));
    return std::unique_ptr<Receiver>(new Receiver(sink, nullptr));
}

} // namespace mullion
