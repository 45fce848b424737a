#include "api/websocket.h"

namespace mullion::api {

namespace {

/// How many pings may stay without any sign of life.
constexpr int kMaxSilentPings = 3;

} // namespace

/// One device. Its socket keeps it, and goes last.
class WebSockets::Connection : public Transport {
public:
    explicit Connection(TextSocket& socket)
        : socket_(socket) {}

    void send(const std::string& text) override { socket_.send(text); }

    void close(int code, const std::string& reason) override { socket_.close(code, reason); }

private:
    TextSocket& socket_;
};

WebSockets::WebSockets(Hub& hub, Gate& gate, const Origins& origins, SideLoop& loop)
    : hub_(hub)
    , gate_(gate)
    , origins_(origins)
    , sockets_(hub.ping(), hub.ping() * kMaxSilentPings, loop) {}

void WebSockets::accept(GIOStream* stream, const Request& handshake, Connections::Place place) {
    const auto socket = sockets_.open(stream, handshake, std::move(place));
    const auto connection = std::make_shared<Connection>(*socket);
    socket->listen(
        {[this, connection](const std::string& text) { hub_.receive(*connection, text); },
         [this, connection] { hub_.dropSlow(*connection); },
         [this, connection] { hub_.disconnect(*connection); }});
    const std::string& host = handshake.header("host");
    if (!origins_.isOurs(host))
        return connection->close(kCloseOrigin, "this server does not go by this name");
    // Programs other than browsers send no origin.
    const std::string& origin = handshake.header("origin");
    if (!origin.empty() && !origins_.allow(origin, host))
        return connection->close(kCloseOrigin, "this origin is not allowed");
    const std::string address =
        gate_.addressOf(handshake.address, handshake.header("x-forwarded-for"));
    auto who = gate_.identifyDevice(address, handshake.queryValue("access_token"));
    if (!who)
        return connection->close(who.error().code == ErrorCode::TooManyRequests ? kCloseTooFast
                                                                                : kCloseToken,
                                 who.error().message);
    hub_.connect(*connection, std::move(*who));
}

} // namespace mullion::api
