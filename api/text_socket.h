#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include <libsoup/soup.h>

#include "api/connections.h"
#include "api/http.h"
#include "src/base/gref.h"
#include "src/base/main_loop.h"
#include "src/base/side_loop.h"

namespace mullion::api {

/// The most that a client says in one message, in bytes.
inline constexpr std::size_t kMaxMessage = std::size_t{256} * 1024;

/// The most that waits for a client that reads slowly, in bytes: more than a session is ever sent
/// at once.
inline constexpr std::size_t kMaxUnsent = std::size_t{1024} * 1024;

/// One WebSocket that carries texts both ways, bounded in what it takes and in what waits to be
/// sent. Main-bound.
class TextSocket : public std::enable_shared_from_this<TextSocket> {
public:
    struct Callbacks {
        std::function<void(const std::string& text)> onText;
        /// More than kMaxUnsent waits; nothing of it is sent unless this closes the socket.
        std::function<void()> onSlow;
        /// Once, whoever closed it; nothing comes after.
        std::function<void()> onClosed;
    };

    TextSocket(GRef<SoupWebsocketConnection> socket, Connections::Place place, SideLoop& loop);
    TextSocket(const TextSocket&) = delete;
    TextSocket& operator=(const TextSocket&) = delete;

    /// Before the main loop turns again, as a first text may be there already.
    void listen(Callbacks callbacks) { callbacks_ = std::move(callbacks); }

    void send(const std::string& text);
    /// What libsoup has already is sent all the same.
    void forgetUnsent();
    /// The peer gets `code` and `reason`; nothing is sent or received after.
    void close(int code, const std::string& reason);
    /// Ends the connection under a peer that is gone or reads nothing: what is queued is freed.
    void cut();

    /// For how long nothing has come, not even a pong.
    std::chrono::microseconds silence() const;

private:
    friend class TextSockets;

    void start(std::chrono::seconds keepalive, std::function<void()> onOver);
    GSocket* rawSocket() const;
    bool takesBytes() const;
    void pass(const std::string& text);
    bool flush();
    void heard();
    void onMessage(int type, GBytes* message);
    void onClosed();

    GRef<SoupWebsocketConnection> socket_;
    Connections::Place place_;
    SideLoop& loop_;
    Callbacks callbacks_ = {};
    std::function<void()> onOver_ = {};
    std::vector<SignalConnection> signals_ = {};
    bool closing_ = false;
    std::deque<std::string> unsent_ = {};
    std::size_t unsentBytes_ = 0;
    Source writing_ = {};
    std::int64_t heardAt_ = g_get_monotonic_time();
};

/// Keeps TextSockets until each is closed, and cuts those whose peers are silent. Main-bound.
class TextSockets {
public:
    /// Peers are asked for a sign of life every `keepalive` (0: somebody else asks them) and cut
    /// after `patience` without one. The sockets wait in `loop`, which must outlive this.
    TextSockets(std::chrono::seconds keepalive, std::chrono::seconds patience, SideLoop& loop);

    /// A connection whose handshake is done.
    std::shared_ptr<TextSocket> open(GIOStream* stream, const Request& handshake,
                                     Connections::Place place);

private:
    std::chrono::seconds keepalive_;
    std::chrono::seconds patience_;
    SideLoop& loop_;
    std::unordered_set<std::shared_ptr<TextSocket>> sockets_ = {};
    Source reaper_ = {};
};

} // namespace mullion::api
