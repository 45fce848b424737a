#include "src/http/public_address.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>

namespace mullion {

namespace {

struct Block {
    std::uint32_t network;
    int bits;
};

constexpr std::uint32_t ip(int a, int b, int c, int d) {
    return static_cast<std::uint32_t>(a) << 24 | static_cast<std::uint32_t>(b) << 16 |
           static_cast<std::uint32_t>(c) << 8 | static_cast<std::uint32_t>(d);
}

constexpr std::array kNotPublic = std::to_array<Block>({
    {ip(0, 0, 0, 0), 8},
    {ip(10, 0, 0, 0), 8},
    {ip(100, 64, 0, 0), 10},
    {ip(127, 0, 0, 0), 8},
    {ip(169, 254, 0, 0), 16},
    {ip(172, 16, 0, 0), 12},
    {ip(192, 0, 0, 0), 24},
    {ip(192, 0, 2, 0), 24},
    {ip(192, 88, 99, 0), 24},
    {ip(192, 168, 0, 0), 16},
    {ip(198, 18, 0, 0), 15},
    {ip(198, 51, 100, 0), 24},
    {ip(203, 0, 113, 0), 24},
    {ip(224, 0, 0, 0), 3},
});

bool isPublic4(std::uint32_t address) {
    for (const Block& block : kNotPublic)
        if (((address ^ block.network) >> (32 - block.bits)) == 0) return false;
    return true;
}

/// Of 2000::/3, which is all that is given out, less what is not public or carries IPv4 elsewhere.
bool isPublic6(const std::uint8_t* bytes) {
    if ((bytes[0] & 0xe0) != 0x20) return false;
    const int first = bytes[0] << 8 | bytes[1];
    const int second = bytes[2] << 8 | bytes[3];
    // 6to4, Teredo and others of 2001::/23, and what is for documentation.
    return first != 0x2002 && !(first == 0x2001 && (second < 0x200 || second == 0xdb8)) &&
           !(first == 0x3fff && second < 0x1000);
}

} // namespace

bool isPublicAddress(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, &address, sizeof four);
        return isPublic4(ntohl(four.sin_addr.s_addr));
    }
    if (address.sa_family != AF_INET6) return false;
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    return isPublic6(six.sin6_addr.s6_addr);
}

} // namespace mullion
