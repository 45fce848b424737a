#pragma once

#include <sys/socket.h>

namespace mullion {

/// Whether an address is one of the public Internet: neither this machine, a private or local
/// network, one for documentation, nor many at once (RFC 6890), also where IPv6 carries it.
bool isPublicAddress(const sockaddr& address);

} // namespace mullion
