#pragma once

#include <chrono>
#include <memory>

#include "api/http_server.h"
#include "api/hub.h"
#include "api/router.h"
#include "api/socketio/engine_server.h"

namespace mullion::api {

/// The door for clients of Socket.IO 5: each is a transport of the hub, and finds in its default
/// namespace what the WebSocket has. Main-bound.
///
///   WebSocket                        Socket.IO
///   {"type": "x", "a": 1}            ["x", {"a": 1}]
///   ack {ref}, error {ref, …}        the same as events, and ack({}) or ack({error: {…}})
///   a close code                     the event error {code, message, close}, then DISCONNECT
class SocketIo {
public:
    struct Options {
        engine::Options engine = {};
        /// How long a client that is in no namespace may stay.
        std::chrono::milliseconds connectTimeout = std::chrono::seconds(10);
        Connections::Options sessions = {};
        /// Of those, for clients whose token has not been seen yet: they need to hold no
        /// connection.
        Connections::Options strangers = {.max = 1000, .perAddress = 64};
    };

    /// All must outlive this.
    SocketIo(const Options& options, Hub& hub, Gate& gate, const Origins& origins, SideLoop& loop);

    /// Opens the door at `/socket.io/`.
    void open(Router& router, HttpServer& http);

    std::size_t sessionCount() const { return engine_.sessionCount(); }

private:
    class Client;

    Options options_;
    Hub& hub_;
    Gate& gate_;
    SideLoop& loop_;
    Connections places_;
    Connections strangers_;
    engine::Server engine_;
};

} // namespace mullion::api
