#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "src/base/gref.h"
#include "src/base/main_loop.h"

namespace mullion {

/// A place for thousands of sources that rarely have anything to do. GLib looks at every source of
/// a context on each turn; those here are looked at only when one of them is ready, and cost the
/// main loop one descriptor (epoll) together. They run on the main thread all the same. Main-bound.
class SideLoop {
public:
    SideLoop();
    ~SideLoop();
    SideLoop(const SideLoop&) = delete;
    SideLoop& operator=(const SideLoop&) = delete;

    /// While it lives, libraries that attach sources to the thread's default context attach them
    /// here.
    class Scope {
    public:
        explicit Scope(SideLoop& loop)
            : context_(loop.context_.get()) {
            g_main_context_push_thread_default(context_);
        }

        ~Scope() { g_main_context_pop_thread_default(context_); }

        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        GMainContext* context_;
    };

    GMainContext* context() const { return context_.get(); }

    /// To be told of each new descriptor before its first source is attached: it may have the
    /// number of one that was closed, and whose sources went, since the last turn.
    void onNewDescriptor(int fd);

private:
    struct Bridge;

    void turn();
    int query();
    void watch();
    void poll();

    GPtr<GMainContext, g_main_context_unref> context_;
    int epoll_;
    /// What the sources wait for, and what of it epoll knows, both in the order of descriptors.
    std::vector<GPollFD> wanted_ = {};
    std::vector<GPollFD> watched_ = {};
    /// Stands in the main context for all of them.
    GSource* bridge_ = nullptr;
};

} // namespace mullion
