#include "src/base/main_loop.h"

#include <cassert>

#include <glib-unix.h>

namespace mullion {

namespace {

GThread* gMainThread = nullptr;

/// The callback of a source, on the heap for as long as GLib keeps the source.
struct Repeated {
    std::function<bool()> call;
};

int runRepeated(void* data) {
    return static_cast<Repeated*>(data)->call() ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void freeRepeated(void* data) {
    delete static_cast<Repeated*>(data);
}

struct FdWatch {
    std::function<bool(GIOCondition)> call;
};

} // namespace

void Source::cancel() {
    if (id_ == 0) return;
    // A source whose callback returned false is gone already; looking it up keeps GLib quiet.
    if (auto* source = g_main_context_find_source_by_id(nullptr, id_)) g_source_destroy(source);
    id_ = 0;
}

Source every(std::chrono::milliseconds interval, std::function<bool()> call) {
    return Source(g_timeout_add_full(G_PRIORITY_DEFAULT, static_cast<unsigned>(interval.count()),
                                     runRepeated, new Repeated{std::move(call)}, freeRepeated));
}

Source after(std::chrono::milliseconds delay, std::function<void()> call) {
    return every(delay, [call = std::move(call)] {
        call();
        return false;
    });
}

void postToMain(std::function<void()> call) {
    auto* repeated = new Repeated{[call = std::move(call)] {
        call();
        return false;
    }};
    g_idle_add_full(G_PRIORITY_DEFAULT, runRepeated, repeated, freeRepeated);
}

void claimMainThread() {
    gMainThread = g_thread_self();
}

bool onMainThread() {
    return gMainThread == g_thread_self();
}

Source onUnixSignal(int signal, std::function<void()> call) {
    return Source(g_unix_signal_add_full(G_PRIORITY_DEFAULT, signal, runRepeated,
                                         new Repeated{[call = std::move(call)] {
                                             call();
                                             return true;
                                         }},
                                         freeRepeated));
}

Source watchFd(int fd, GIOCondition condition, std::function<bool(GIOCondition)> call,
               int priority) {
    return Source(g_unix_fd_add_full(
        priority, fd, condition,
        [](int, GIOCondition seen, void* data) -> int {
            return static_cast<FdWatch*>(data)->call(seen) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
        },
        new FdWatch{std::move(call)}, [](void* data) { delete static_cast<FdWatch*>(data); }));
}

SignalConnection::SignalConnection(GObject* instance, unsigned long id)
    : instance_(new GWeakRef)
    , id_(id) {
    g_weak_ref_init(instance_, instance);
}

SignalConnection::SignalConnection(SignalConnection&& other) noexcept
    : instance_(std::exchange(other.instance_, nullptr))
    , id_(std::exchange(other.id_, 0)) {}

SignalConnection& SignalConnection::operator=(SignalConnection&& other) noexcept {
    std::swap(instance_, other.instance_);
    std::swap(id_, other.id_);
    return *this;
}

void SignalConnection::disconnect() {
    if (!instance_) return;
    if (auto* object = static_cast<GObject*>(g_weak_ref_get(instance_))) {
        if (g_signal_handler_is_connected(object, id_)) g_signal_handler_disconnect(object, id_);
        g_object_unref(object);
    }
    g_weak_ref_clear(instance_);
    delete instance_;
    instance_ = nullptr;
}

} // namespace mullion
