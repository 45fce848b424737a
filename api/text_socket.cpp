// DESIGN. libsoup 3.2 queues without bound what a client does not read, and tells nobody how much
// that is. So texts wait here, and libsoup gets the next one only while the socket takes bytes. Our
// watch of the socket has a lower priority than libsoup's: when it is our turn libsoup has written
// what it had. It thus holds a text or two, and what waits here is counted.
#include "api/text_socket.h"

namespace mullion::api {

namespace {

/// libsoup cuts the connection at this size. What is smaller is read to its end, so that the client
/// gets our close code and not a reset.
constexpr std::size_t kMaxPayload = std::size_t{1024} * 1024;

/// As libsoup leaves it with a connection that it gives away.
GSocket* socketOf(GIOStream* stream) {
    return static_cast<GSocket*>(g_object_get_data(G_OBJECT(stream), "GSocket"));
}

} // namespace

TextSocket::TextSocket(GRef<SoupWebsocketConnection> socket, Connections::Place place,
                       SideLoop& loop)
    : socket_(std::move(socket))
    , place_(std::move(place))
    , loop_(loop) {}

void TextSocket::start(std::chrono::seconds keepalive, std::function<void()> onOver) {
    onOver_ = std::move(onOver);
    using Weak = std::weak_ptr<TextSocket>;
    soup_websocket_connection_set_max_incoming_payload_size(socket_.get(), kMaxPayload);
    soup_websocket_connection_set_keepalive_interval(socket_.get(),
                                                     static_cast<guint>(keepalive.count()));
    signals_.push_back(connect(socket_.get(), "message", weak_from_this(),
                               [](SoupWebsocketConnection*, int type, GBytes* message, Weak* weak) {
                                   if (const auto self = weak->lock())
                                       self->onMessage(type, message);
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

void TextSocket::send(const std::string& text) {
    if (closing_) return;
    if (unsent_.empty() && takesBytes()) return pass(text);
    unsentBytes_ += text.size();
    unsent_.push_back(text);
    const auto self = shared_from_this();
    if (unsentBytes_ > kMaxUnsent) return callbacks_.onSlow();
    if (!writing_)
        writing_ = watchFd(
            g_socket_get_fd(rawSocket()), G_IO_OUT,
            [this](GIOCondition) {
                const auto kept = shared_from_this();
                return flush();
            },
            G_PRIORITY_DEFAULT + 1, loop_.context());
}

void TextSocket::forgetUnsent() {
    unsent_.clear();
    unsentBytes_ = 0;
}

void TextSocket::close(int code, const std::string& reason) {
    closing_ = true;
    forgetUnsent();
    writing_.cancel();
    const SideLoop::Scope scope(loop_);
    // A control frame carries at most 125 bytes (RFC 6455, 5.5), of which the code takes two.
    if (soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_close(socket_.get(), static_cast<gushort>(code),
                                        reason.substr(0, 120).c_str());
}

void TextSocket::cut() {
    if (GSocket* socket = rawSocket()) g_socket_shutdown(socket, TRUE, TRUE, nullptr);
    close(SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "no sign of life");
}

std::chrono::microseconds TextSocket::silence() const {
    return std::chrono::microseconds(g_get_monotonic_time() - heardAt_);
}

/// Null once the connection is closed.
GSocket* TextSocket::rawSocket() const {
    GIOStream* stream = soup_websocket_connection_get_io_stream(socket_.get());
    return stream ? socketOf(stream) : nullptr;
}

/// Also where the socket has failed: libsoup learns of that by writing.
bool TextSocket::takesBytes() const {
    GSocket* socket = rawSocket();
    return !socket || g_socket_condition_check(socket, G_IO_OUT) != 0;
}

void TextSocket::pass(const std::string& text) {
    const SideLoop::Scope scope(loop_);
    if (soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_send_text(socket_.get(), text.c_str());
}

/// Hands on what the socket takes. @return whether something is left.
bool TextSocket::flush() {
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

void TextSocket::heard() {
    heardAt_ = g_get_monotonic_time();
}

void TextSocket::onMessage(int type, GBytes* message) {
    heard();
    if (closing_) return;
    if (type != SOUP_WEBSOCKET_DATA_TEXT)
        return close(SOUP_WEBSOCKET_CLOSE_UNSUPPORTED_DATA, "only text is understood");
    gsize size = 0;
    const auto* data = static_cast<const char*>(g_bytes_get_data(message, &size));
    if (size > kMaxMessage)
        return close(SOUP_WEBSOCKET_CLOSE_TOO_BIG, "a message has at most 262144 bytes");
    const auto self = shared_from_this();
    if (callbacks_.onText) callbacks_.onText(std::string(data, size));
}

void TextSocket::onClosed() {
    const auto self = shared_from_this();
    closing_ = true;
    writing_.cancel();
    // Who listened may go with its callbacks.
    const Callbacks callbacks = std::exchange(callbacks_, {});
    if (callbacks.onClosed) callbacks.onClosed();
    onOver_();
}

TextSockets::TextSockets(std::chrono::seconds keepalive, std::chrono::seconds patience,
                         SideLoop& loop)
    : keepalive_(keepalive)
    , patience_(patience)
    , loop_(loop) {
    reaper_ = every(patience / 3, [this] {
        // A copy: what is cut may leave the set.
        const auto sockets = sockets_;
        for (const auto& socket : sockets)
            if (socket->silence() >= patience_) socket->cut();
        return true;
    });
}

std::shared_ptr<TextSocket> TextSockets::open(GIOStream* stream, const Request& handshake,
                                              Connections::Place place) {
    if (GSocket* raw = socketOf(stream)) loop_.onNewDescriptor(g_socket_get_fd(raw));
    const SideLoop::Scope scope(loop_);
    const GPtr<GUri, g_uri_unref> uri(g_uri_build(G_URI_FLAGS_NONE, "ws", nullptr, "localhost", -1,
                                                  handshake.path.c_str(), nullptr, nullptr));
    auto connection = GRef<SoupWebsocketConnection>::adopt(soup_websocket_connection_new(
        stream, uri.get(), SOUP_WEBSOCKET_CONNECTION_SERVER, nullptr, nullptr, nullptr));
    auto socket = std::make_shared<TextSocket>(std::move(connection), std::move(place), loop_);
    sockets_.insert(socket);
    socket->start(keepalive_,
                  [this, raw = socket.get()] { sockets_.erase(raw->shared_from_this()); });
    return socket;
}

} // namespace mullion::api
