#include "pipelines/mix/composer.h"

#include <chrono>
#include <string>

#include <gst/video/video.h>

namespace mullion {

namespace {

constexpr GstClockTime kMakesUpFor = 500 * GST_MSECOND;
/// A pool never shrinks: what an encoder that was behind once made it hold goes with it.
constexpr GstClockTime kPoolFor = 2 * GST_SECOND;

std::string canvasCaps(const wire::Canvas& canvas) {
    return "video/x-raw,format=I420,width=" + std::to_string(canvas.width) +
           ",height=" + std::to_string(canvas.height) + ",framerate=" + std::to_string(canvas.fps) +
           "/1,pixel-aspect-ratio=1/"
           "1,colorimetry=bt601,chroma-site=jpeg,interlace-mode=progressive";
}

} // namespace

struct Composer::Format {
    wire::Canvas canvas;
    GRef<GstCaps> caps;
    GstVideoInfo info;

    static std::shared_ptr<const Format> create(const wire::Canvas& canvas) {
        auto format = std::make_shared<Format>();
        format->canvas = canvas;
        format->caps = GRef<GstCaps>::adopt(gst_caps_from_string(canvasCaps(canvas).c_str()));
        gst_video_info_from_caps(&format->info, format->caps.get());
        return format;
    }

    /// The running time of tick `n`.
    GstClockTime timeOf(std::uint64_t n) const {
        return gst_util_uint64_scale(n, GST_SECOND, static_cast<guint64>(canvas.fps));
    }

    std::uint64_t tickAfter(GstClockTime now) const {
        return gst_util_uint64_scale(now, static_cast<guint64>(canvas.fps), GST_SECOND) + 1;
    }
};

/// Canvases to paint on. Those that are still on their way outlive it.
class Composer::Pool {
public:
    Pool(const Format& format, GstClockTime now)
        : pool_(GRef<GstBufferPool>::adopt(gst_video_buffer_pool_new()))
        , staleAt_(now + kPoolFor) {
        GstStructure* config = gst_buffer_pool_get_config(pool_.get());
        constexpr unsigned kUnbounded = 0;
        gst_buffer_pool_config_set_params(config, format.caps.get(),
                                          static_cast<guint>(format.info.size), 2, kUnbounded);
        gst_buffer_pool_set_config(pool_.get(), config);
        gst_buffer_pool_set_active(pool_.get(), TRUE);
    }

    ~Pool() { gst_buffer_pool_set_active(pool_.get(), FALSE); }

    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    bool isStale(GstClockTime now) const { return now >= staleAt_; }

    GRef<GstBuffer> take() const {
        GstBuffer* buffer = nullptr;
        gst_buffer_pool_acquire_buffer(pool_.get(), &buffer, nullptr);
        return GRef<GstBuffer>::adopt(buffer);
    }

private:
    GRef<GstBufferPool> pool_;
    GstClockTime staleAt_ = 0;
};

Composer::Composer(GstClockTime baseTime)
    : baseTime_(baseTime) {}

std::unique_ptr<Composer> Composer::create(const wire::Canvas& canvas, GstClockTime baseTime) {
    std::unique_ptr<Composer> composer(new Composer(baseTime));
    composer->format_ = Format::create(canvas);
    composer->thread_ =
        std::make_unique<WorkerThread>("composer", [self = composer.get()] { self->run(); });
    return composer;
}

Composer::~Composer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
}

void Composer::show(const std::vector<TileFace>& faces) {
    // Only main changes the scene, so that reading it here needs no lock.
    auto scene = std::make_shared<const Scene>(faces, *scene_);
    const std::lock_guard lock(mutex_);
    scene_ = std::move(scene);
}

void Composer::dress(std::shared_ptr<const Dressing> dressing) {
    const std::lock_guard lock(mutex_);
    dressing_ = std::move(dressing);
}

void Composer::setCanvas(const wire::Canvas& canvas) {
    auto format = Format::create(canvas);
    {
        const std::lock_guard lock(mutex_);
        format_ = std::move(format);
    }
    wake_.notify_one();
}

void Composer::run() {
    using Clock = std::chrono::steady_clock;
    std::unique_lock lock(mutex_);
    std::shared_ptr<const Format> format;
    std::unique_ptr<Pool> pool;
    std::uint64_t tick = 0;
    while (!stopping_) {
        const auto passed = static_cast<GstClockTime>(
            std::chrono::nanoseconds(Clock::now().time_since_epoch()).count() -
            static_cast<std::int64_t>(baseTime_));
        // A tick that the machine was too busy for is made up for, so that no frame is missing;
        // after a long stop it goes on from now.
        if (format != format_ || format->timeOf(tick) + kMakesUpFor < passed) {
            format = format_;
            pool.reset();
            tick = format->tickAfter(passed);
        }
        const GstClockTime due = format->timeOf(tick);
        const Clock::time_point at{std::chrono::nanoseconds(baseTime_ + due)};
        if (wake_.wait_until(lock, at, [&] { return stopping_ || format != format_; })) continue;
        ++tick;
        const auto scene = scene_;
        const auto dressing = dressing_;
        lock.unlock();
        if (frames_.empty() || (pool && pool->isStale(due))) pool.reset();
        if (!frames_.empty()) {
            if (!pool) pool = std::make_unique<Pool>(*format, due);
            paintAndDeliver(*scene, dressing.get(), *format, *pool, due);
        }
        lock.lock();
    }
}

void Composer::paintAndDeliver(const Scene& scene, const Dressing* dressing, const Format& format,
                               const Pool& pool, GstClockTime now) {
    const auto buffer = pool.take();
    if (!buffer) return;
    GstBuffer* raw = buffer.get();
    {
        const auto frame = MappedFrame::map(raw, format.info, GST_MAP_WRITE);
        if (!frame) return;
        painter_.paint(scene, dressing, frame->mutablePlanes(), now);
        ++painted_;
    }
    GST_BUFFER_PTS(raw) = now;
    GST_BUFFER_DURATION(raw) = format.timeOf(1);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    const auto sample =
        GRef<GstSample>::adopt(gst_sample_new(raw, format.caps.get(), &segment, nullptr));
    frames_.deliver(sample.get());
}

} // namespace mullion
