#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <glib-object.h>

namespace mullion {

/// A source that is removed when this object goes. Move-only, main-bound.
class Source {
public:
    Source() = default;

    /// Takes the reference.
    explicit Source(GSource* source)
        : source_(source) {}

    Source(Source&& other) noexcept
        : source_(std::exchange(other.source_, nullptr)) {}

    Source& operator=(Source&& other) noexcept {
        std::swap(source_, other.source_);
        return *this;
    }

    ~Source() { cancel(); }

    void cancel();

    explicit operator bool() const { return source_ != nullptr; }

private:
    GSource* source_ = nullptr;
};

// Sources are attached to `context`, which the main thread turns; null is the main context.

/// Calls `call` every `interval` until the Source goes or `call` returns false.
/// A Source whose call returned false may be kept or destroyed as the owner likes.
[[nodiscard]] Source every(std::chrono::milliseconds interval, std::function<bool()> call,
                           GMainContext* context = nullptr);

/// Calls `call` once after `delay`, unless the Source goes before.
[[nodiscard]] Source after(std::chrono::milliseconds delay, std::function<void()> call,
                           GMainContext* context = nullptr);

/// Runs `call` soon on the main context. Thread-safe: this is how streaming threads reach main.
void postToMain(std::function<void()> call);

/// Whether the caller is on the thread that called claimMainThread().
bool onMainThread();
void claimMainThread();

/// Calls `call` for SIGTERM or SIGINT.
[[nodiscard]] Source onUnixSignal(int signal, std::function<void()> call);

/// Calls `call` when a descriptor has what `condition` names, until it returns false. `priority` as
/// GLib's: a source of a higher number waits for those of a lower one.
[[nodiscard]] Source watchFd(int fd, GIOCondition condition, std::function<bool(GIOCondition)> call,
                             int priority = G_PRIORITY_DEFAULT, GMainContext* context = nullptr);

/// A signal handler that is disconnected when this object goes. The instance is kept alive only
/// weakly. Move-only.
class SignalConnection {
public:
    SignalConnection() = default;
    SignalConnection(GObject* instance, unsigned long id);
    SignalConnection(SignalConnection&& other) noexcept;
    SignalConnection& operator=(SignalConnection&& other) noexcept;

    ~SignalConnection() { disconnect(); }

    void disconnect();

private:
    GWeakRef* instance_ = nullptr;
    unsigned long id_ = 0;
};

/// Connects `handler`, a captureless function of the signal's C signature whose last parameter is
/// the std::weak_ptr that was given, passed by address: lock it and return at once if that fails.
template <typename Owner, typename Handler>
[[nodiscard]] SignalConnection connect(void* instance, const char* signal,
                                       std::weak_ptr<Owner> owner, Handler handler) {
    auto* data = new std::weak_ptr<Owner>(std::move(owner));
    const auto id = g_signal_connect_data(
        instance, signal, G_CALLBACK(+handler), data,
        [](gpointer owned, GClosure*) { delete static_cast<std::weak_ptr<Owner>*>(owned); },
        static_cast<GConnectFlags>(0));
    return SignalConnection(G_OBJECT(instance), id);
}

} // namespace mullion
