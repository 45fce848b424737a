#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace mullion {

/// One worker thread which, each time it wakes, takes everything that has been queued since, in
/// order, so that the cost of a wake-up (a disk's flush) is shared by all who wait. Its methods are
/// thread-safe.
template <typename Job>
class BatchThread {
public:
    /// `work` runs on the thread, never twice at once.
    explicit BatchThread(std::function<void(std::vector<Job>)> work)
        : work_(std::move(work))
        , thread_([this] { run(); }) {}

    /// Waits until all that was queued has been done.
    ~BatchThread() { finish(); }

    BatchThread(const BatchThread&) = delete;
    BatchThread& operator=(const BatchThread&) = delete;

    /// Waits until all that was queued has been done; nothing may be posted afterwards.
    void finish() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        if (thread_.joinable()) thread_.join();
    }

    void post(Job job) {
        {
            const std::lock_guard lock(mutex_);
            queued_.push_back(std::move(job));
        }
        wake_.notify_one();
    }

private:
    void run() {
        for (;;) {
            std::vector<Job> batch;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return stopping_ || !queued_.empty(); });
                if (queued_.empty()) return;
                batch.swap(queued_);
            }
            work_(std::move(batch));
        }
    }

    std::function<void(std::vector<Job>)> work_;
    std::mutex mutex_;
    std::condition_variable wake_;
    /// Guarded by mutex_.
    std::vector<Job> queued_;
    /// Guarded by mutex_.
    bool stopping_ = false;
    /// Last, so that it starts when the rest is there.
    std::thread thread_;
};

} // namespace mullion
