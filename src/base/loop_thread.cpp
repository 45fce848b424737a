#include "src/base/loop_thread.h"

namespace mullion {

LoopThread::LoopThread(const char* name)
    : context_(g_main_context_new()) {
    thread_.emplace(name, [this] { run(); });
}

void LoopThread::run() {
    // Not a GMainLoop: one that is told to stop before it has begun goes on for good.
    while (!stops_)
        g_main_context_iteration(context_.get(), /*may_block=*/TRUE);
}

void LoopThread::stop() {
    stops_ = true;
    g_main_context_wakeup(context_.get());
    thread_.reset();
}

} // namespace mullion
