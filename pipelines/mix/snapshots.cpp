#include "pipelines/mix/snapshots.h"

#include <atomic>
#include <sys/resource.h>

#include "pipelines/mix/jpeg.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

constexpr int kNice = 10;

struct Job {
    GRef<GstSample> sample;
    int width = 0;
    std::function<void(Result<std::string>)> done;
};

Result<std::string> encode(GstSample* sample, int width) {
    GstVideoInfo info;
    if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)))
        return Error{ErrorCode::Internal, "a canvas without a format"};
    const auto canvas = MappedFrame::map(gst_sample_get_buffer(sample), info);
    if (!canvas) return Error{ErrorCode::Internal, "a canvas that cannot be read"};
    return encodeJpeg(canvas->planes(), width);
}

void work(void* data, void*) {
    // Of the calling thread alone (setpriority(2), NOTES): whoever makes frames comes first.
    static thread_local const int nice = setpriority(PRIO_PROCESS, 0, kNice);
    (void)nice;
    const std::unique_ptr<Job> job(static_cast<Job*>(data));
    job->done(encode(job->sample.get(), job->width));
}

/// One picture after the other; its thread comes with the first. It is shared with no other pool,
/// as it is less urgent than those.
GThreadPool* pool() {
    static GThreadPool* threads = g_thread_pool_new(work, nullptr, 1, TRUE, nullptr);
    return threads;
}

} // namespace

/// Lets one canvas in.
class Snapshots::Shutter : public SampleReceiver, public std::enable_shared_from_this<Shutter> {
public:
    Shutter(Composer& composer, std::weak_ptr<Snapshots*> owner, int width, Done done)
        : composer_(composer)
        , owner_(std::move(owner))
        , width_(width)
        , done_(std::move(done)) {}

    void onSample(GstSample* sample) override {
        if (closed_.exchange(true)) return;
        // At once, so that no second canvas is painted for it.
        composer_.frames().disconnect(this);
        auto* job = new Job{GRef<GstSample>::share(sample), width_, {}};
        job->done = [self = shared_from_this()](const Result<std::string>& jpeg) {
            postToMain([self, jpeg] {
                if (const auto owner = self->owner_.lock()) (*owner)->onEncoded(self, jpeg);
            });
        };
        g_thread_pool_push(pool(), job, nullptr);
    }

    const Done& done() const { return done_; }

private:
    /// It calls us, so that it is there.
    Composer& composer_;
    std::weak_ptr<Snapshots*> owner_;
    int width_ = 0;
    Done done_;
    std::atomic<bool> closed_ = false;
};

Snapshots::Snapshots(Composer& composer)
    : composer_(composer)
    , self_(std::make_shared<Snapshots*>(this)) {}

Snapshots::~Snapshots() = default;

void Snapshots::take(int width, Done done) {
    const auto shutter = std::make_shared<Shutter>(composer_, self_, width, std::move(done));
    shutters_.insert(shutter);
    composer_.frames().connect(shutter);
}

void Snapshots::onEncoded(const std::shared_ptr<Shutter>& shutter,
                          const Result<std::string>& jpeg) {
    shutters_.erase(shutter);
    shutter->done()(jpeg);
}

} // namespace mullion
