#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include <libsoup/soup.h>

#include "api/connections.h"
#include "api/gate.h"
#include "api/http.h"
#include "api/origins.h"
#include "api/socketio/engine_session.h"
#include "api/text_socket.h"
#include "src/base/side_loop.h"

namespace mullion::api::engine {

/// The door for Engine.IO 4: its HTTP requests and WebSockets become sessions. Main-bound.
class Server {
public:
    /// Makes the one who speaks over a new session; `address` is the client's.
    using MakeListener =
        std::function<std::unique_ptr<Listener>(Session&, const std::string& address)>;

    /// All must outlive this. `places` are the sessions', however many connections each has;
    /// timers and WebSockets wait in `loop`.
    Server(const Options& options, Gate& gate, const Origins& origins, Connections& places,
           SideLoop& loop, MakeListener makeListener);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// A request of polling, of a client that was admitted.
    void handle(const Request& request, const Respond& respond);

    /// What refuses a WebSocket, if anything does.
    std::optional<Response> check(const Request& handshake);
    /// A WebSocket whose handshake is done, after check().
    void accept(GIOStream* stream, const Request& handshake, Connections::Place place);

    std::size_t sessionCount() const { return sessions_.size(); }

private:
    std::optional<Response> refusalFor(const Request& request, const char* transport) const;
    Session* find(const std::string& sid) const;
    /// Null where there is no place left.
    Session* open(const std::string& address, std::shared_ptr<TextSocket> socket);

    Options options_;
    Gate& gate_;
    const Origins& origins_;
    Connections& places_;
    SideLoop& loop_;
    MakeListener makeListener_;
    TextSockets sockets_;
    std::unordered_map<std::string, std::shared_ptr<Session>> sessions_ = {};
};

} // namespace mullion::api::engine
