#pragma once

#include <string>

namespace mullion {

/// Whether nobody has this port of a local address now, by TCP and by UDP; an empty address is any.
bool isPortFree(const std::string& address, int port);

} // namespace mullion
