// DESIGN. The context is made for being polled by somebody else (OWNERLESS_POLLING): whoever
// attaches or removes a source writes to its wake-up descriptor, which epoll watches like the
// others. So a turn is due exactly when epoll has something or the first timer is over. GLib tells
// what to wait for anew on each turn, and only the difference is told to epoll.
#include "src/base/side_loop.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <sys/epoll.h>
#include <unistd.h>

namespace mullion {

namespace {

/// GLib's bits of a condition are poll()'s, and epoll's are the same for these.
constexpr bool isSame(GIOCondition ours, EPOLL_EVENTS theirs) {
    return static_cast<unsigned>(ours) == static_cast<unsigned>(theirs);
}

static_assert(isSame(G_IO_IN, EPOLLIN) && isSame(G_IO_OUT, EPOLLOUT) &&
              isSame(G_IO_PRI, EPOLLPRI) && isSame(G_IO_ERR, EPOLLERR) &&
              isSame(G_IO_HUP, EPOLLHUP));

void tell(int epoll, int operation, const GPollFD& wanted) {
    epoll_event event{};
    event.events = wanted.events;
    event.data.fd = wanted.fd;
    // Removing fails where the descriptor has been closed: then epoll has forgotten it.
    epoll_ctl(epoll, operation, wanted.fd, &event);
}

/// Where a descriptor is in a list, or would be.
template <typename List>
auto findFd(List& list, int fd) {
    return std::lower_bound(list.begin(), list.end(), fd, [](const GPollFD& candidate, int sought) {
        return candidate.fd < sought;
    });
}

} // namespace

struct SideLoop::Bridge {
    GSource source;
    SideLoop* loop;
};

SideLoop::SideLoop()
    : context_(g_main_context_new_with_flags(G_MAIN_CONTEXT_FLAGS_OWNERLESS_POLLING))
    , epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    assert(epoll_ >= 0);
    static GSourceFuncs functions = {nullptr,
                                     nullptr,
                                     [](GSource* source, GSourceFunc, void*) -> int {
                                         reinterpret_cast<Bridge*>(source)->loop->turn();
                                         return G_SOURCE_CONTINUE;
                                     },
                                     nullptr,
                                     nullptr,
                                     nullptr};
    bridge_ = g_source_new(&functions, sizeof(Bridge));
    reinterpret_cast<Bridge*>(bridge_)->loop = this;
    g_source_set_static_name(bridge_, "side loop");
    g_source_add_unix_fd(bridge_, epoll_, G_IO_IN);
    g_source_set_ready_time(bridge_, 0);
    g_source_attach(bridge_, nullptr);
}

SideLoop::~SideLoop() {
    g_source_destroy(bridge_);
    g_source_unref(bridge_);
    close(epoll_);
}

void SideLoop::onNewDescriptor(int fd) {
    if (const auto old = findFd(watched_, fd); old != watched_.end() && old->fd == fd)
        watched_.erase(old);
}

/// One turn of the sources here. Those that became ready meanwhile have theirs when the main loop
/// has looked at everybody else.
void SideLoop::turn() {
    GMainContext* context = context_.get();
    const Scope scope(*this);
    [[maybe_unused]] const bool ours = g_main_context_acquire(context);
    assert(ours);
    int priority = 0;
    g_main_context_prepare(context, &priority);
    const int timeout = query();
    watch();
    poll();
    const bool ready =
        g_main_context_check(context, priority, wanted_.data(), static_cast<int>(wanted_.size()));
    if (ready) g_main_context_dispatch(context);
    g_main_context_release(context);
    // What ran may have changed what to wait for.
    g_source_set_ready_time(bridge_, ready ? 0
                                     : timeout < 0
                                         ? -1
                                         : g_get_monotonic_time() + timeout * gint64{1000});
}

/// Asks what to wait for. @return for how long, in milliseconds; below 0 for ever.
int SideLoop::query() {
    int timeout = -1;
    while (true) {
        const auto room = static_cast<int>(wanted_.capacity());
        wanted_.resize(wanted_.capacity());
        const int count =
            g_main_context_query(context_.get(), G_MAXINT, &timeout, wanted_.data(), room);
        if (count <= room) {
            wanted_.resize(static_cast<std::size_t>(count));
            return timeout;
        }
        wanted_.reserve(static_cast<std::size_t>(count) * 2);
    }
}

/// Tells epoll how wanted_ differs from watched_.
void SideLoop::watch() {
    auto old = watched_.cbegin();
    for (const GPollFD& wanted : wanted_) {
        for (; old != watched_.cend() && old->fd < wanted.fd; ++old)
            tell(epoll_, EPOLL_CTL_DEL, *old);
        const bool known = old != watched_.cend() && old->fd == wanted.fd;
        if (!known) tell(epoll_, EPOLL_CTL_ADD, wanted);
        if (known && old->events != wanted.events) tell(epoll_, EPOLL_CTL_MOD, wanted);
        if (known) ++old;
    }
    for (; old != watched_.cend(); ++old)
        tell(epoll_, EPOLL_CTL_DEL, *old);
    watched_ = wanted_;
}

/// Fills in what is ready, without waiting.
void SideLoop::poll() {
    for (GPollFD& wanted : wanted_)
        wanted.revents = 0;
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        const auto wanted =
            std::lower_bound(wanted_.begin(), wanted_.end(), event.data.fd,
                             [](const GPollFD& candidate, int fd) { return candidate.fd < fd; });
        if (wanted != wanted_.end() && wanted->fd == event.data.fd)
            wanted->revents = static_cast<gushort>(event.events);
    }
}

} // namespace mullion
