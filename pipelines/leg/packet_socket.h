#pragma once

#include <sys/socket.h>

#include <cstdint>

#include <span>

#include "src/base/descriptor.h"

namespace mullion {

/// A UDP socket with the address that it sends to: the packets of a frame by one call of the
/// system, where it can cut them apart (UDP_SEGMENT of Linux 4.18), else by one call for many.
/// Not thread-safe.
class PacketSocket {
public:
    /// `socket`: ours alone or a duplicate; it does not block.
    PacketSocket(Descriptor socket, const sockaddr_storage& to);

    /// Sends packets that lie one behind the other in `bytes`, of these sizes. Those for which the
    /// system has no room are lost, as they would be on the way.
    /// @return how many were sent.
    std::size_t send(const std::uint8_t* bytes, std::span<const std::uint16_t> sizes);

private:
    bool sendSegments(const std::uint8_t* bytes, std::size_t size, std::uint16_t segment);
    std::size_t sendEach(const std::uint8_t* bytes, std::span<const std::uint16_t> sizes);

    Descriptor socket_;
    sockaddr_storage to_ = {};
    socklen_t toSize_ = 0;
    /// Whether the system cuts packets apart on this way.
    bool segments_ = false;
};

} // namespace mullion
