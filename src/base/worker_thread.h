#pragma once

#include <functional>
#include <thread>

#include <pthread.h>

namespace mullion {

/// A named thread that is joined when this object goes; whoever owns it tells it to end before.
class WorkerThread {
public:
    /// `name` has at most 15 bytes and is what tools show.
    WorkerThread(const char* name, std::function<void()> run)
        : thread_(std::move(run)) {
        pthread_setname_np(thread_.native_handle(), name);
    }

    ~WorkerThread() { thread_.join(); }

    WorkerThread(const WorkerThread&) = delete;
    WorkerThread& operator=(const WorkerThread&) = delete;

private:
    std::thread thread_;
};

} // namespace mullion
