#pragma once

#include <cstdint>

#include <gio/gio.h>

namespace mullion {

/// How long ago the packet that was last read from a UDP socket had come, in ns: the system knows
/// it of each. A reader that is late because it was busy so does not tell the sender of a jitter
/// that the network does not have. 0 where the system does not tell, and of packets that came
/// before or just after it was first asked. For the thread that reads.
std::int64_t ageOfLastPacket(GSocket* socket);

} // namespace mullion
