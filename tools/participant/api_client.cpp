#include "tools/participant/api_client.h"

#include "src/base/json_values.h"

namespace mullion::participant {

namespace {

constexpr std::size_t kMaxBody = 4 << 20;

struct Request {
    GRef<SoupMessage> message;
    ApiClient::Reply reply;
};

Result<Json> readReply(SoupMessage* message, GBytes* body) {
    gsize size = 0;
    const auto* data = static_cast<const char*>(g_bytes_get_data(body, &size));
    const auto status = soup_message_get_status(message);
    if (size == 0 && status == 204) return Json();
    auto json = parseJson(std::string_view(data, size), kMaxBody);
    if (SOUP_STATUS_IS_SUCCESSFUL(status)) return json;
    const auto text = [&](const char* field) {
        return json && json->is_object() && (*json)[field].is_string()
                   ? (*json)[field].get<std::string>()
                   : "";
    };
    return Error{ErrorCode::Unavailable,
                 std::to_string(status) + ' ' + text("code") + ": " + text("detail")};
}

} // namespace

Result<std::string> findServer(const std::string& address) {
    constexpr unsigned kPatienceSeconds = 10;
    const std::string server = address.substr(0, address.find_last_not_of('/') + 1);
    const auto message =
        GRef<SoupMessage>::adopt(soup_message_new("GET", (server + "/healthz").c_str()));
    if (!message || !(server.starts_with("http://") || server.starts_with("https://")))
        return Error{ErrorCode::BadRequest,
                     "--server takes an address such as http://127.0.0.1:8080, not `" + address +
                         '`'};
    const auto session = GRef<SoupSession>::adopt(
        soup_session_new_with_options("timeout", kPatienceSeconds, nullptr));
    GError* raw = nullptr;
    const GBytesPtr body(soup_session_send_and_read(session.get(), message.get(), nullptr, &raw));
    const GErrorPtr error(raw);
    if (error)
        return Error{ErrorCode::Unavailable,
                     "nothing answers at " + server + ": " + error->message};
    if (const auto status = soup_message_get_status(message.get());
        !SOUP_STATUS_IS_SUCCESSFUL(status))
        return Error{ErrorCode::Unavailable, "no mulliond answers at " + server +
                                                 ": /healthz says " + std::to_string(status)};
    return server;
}

std::shared_ptr<ApiClient> ApiClient::create(std::string server) {
    return std::shared_ptr<ApiClient>(new ApiClient(std::move(server)));
}

ApiClient::ApiClient(std::string server)
    : server_(std::move(server))
    , session_(GRef<SoupSession>::adopt(soup_session_new())) {}

ApiClient::~ApiClient() {
    signals_.clear();
    if (socket_ && soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_close(socket_.get(), SOUP_WEBSOCKET_CLOSE_NORMAL, nullptr);
}

void ApiClient::post(const std::string& path, const Json& body, Reply reply) {
    auto message = GRef<SoupMessage>::adopt(
        soup_message_new("POST", (server_ + "/api/webrtc" + path).c_str()));
    if (!message) return reply(Error{ErrorCode::BadRequest, "not an address: " + server_});
    auto* headers = soup_message_get_request_headers(message.get());
    if (!token_.empty())
        soup_message_headers_append(headers, "Authorization", ("Bearer " + token_).c_str());
    if (!body.is_null()) {
        const std::string text = toText(body);
        const GBytesPtr bytes(g_bytes_new(text.data(), text.size()));
        soup_message_set_request_body_from_bytes(message.get(), "application/json", bytes.get());
    }
    soup_session_send_and_read_async(
        session_.get(), message.get(), G_PRIORITY_DEFAULT, nullptr,
        [](GObject* session, GAsyncResult* result, void* data) {
            const std::unique_ptr<Request> request(static_cast<Request*>(data));
            GError* raw = nullptr;
            const GBytesPtr bytes(
                soup_session_send_and_read_finish(SOUP_SESSION(session), result, &raw));
            const GErrorPtr error(raw);
            request->reply(error ? Result<Json>(Error{ErrorCode::Unavailable, error->message})
                                 : readReply(request->message.get(), bytes.get()));
        },
        new Request{message, std::move(reply)});
}

void ApiClient::connect(std::function<void()> onOpen, std::function<void(const Json&)> onMessage,
                        std::function<void(const std::string&)> onClosed) {
    signals_.clear();
    socket_.reset();
    onMessage_ = std::move(onMessage);
    onClosed_ = std::move(onClosed);
    const GCharPtr token(g_uri_escape_string(token_.c_str(), nullptr, FALSE));
    const auto message = GRef<SoupMessage>::adopt(
        soup_message_new("GET", (server_ + "/api/webrtc/ws?access_token=" + token.get()).c_str()));

    struct Opening {
        std::weak_ptr<ApiClient> self;
        std::function<void()> onOpen;
    };

    soup_session_websocket_connect_async(
        session_.get(), message.get(), nullptr, nullptr, G_PRIORITY_DEFAULT, nullptr,
        [](GObject* session, GAsyncResult* result, void* data) {
            const std::unique_ptr<Opening> opening(static_cast<Opening*>(data));
            GError* raw = nullptr;
            auto socket = GRef<SoupWebsocketConnection>::adopt(
                soup_session_websocket_connect_finish(SOUP_SESSION(session), result, &raw));
            const GErrorPtr error(raw);
            const auto self = opening->self.lock();
            if (!self) return;
            if (!socket) return self->onClosed_(error->message);
            self->socket_ = socket;
            soup_websocket_connection_set_max_incoming_payload_size(socket.get(), kMaxBody);
            self->signals_.push_back(mullion::connect(
                socket.get(), "message", self->weak_from_this(),
                [](SoupWebsocketConnection*, int, GBytes* bytes, void* weak) {
                    const auto client = static_cast<std::weak_ptr<ApiClient>*>(weak)->lock();
                    if (!client) return;
                    gsize size = 0;
                    const auto* text = static_cast<const char*>(g_bytes_get_data(bytes, &size));
                    if (const auto json = parseJson(std::string_view(text, size), kMaxBody))
                        client->onMessage_(*json);
                }));
            self->signals_.push_back(mullion::connect(
                socket.get(), "closed", self->weak_from_this(),
                [](SoupWebsocketConnection* closed, void* weak) {
                    const auto client = static_cast<std::weak_ptr<ApiClient>*>(weak)->lock();
                    if (!client) return;
                    client->onClosed_(
                        "closed with " +
                        std::to_string(soup_websocket_connection_get_close_code(closed)));
                }));
            opening->onOpen();
        },
        new Opening{weak_from_this(), std::move(onOpen)});
}

void ApiClient::send(const Json& message) {
    if (socket_ && soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_send_text(socket_.get(), toText(message).c_str());
}

} // namespace mullion::participant
