#pragma once

#include <string>

#include <gio/gio.h>
#include <sys/socket.h>

#include "src/base/gref.h"
#include "tests/support/check_framework.h"
#include "tests/support/server.h"

namespace mullion::test {

/// A connection on which a test says what no HTTP library would, and reads when it likes.
class RawClient {
public:
    /// `receiveBuffer` bytes wait for us in the kernel; 0: as many as it likes.
    explicit RawClient(const Server& server, int receiveBuffer = 0) {
        const auto port = std::stoi(server.url().substr(server.url().rfind(':') + 1));
        socket_ = GRef<GSocket>::adopt(g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
                                                    G_SOCKET_PROTOCOL_TCP, nullptr));
        g_socket_set_timeout(socket_.get(), 60);
        if (receiveBuffer > 0)
            g_socket_set_option(socket_.get(), SOL_SOCKET, SO_RCVBUF, receiveBuffer, nullptr);
        const auto address = GRef<GSocketAddress>::adopt(
            g_inet_socket_address_new_from_string("127.0.0.1", static_cast<guint>(port)));
        ck_assert(g_socket_connect(socket_.get(), address.get(), nullptr, nullptr));
    }

    void send(const std::string& text) const {
        ck_assert(g_socket_send(socket_.get(), text.data(), text.size(), nullptr, nullptr) ==
                  static_cast<gssize>(text.size()));
    }

    /// What the server sends until it closes the connection, which it has a minute for.
    std::string readAll() const {
        std::string all;
        char block[65536];
        for (;;) {
            GError* raw = nullptr;
            const auto size = g_socket_receive(socket_.get(), block, sizeof block, nullptr, &raw);
            const GErrorPtr error(raw);
            ck_assert_msg(!g_error_matches(raw, G_IO_ERROR, G_IO_ERROR_TIMED_OUT),
                          "not closed after: %s", all.substr(0, 500).c_str());
            if (size <= 0) return all;
            all.append(block, static_cast<std::size_t>(size));
        }
    }

    /// The upgrade to a WebSocket, whose answer is left unread.
    void upgrade(const std::string& host, const std::string& token) const {
        send("GET /api/webrtc/ws?access_token=" + token + " HTTP/1.1\r\nHost: " + host +
             "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    }

private:
    GRef<GSocket> socket_;
};

} // namespace mullion::test
