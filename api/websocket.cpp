#include "api/websocket.h"

namespace mullion::api {

namespace {

constexpr std::size_t kMaxMessage = 256 * 1024;

/// libsoup cuts the connection at this size. What is smaller is read to its end, so that the client
/// gets our close code and not a reset.
constexpr std::size_t kMaxPayload = 1024 * 1024;

/// How many pings may stay without any sign of life.
constexpr int kMaxSilentPings = 3;

} // namespace

/// One connection. It is kept by WebSockets until libsoup says that it is closed.
class WebSockets::Connection : public Transport, public std::enable_shared_from_this<Connection> {
public:
    Connection(WebSockets& owner, SoupWebsocketConnection* socket)
        : owner_(owner)
        , socket_(GRef<SoupWebsocketConnection>::share(socket)) {}

    void start() {
        using Weak = std::weak_ptr<Connection>;
        soup_websocket_connection_set_max_incoming_payload_size(socket_.get(), kMaxPayload);
        soup_websocket_connection_set_keepalive_interval(
            socket_.get(), static_cast<guint>(owner_.hub_.ping().count()));
        signals_.push_back(
            connect(socket_.get(), "message", weak_from_this(),
                    [](SoupWebsocketConnection*, int type, GBytes* message, Weak* weak) {
                        if (const auto self = weak->lock()) self->onMessage(type, message);
                    }));
        signals_.push_back(connect(socket_.get(), "pong", weak_from_this(),
                                   [](SoupWebsocketConnection*, GBytes*, Weak* weak) {
                                       if (const auto self = weak->lock()) self->heard();
                                   }));
        signals_.push_back(connect(socket_.get(), "closed", weak_from_this(),
                                   [](SoupWebsocketConnection*, Weak* weak) {
                                       if (const auto self = weak->lock()) self->onClosed();
                                   }));
    }

    void send(const std::string& text) override {
        if (soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
            soup_websocket_connection_send_text(socket_.get(), text.c_str());
    }

    void close(int code, const std::string& reason) override {
        closing_ = true;
        // A control frame carries at most 125 bytes (RFC 6455, 5.5), of which the code takes two.
        if (soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
            soup_websocket_connection_close(socket_.get(), static_cast<gushort>(code),
                                            reason.substr(0, 120).c_str());
    }

    /// Cuts a connection whose other end is gone or reads nothing: what is queued for it is freed.
    void reapIfSilent() {
        const auto silence = std::chrono::microseconds(g_get_monotonic_time() - heardAt_);
        if (silence < owner_.hub_.ping() * kMaxSilentPings) return;
        GIOStream* stream = soup_websocket_connection_get_io_stream(socket_.get());
        if (G_IS_SOCKET_CONNECTION(stream))
            g_socket_shutdown(g_socket_connection_get_socket(G_SOCKET_CONNECTION(stream)), TRUE,
                              TRUE, nullptr);
        close(SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "no sign of life");
    }

private:
    void heard() { heardAt_ = g_get_monotonic_time(); }

    void onMessage(int type, GBytes* message) {
        heard();
        if (closing_) return;
        if (type != SOUP_WEBSOCKET_DATA_TEXT)
            return close(SOUP_WEBSOCKET_CLOSE_UNSUPPORTED_DATA, "only text is understood");
        gsize size = 0;
        const auto* data = static_cast<const char*>(g_bytes_get_data(message, &size));
        if (size > kMaxMessage)
            return close(SOUP_WEBSOCKET_CLOSE_TOO_BIG, "a message has at most 262144 bytes");
        const auto self = shared_from_this();
        owner_.hub_.receive(*this, std::string(data, size));
    }

    void onClosed() {
        const auto self = shared_from_this();
        owner_.hub_.disconnect(*this);
        owner_.connections_.erase(self);
    }

    WebSockets& owner_;
    GRef<SoupWebsocketConnection> socket_;
    std::vector<SignalConnection> signals_ = {};
    bool closing_ = false;
    std::int64_t heardAt_ = g_get_monotonic_time();
};

WebSockets::WebSockets(Hub& hub, const Origins& origins)
    : hub_(hub)
    , origins_(origins) {
    reaper_ = every(hub.ping(), [this] {
        // A copy: what is cut may leave the set.
        const auto connections = connections_;
        for (const auto& connection : connections)
            connection->reapIfSilent();
        return true;
    });
}

WebSockets::~WebSockets() = default;

void WebSockets::accept(SoupWebsocketConnection* socket, const Request& handshake) {
    const auto connection = std::make_shared<Connection>(*this, socket);
    connections_.insert(connection);
    connection->start();
    const std::string& host = handshake.header("host");
    if (!origins_.isOurs(host))
        return connection->close(kCloseOrigin, "this server does not go by this name");
    // Programs other than browsers send no origin.
    const std::string& origin = handshake.header("origin");
    if (!origin.empty() && !origins_.allow(origin, host))
        return connection->close(kCloseOrigin, "this origin is not allowed");
    hub_.connect(*connection, handshake.queryValue("access_token"));
}

} // namespace mullion::api
