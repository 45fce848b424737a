#include "pipelines/leg/packet_socket.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <utility>

namespace mullion {

namespace {

/// Of one call (UDP_MAX_SEGMENTS), and the bytes that a datagram may have.
constexpr std::size_t kMaxSegments = 64;
constexpr std::size_t kMaxBytes = 65'000;

/// How many of the packets are of one size, but for a last one that may be smaller.
std::size_t alikeIn(std::span<const std::uint16_t> sizes) {
    std::size_t bytes = 0;
    std::size_t count = 0;
    while (count < std::min(sizes.size(), kMaxSegments) && sizes[count] <= sizes[0] &&
           bytes + sizes[count] <= kMaxBytes) {
        bytes += sizes[count];
        if (sizes[count++] < sizes[0]) break;
    }
    return std::max<std::size_t>(count, 1);
}

/// An interface that makes no checksums, or packets that have to be fragmented on it.
bool cannotSegment(int error) {
    return error == EIO || error == EINVAL || error == EMSGSIZE || error == EOPNOTSUPP;
}

/// An older system would send all packets as one.
bool knowsSegments(int socket) {
    int size = 0;
    socklen_t length = sizeof size;
    return getsockopt(socket, SOL_UDP, UDP_SEGMENT, &size, &length) == 0;
}

} // namespace

PacketSocket::PacketSocket(Descriptor socket, const sockaddr_storage& to)
    : socket_(std::move(socket))
    , to_(to)
    , toSize_(to.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in))
    , segments_(knowsSegments(socket_.number())) {}

std::size_t PacketSocket::send(const std::uint8_t* bytes, std::span<const std::uint16_t> sizes) {
    std::size_t sent = 0;
    while (!sizes.empty()) {
        const std::size_t count = segments_ ? alikeIn(sizes) : sizes.size();
        const auto run = sizes.first(count);
        const auto size = std::accumulate(run.begin(), run.end(), std::size_t{0});
        if (count == 1 || !segments_) {
            sent += sendEach(bytes, run);
        } else if (sendSegments(bytes, size, run[0])) {
            sent += count;
        } else if (cannotSegment(errno)) {
            segments_ = false;
            continue;
        }
        bytes += size;
        sizes = sizes.subspan(count);
    }
    return sent;
}

bool PacketSocket::sendSegments(const std::uint8_t* bytes, std::size_t size,
                                std::uint16_t segment) {
    iovec piece{const_cast<std::uint8_t*>(bytes), size};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof segment)] = {};
    msghdr message = {};
    message.msg_name = &to_;
    message.msg_namelen = toSize_;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof segment);
    std::memcpy(CMSG_DATA(header), &segment, sizeof segment);
    return sendmsg(socket_.number(), &message, MSG_NOSIGNAL) >= 0;
}

std::size_t PacketSocket::sendEach(const std::uint8_t* bytes,
                                   std::span<const std::uint16_t> sizes) {
    std::array<iovec, kMaxSegments> pieces;
    std::array<mmsghdr, kMaxSegments> messages;
    std::size_t sent = 0;
    while (!sizes.empty()) {
        const std::size_t count = std::min(sizes.size(), kMaxSegments);
        for (std::size_t i = 0; i < count; ++i) {
            pieces[i] = {const_cast<std::uint8_t*>(bytes), sizes[i]};
            bytes += sizes[i];
            messages[i] = {};
            messages[i].msg_hdr.msg_name = &to_;
            messages[i].msg_hdr.msg_namelen = toSize_;
            messages[i].msg_hdr.msg_iov = &pieces[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        const int taken =
            sendmmsg(socket_.number(), messages.data(), static_cast<unsigned>(count), MSG_NOSIGNAL);
        if (taken > 0) sent += static_cast<std::size_t>(taken);
        sizes = sizes.subspan(count);
    }
    return sent;
}

} // namespace mullion
