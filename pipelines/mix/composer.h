#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "pipelines/mix/painter.h"
#include "src/base/worker_thread.h"

namespace mullion {

/// Makes the picture of a call: at every tick of the canvas' frame rate it paints the newest frames
/// of the sources and gives the canvas to whoever is connected. It has no queue and no negotiation,
/// so that a source can neither hold it up nor change it. With nobody connected it paints nothing.
///
/// Main-bound, but for the receivers, who are called on its own thread.
class Composer {
public:
    /// Ticks at multiples of the frame's duration since `baseTime`, which is of the clock that
    /// CLOCK_MONOTONIC is.
    static std::unique_ptr<Composer> create(const wire::Canvas& canvas, GstClockTime baseTime);
    ~Composer();

    /// Shows these tiles from the next tick on.
    void show(const std::vector<TileFace>& faces);

    /// What stands beside the tiles from the next tick on; null for nothing.
    void dress(std::shared_ptr<const Dressing> dressing);

    /// The size and frame rate from the next tick on.
    void setCanvas(const wire::Canvas& canvas);

    /// The canvas as raw I420 samples in running time.
    Fanout& frames() { return frames_; }

    /// How many canvases were painted so far.
    std::uint64_t painted() const { return painted_; }

private:
    /// What frames of one size are made with.
    struct Format;
    class Pool;

    explicit Composer(GstClockTime baseTime);
    void run();
    void paintAndDeliver(const Scene& scene, const Dressing* dressing, const Format& format,
                         const Pool& pool, GstClockTime now);

    GstClockTime baseTime_ = 0;
    Fanout frames_;
    Painter painter_;
    std::atomic<std::uint64_t> painted_ = 0;
    std::mutex mutex_;
    std::condition_variable wake_;
    /// GUARDED_BY(mutex_)
    std::shared_ptr<const Scene> scene_ = std::make_shared<Scene>();
    /// GUARDED_BY(mutex_)
    std::shared_ptr<const Dressing> dressing_;
    /// GUARDED_BY(mutex_)
    std::shared_ptr<const Format> format_;
    /// GUARDED_BY(mutex_)
    bool stopping_ = false;
    /// Last: it runs when the rest is there.
    std::unique_ptr<WorkerThread> thread_;
};

} // namespace mullion
