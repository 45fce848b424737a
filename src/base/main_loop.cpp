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

/// Takes a new source and gives it what to call.
Source attached(GSource* source, std::function<bool()> call, GMainContext* context) {
    g_source_set_callback(source, runRepeated, new Repeated{std::move(call)}, freeRepeated);
    g_source_attach(source, context);
    return Source(source);
}

} // namespace

void Source::cancel() {
    GSource* source = std::exchange(source_, nullptr);
    if (!source) return;
    // Also where its callback returned false and it is gone already.
    g_source_destroy(source);
    g_source_unref(source);
}

Source every(std::chrono::milliseconds interval, std::function<bool()> call,
             GMainContext* context) {
    return attached(g_timeout_source_new(static_cast<unsigned>(interval.count())), std::move(call),
                    context);
}

Source after(std::chrono::milliseconds delay, std::function<void()> call, GMainContext* context) {
    return every(
        delay,
        [call = std::move(call)] {
            call();
            return false;
        },
        context);
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
    return attached(
        g_unix_signal_source_new(signal),
        [call = std::move(call)] {
            call();
            return true;
        },
        nullptr);
}

Source watchFd(int fd, GIOCondition condition, std::function<bool(GIOCondition)> call, int priority,
               GMainContext* context) {
    GSource* source = g_unix_fd_source_new(fd, condition);
    g_source_set_priority(source, priority);
    const GUnixFDSourceFunc onReady = [](int, GIOCondition seen, void* data) -> int {
        return static_cast<FdWatch*>(data)->call(seen) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    };
    g_source_set_callback(source, G_SOURCE_FUNC(onReady), new FdWatch{std::move(call)},
                          [](void* data) { delete static_cast<FdWatch*>(data); });
    g_source_attach(source, context);
    return Source(source);
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
