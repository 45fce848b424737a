#include "src/broadcasts/free_port.h"

#include <memory>
#include <netdb.h>
#include <sys/socket.h>

#include "src/base/descriptor.h"

namespace mullion {

namespace {

bool canBind(const std::string& address, int port, int type) {
    addrinfo hints{};
    hints.ai_socktype = type;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* raw = nullptr;
    if (getaddrinfo(address.empty() ? nullptr : address.c_str(), std::to_string(port).c_str(),
                    &hints, &raw) != 0)
        return false;
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> found(raw, freeaddrinfo);
    const Descriptor socket(::socket(raw->ai_family, type | SOCK_CLOEXEC, 0));
    // As those who will listen do: a port of which connections are just ending is free.
    const int yes = 1;
    setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return socket && bind(socket.number(), raw->ai_addr, raw->ai_addrlen) == 0;
}

} // namespace

bool isPortFree(const std::string& address, int port) {
    return canBind(address, port, SOCK_STREAM) && canBind(address, port, SOCK_DGRAM);
}

} // namespace mullion
