#pragma once

#include <atomic>
#include <optional>

#include "src/base/gref.h"
#include "src/base/worker_thread.h"

namespace mullion {

/// A thread that turns a main context of its own, for sources which are not to wait for the main
/// loop. Thread-safe, but for stop() and the destructor, which belong to one other thread.
class LoopThread {
public:
    /// `name` is what tools show, 15 bytes at most. Throws std::system_error where there is no
    /// thread.
    explicit LoopThread(const char* name);

    ~LoopThread() { stop(); }

    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

    /// Where sources are attached.
    GMainContext* context() const { return context_.get(); }

    /// Waits for the turn that goes on; no source is dispatched after it. Idempotent.
    void stop();

private:
    void run();

    GPtr<GMainContext, g_main_context_unref> context_;
    std::atomic<bool> stops_ = false;
    std::optional<WorkerThread> thread_ = {};
};

} // namespace mullion
