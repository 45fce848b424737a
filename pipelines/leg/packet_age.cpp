#include "pipelines/leg/packet_age.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <ctime>

namespace mullion {

namespace {

/// More is a step of the wall clock, by which the system counts.
constexpr std::int64_t kMaxAge = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

std::int64_t ageOfLastPacket(GSocket* socket) {
    timespec came{};
    // As SIOCGSTAMP of socket(7), in ns.
    if (ioctl(g_socket_get_fd(socket), SIOCGSTAMPNS, &came) != 0) return 0;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const std::int64_t age = nanoseconds(now) - nanoseconds(came);
    return age > kMaxAge ? 0 : std::max<std::int64_t>(age, 0);
}

} // namespace mullion
