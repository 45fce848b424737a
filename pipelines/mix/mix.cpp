#include "pipelines/mix/mix.h"

#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("mix");
constexpr int kTopRungBps = 1'500'000;

} // namespace

Result<std::unique_ptr<Mix>> Mix::create(const wire::Canvas& canvas,
                                         std::function<void(const std::string&)> onFailed) {
    std::unique_ptr<Mix> mix(new Mix);
    mix->pipeline_ = GRef<GstElement>::sink(gst_pipeline_new("mix"));
    auto* bin = GST_BIN(mix->pipeline_.get());
    mix->clock_ = GRef<GstClock>::adopt(gst_system_clock_obtain());
    mix->baseTime_ = gst_clock_get_time(mix->clock_.get());
    mix->share(mix->pipeline_.get());

    mix->audio_ = TRY(AudioMix::create(bin));
    mix->video_ = TRY(VideoMix::create(bin, canvas));
    mix->overlay_ = TRY(Overlay::create(bin));
    TRY(linkElements({mix->video_->output(), mix->overlay_->element()}));
    mix->rung_ = TRY(Rung::create(bin, mix->overlay_->element(), canvas, kTopRungBps));

    mix->bus_ =
        BusWatch(mix->pipeline_.get(), [onFailed = std::move(onFailed),
                                        pipeline = mix->pipeline_.get()](GstMessage* message) {
            switch (GST_MESSAGE_TYPE(message)) {
            case GST_MESSAGE_ERROR:
                onFailed(describeError(message));
                break;
            case GST_MESSAGE_LATENCY:
                gst_bin_recalculate_latency(GST_BIN(pipeline));
                break;
            default:
                break;
            }
        });
    if (gst_element_set_state(mix->pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        return Error{ErrorCode::Internal, "the mix does not start"};
    kLog.info("", "running at " + std::to_string(canvas.width) + "x" +
                      std::to_string(canvas.height) + ", " + std::to_string(canvas.fps) +
                      " frames a second");
    return mix;
}

Mix::~Mix() {
    if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

void Mix::share(GstElement* pipeline) const {
    gst_pipeline_use_clock(GST_PIPELINE(pipeline), clock_.get());
    // Without a start time the pipeline keeps the base time that it is given.
    gst_element_set_start_time(pipeline, GST_CLOCK_TIME_NONE);
    gst_element_set_base_time(pipeline, baseTime_);
}

GstClockTime Mix::runningTime() const {
    return gst_clock_get_time(clock_.get()) - baseTime_;
}

} // namespace mullion
