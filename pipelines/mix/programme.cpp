#include "pipelines/mix/programme.h"

#include "src/base/main_loop.h"

namespace mullion {

Programme::Programme(Mix& mix, Settings settings, Callbacks callbacks)
    : mix_(mix)
    , settings_(settings)
    , callbacks_(std::move(callbacks))
    , shareTime_([&mix](GstElement* pipeline) { mix.share(pipeline); })
    , aac_(SoundCodec::Aac, mix.audio().programme(), shareTime_)
    , opus_(SoundCodec::Opus, mix.audio().programme(), shareTime_) {}

Programme::~Programme() = default;

void Programme::set(const wire::SetProgramme& request) {
    if (request.programme == request_.programme) return;
    request_ = request;
    draw();
}

void Programme::setCanvas(const wire::Canvas& canvas) {
    settings_.canvas = canvas;
    if (own_) {
        own_->composer->setCanvas(canvas);
        own_->ladder.setCanvas(canvas);
    }
    draw();
}

/// On a thread of its own: an image may take a tenth of a second. Only the newest of what waits.
void Programme::draw() {
    if (!thread_) {
        if (!request_.programme.differs()) return;
        thread_ = std::make_unique<BatchThread<Drawing>>([this](std::vector<Drawing> batch) {
            const Drawing& job = batch.back();
            drawn_ = dress(job.request.programme, job.request.images, job.canvas.width,
                           job.canvas.height, *drawn_);
            postToMain([weak = std::weak_ptr(self_), job, dressing = drawn_] {
                if (const auto self = weak.lock()) (*self)->onDrawn(job, dressing);
            });
        });
    }
    thread_->post({request_, settings_.canvas});
}

void Programme::onDrawn(const Drawing& drawn, std::shared_ptr<const Dressing> dressing) {
    // What was asked for since then is being drawn.
    if (drawn.request.programme != request_.programme || drawn.canvas != settings_.canvas) return;
    if (!own_) {
        auto composer = Composer::create(settings_.canvas, mix_.baseTime());
        Composer& painted = *composer;
        own_ = std::make_unique<Own>(
            Own{std::move(composer), Ladder(settings_.canvas, settings_.topBitrate, painted,
                                            shareTime_, callbacks_.onFailed)});
    }
    own_->composer->dress(std::move(dressing));
    differs_ = request_.programme.differs();
    callbacks_.onChanged();
}

void Programme::show(const std::vector<TileFace>& faces) {
    if (own_) own_->composer->show(faces);
}

} // namespace mullion
