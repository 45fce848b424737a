#include "pipelines/mix/mix.h"

#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("mix");

} // namespace

Result<std::unique_ptr<Mix>> Mix::create(const wire::Canvas& canvas, int topBitrate,
                                         std::function<void(const std::string&)> onFailed) {
    std::unique_ptr<Mix> mix(new Mix);
    mix->pipeline_ = GRef<GstElement>::sink(gst_pipeline_new("mix"));
    auto* bin = GST_BIN(mix->pipeline_.get());
    // Its time is CLOCK_MONOTONIC, which the composer waits for.
    mix->clock_ = GRef<GstClock>::adopt(gst_system_clock_obtain());
    mix->baseTime_ = gst_clock_get_time(mix->clock_.get());
    mix->share(mix->pipeline_.get());

    mix->audio_ = TRY(AudioMix::create(bin));
    mix->composer_ = Composer::create(canvas, mix->baseTime_);
    mix->ladder_ = std::make_unique<Ladder>(
        canvas, topBitrate, *mix->composer_,
        [self = mix.get()](GstElement* pipeline) { self->share(pipeline); }, onFailed);

    mix->bus_ = BusWatch(mix->pipeline_.get(), [onFailed = std::move(onFailed),
                                                self = mix.get()](GstMessage* message) {
        switch (GST_MESSAGE_TYPE(message)) {
        case GST_MESSAGE_ERROR:
            onFailed(describeError(message));
            break;
        case GST_MESSAGE_LATENCY:
            gst_bin_recalculate_latency(GST_BIN(self->pipeline_.get()));
            break;
        case GST_MESSAGE_ELEMENT:
            if (const auto levels = self->audio_->levelsOf(message); levels && self->onLevels_)
                self->onLevels_(*levels);
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

void Mix::setCanvas(const wire::Canvas& canvas) {
    composer_->setCanvas(canvas);
    ladder_->setCanvas(canvas);
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
