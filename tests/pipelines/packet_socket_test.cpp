#include "pipelines/leg/packet_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/support/suite.h"

using namespace mullion;

namespace {

/// A UDP socket on loopback and what it receives.
struct Receiver {
    Receiver() {
        socket = Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
        auto* own = reinterpret_cast<sockaddr_in*>(&address);
        own->sin_family = AF_INET;
        own->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ck_assert_int_eq(bind(socket.number(), reinterpret_cast<sockaddr*>(own), sizeof *own), 0);
        socklen_t size = sizeof *own;
        getsockname(socket.number(), reinterpret_cast<sockaddr*>(own), &size);
        const int room = 4 << 20;
        setsockopt(socket.number(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    }

    std::vector<std::uint8_t> next() const {
        pollfd ready{socket.number(), POLLIN, 0};
        if (poll(&ready, 1, 5'000) != 1) return {};
        std::vector<std::uint8_t> packet(65'536);
        const auto size = recv(socket.number(), packet.data(), packet.size(), 0);
        packet.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return packet;
    }

    Descriptor socket;
    sockaddr_storage address = {};
};

/// Sends packets of these sizes and expects them to come as they are.
void expectAll(PacketSocket& sender, const Receiver& receiver,
               const std::vector<std::uint16_t>& sizes) {
    std::vector<std::uint8_t> bytes(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}));
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    ck_assert_uint_eq(sender.send(bytes.data(), sizes), sizes.size());
    auto from = bytes.begin();
    for (const std::uint16_t size : sizes) {
        const auto packet = receiver.next();
        ck_assert_uint_eq(packet.size(), size);
        ck_assert(std::equal(packet.begin(), packet.end(), from));
        from += size;
    }
}

Descriptor newSocket() {
    return Descriptor(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
}

} // namespace

START_TEST(packets_of_any_sizes_come_as_they_are) {
    const Receiver receiver;
    PacketSocket sender(newSocket(), receiver.address);
    expectAll(sender, receiver, {1200});
    expectAll(sender, receiver, {1200, 1200, 1200, 700});
    expectAll(sender, receiver, {700, 1200, 1200, 30, 30, 1200});
    // More than one call takes, by their number and by their bytes.
    expectAll(sender, receiver, std::vector<std::uint16_t>(150, 60));
    expectAll(sender, receiver, std::vector<std::uint16_t>(100, 1400));
}

END_TEST

START_TEST(who_cannot_cut_them_apart_gets_one_after_the_other) {
    const Receiver receiver;
    auto socket = newSocket();
    // The system cuts nothing apart for a socket without checksums.
    const int off = 1;
    ck_assert_int_eq(setsockopt(socket.number(), SOL_SOCKET, SO_NO_CHECK, &off, sizeof off), 0);
    PacketSocket sender(std::move(socket), receiver.address);
    expectAll(sender, receiver, {1200, 1200, 700});
    expectAll(sender, receiver, std::vector<std::uint16_t>(150, 60));
}

END_TEST

int main() {
    return test::runSuite("pipelines packet_socket",
                          {packets_of_any_sizes_come_as_they_are,
                           who_cannot_cut_them_apart_gets_one_after_the_other});
}
