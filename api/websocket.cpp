// DESIGN. libsoup 3.2 queues without bound what a client does not read, and tells nobody how much
// that is. So texts wait here, and libsoup gets the next one only while the socket takes bytes. Our
// watch of the socket has a lower priority than libsoup's: when it is our turn libsoup has written
// what it had. It thus holds a text or two, and what waits here is counted.
#include "api/websocket.h"

#include <deque>

namespace mullion::api {

namespace {

constexpr std::size_t kMaxMessage = std::size_t{256} * 1024;

/// libsoup cuts the connection at this size. What is smaller is read to its end, so that the client
/// gets our close code and not a reset.
constexpr std::size_t kMaxPayload = std::size_t{1024} * 1024;

/// What may wait for a client that reads slowly: more than a session is ever sent at once.
constexpr std::size_t kMaxUnsent = std::size_t{1024} * 1024;

/// How many pings may stay without any sign of life.
constexpr int kMaxSilentPings = 3;

/// As libsoup leaves it with a connection that it gives away.
GSocket* socketOf(GIOStream* stream) {
    return static_cast<GSocket*>(g_object_get_data(G_OBJECT(stream), "GSocket"));
}

} // namespace

/// One connection. It is kept by WebSockets until libsoup says that it is closed.
class WebSockets::Connection : public Transport, public std::enable_shared_from_this<Connection> {
public:
    Connection(WebSockets& owner, GRef<SoupWebsocketConnection> socket, Connections::Place place)
        : owner_(owner)
        , socket_(std::move(socket))
        , place_(std::move(place)) {}

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
        if (closing_) return;
        if (unsent_.empty() && takesBytes()) return pass(text);
        unsentBytes_ += text.size();
        unsent_.push_back(text);
        if (unsentBytes_ > kMaxUnsent) return owner_.hub_.dropSlow(*this);
        if (!writing_)
            writing_ = watchFd(
                g_socket_get_fd(rawSocket()), G_IO_OUT,
                [this](GIOCondition) {
                    const auto self = shared_from_this();
                    return flush();
                },
                G_PRIORITY_DEFAULT + 1, owner_.loop_.context());
    }

    void close(int code, const std::string& reason) override {
        closing_ = true;
        unsent_.clear();
        writing_.cancel();
        const SideLoop::Scope scope(owner_.loop_);
        // A control frame carries at most 125 bytes (RFC 6455, 5.5), of which the code takes two.
        if (soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
            soup_websocket_connection_close(socket_.get(), static_cast<gushort>(code),
                                            reason.substr(0, 120).c_str());
    }

    /// Cuts a connection whose other end is gone or reads nothing: what is queued for it is freed.
    void reapIfSilent() {
        const auto silence = std::chrono::microseconds(g_get_monotonic_time() - heardAt_);
        if (silence < owner_.hub_.ping() * kMaxSilentPings) return;
        if (GSocket* socket = rawSocket()) g_socket_shutdown(socket, TRUE, TRUE, nullptr);
        close(SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "no sign of life");
    }

private:
    /// Null once the connection is closed.
    GSocket* rawSocket() const {
        GIOStream* stream = soup_websocket_connection_get_io_stream(socket_.get());
        return stream ? socketOf(stream) : nullptr;
    }

    /// Also where the socket has failed: libsoup learns of that by writing.
    bool takesBytes() const {
        GSocket* socket = rawSocket();
        return !socket || g_socket_condition_check(socket, G_IO_OUT) != 0;
    }

    void pass(const std::string& text) {
        const SideLoop::Scope scope(owner_.loop_);
        if (soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
            soup_websocket_connection_send_text(socket_.get(), text.c_str());
    }

    /// Hands on what the socket takes. @return whether something is left.
    bool flush() {
        while (!unsent_.empty() && takesBytes()) {
            const std::string text = std::move(unsent_.front());
            unsent_.pop_front();
            unsentBytes_ -= text.size();
            pass(text);
        }
        if (!unsent_.empty()) return true;
        // The source ends with this return; forget its id first.
        writing_ = Source();
        return false;
    }

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
        writing_.cancel();
        owner_.hub_.disconnect(*this);
        owner_.connections_.erase(self);
    }

    WebSockets& owner_;
    GRef<SoupWebsocketConnection> socket_;
    Connections::Place place_;
    std::vector<SignalConnection> signals_ = {};
    bool closing_ = false;
    std::deque<std::string> unsent_ = {};
    std::size_t unsentBytes_ = 0;
    Source writing_ = {};
    std::int64_t heardAt_ = g_get_monotonic_time();
};

WebSockets::WebSockets(Hub& hub, Gate& gate, const Origins& origins, SideLoop& loop)
    : hub_(hub)
    , gate_(gate)
    , origins_(origins)
    , loop_(loop) {
    reaper_ = every(hub.ping(), [this] {
        // A copy: what is cut may leave the set.
        const auto connections = connections_;
        for (const auto& connection : connections)
            connection->reapIfSilent();
        return true;
    });
}

WebSockets::~WebSockets() = default;

void WebSockets::accept(GIOStream* stream, const Request& handshake, Connections::Place place) {
    if (GSocket* raw = socketOf(stream)) loop_.onNewDescriptor(g_socket_get_fd(raw));
    const SideLoop::Scope scope(loop_);
    const GPtr<GUri, g_uri_unref> uri(g_uri_build(G_URI_FLAGS_NONE, "ws", nullptr, "localhost", -1,
                                                  handshake.path.c_str(), nullptr, nullptr));
    auto socket = GRef<SoupWebsocketConnection>::adopt(soup_websocket_connection_new(
        stream, uri.get(), SOUP_WEBSOCKET_CONNECTION_SERVER, nullptr, nullptr, nullptr));
    const auto connection =
        std::make_shared<Connection>(*this, std::move(socket), std::move(place));
    connections_.insert(connection);
    connection->start();
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
