// DESIGN. libsoup reads each body into memory before it calls the handler. That is switched off for
// every message when its headers have come; chunks are collected here, up to what the route takes,
// and what is more is read and forgotten, up to kMaxForgotten, after which the connection is cut. A
// handler may answer later: the message is paused meanwhile.
//
// What is no HTTP libsoup refuses by itself, without a word to us: it sets the status and sends
// what stands in the message as the answer. So the refusal stands there from the start, and is
// taken away when the headers turn out to be good.
#include "api/http_server.h"

#include "src/base/log.h"
#include "src/base/object_data.h"

namespace mullion::api {

/// What has come of one request's body.
struct HttpServer::Incoming {
    std::string bytes = {};
    std::size_t size = 0;
    /// How much of it may come.
    std::size_t limit = 0;
    /// Whether the client has its answer, or has gone without.
    bool over = false;
    /// Until when the request has to be here.
    Source deadline = {};
    std::vector<SignalConnection> signals = {};
    /// Of the connection, which waits for this request or answers it.
    Connections::Place place = {};
    /// Of a long body, while it is in memory.
    Connections::Place large = {};
    /// Too many long ones were coming in.
    bool crowded = false;
    /// What of the connection only we free; see leakedSocketOf().
    GRef<GSocket> socket = {};
    /// What `limit` is, once the headers have come.
    std::function<std::size_t(SoupServerMessage*)> limitOf = {};
};

namespace {

constexpr Log kLog("http");
/// Longer ones take a place: all that come in at a time are in memory.
constexpr std::size_t kLargeBody = std::size_t{256} * 1024;
/// Beyond the limit: so much is read and forgotten, for the client to hear why.
constexpr std::size_t kMaxForgotten = std::size_t{4} * 1024 * 1024;
constexpr const char* kIncoming = "mullion-incoming";

/// libsoup before 3.3.0 never frees a connection that the client closes while it is idle, so there
/// each answer is the connection's last (https://gitlab.gnome.org/GNOME/libsoup/-/commit/d20c6601).
/// Debian 12 has 3.2.
bool leaksIdleConnections() {
    return !soup_check_version(3, 3, 0);
}

/// libsoup before 3.4.0 never gives back its listener's reference to the socket of a connection
/// (https://gitlab.gnome.org/GNOME/libsoup/-/commit/b545d5f0), some 350 bytes for each. Here it is,
/// once.
GRef<GSocket> leakedSocketOf(SoupServerMessage* message) {
    constexpr const char* kTaken = "mullion-taken";
    GSocket* socket = soup_server_message_get_socket(message);
    if (soup_check_version(3, 4, 0) || !socket || g_object_get_data(G_OBJECT(socket), kTaken))
        return {};
    g_object_set_data(G_OBJECT(socket), kTaken, socket);
    return GRef<GSocket>::adopt(socket);
}

Request requestFrom(SoupServerMessage* message) {
    Request request;
    request.method = soup_server_message_get_method(message);
    GUri* uri = soup_server_message_get_uri(message);
    request.path = g_uri_get_path(uri);
    if (const char* query = g_uri_get_query(uri)) {
        const GPtr<GHashTable, g_hash_table_unref> values(soup_form_decode(query));
        GHashTableIter iterator;
        g_hash_table_iter_init(&iterator, values.get());
        for (void *name, *value; g_hash_table_iter_next(&iterator, &name, &value);)
            if (g_utf8_validate(static_cast<char*>(value), -1, nullptr))
                request.query[static_cast<char*>(name)] = static_cast<char*>(value);
    }
    SoupMessageHeadersIter headers;
    soup_message_headers_iter_init(&headers, soup_server_message_get_request_headers(message));
    for (const char *name, *value; soup_message_headers_iter_next(&headers, &name, &value);) {
        const GCharPtr lower(g_ascii_strdown(name, -1));
        request.headers[lower.get()] = value;
    }
    return request;
}

/// The address at the other end of the connection.
std::string peerOf(SoupServerMessage* message) {
    GSocketAddress* address = soup_server_message_get_remote_address(message);
    if (!G_IS_INET_SOCKET_ADDRESS(address)) return "";
    const GCharPtr text(g_inet_address_to_string(
        g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address))));
    return text.get();
}

/// Writes an answer into the message; what other answer there was is forgotten.
void write(SoupServerMessage* message, const Response& response) {
    auto* headers = soup_server_message_get_response_headers(message);
    for (const auto& [name, value] : response.headers)
        soup_message_headers_replace(headers, name.c_str(), value.c_str());
    soup_message_headers_replace(headers, "X-Content-Type-Options", "nosniff");
    soup_message_headers_replace(headers, "Referrer-Policy", "no-referrer");
    if (!soup_message_headers_get_one(headers, "Content-Security-Policy"))
        soup_message_headers_replace(headers, "Content-Security-Policy",
                                     "default-src 'none'; frame-ancestors 'none'");
    if (!soup_message_headers_get_one(headers, "Cache-Control"))
        soup_message_headers_replace(headers, "Cache-Control", "no-store");
    if (leaksIdleConnections()) soup_message_headers_replace(headers, "Connection", "close");
    soup_message_body_truncate(soup_server_message_get_response_body(message));
    if (response.file)
        soup_message_headers_set_content_type(headers, response.contentType.c_str(), nullptr);
    else if (!response.contentType.empty())
        soup_server_message_set_response(message, response.contentType.c_str(), SOUP_MEMORY_COPY,
                                         response.body.data(), response.body.size());
}

/// Takes back what write() left.
void forgetAnswer(SoupServerMessage* message) {
    auto* headers = soup_server_message_get_response_headers(message);
    for (const char* name :
         {"Cache-Control", "Connection", "Content-Security-Policy", "Content-Type"})
        soup_message_headers_remove(headers, name);
    soup_message_body_truncate(soup_server_message_get_response_body(message));
}

/// Ends the connection, which libsoup notices by itself.
void cut(SoupServerMessage* message) {
    if (GSocket* socket = soup_server_message_get_socket(message))
        g_socket_shutdown(socket, TRUE, TRUE, nullptr);
}

} // namespace

HttpServer::HttpServer(const Router& router, const Origins& origins, Connections& connections)
    : router_(router)
    , origins_(origins)
    , connections_(connections)
    , server_(GRef<SoupServer>::adopt(
          soup_server_new("server-header", "mullion", "raw-paths", TRUE, nullptr)))
    , self_(std::make_shared<HttpServer*>(this)) {
    using Self = std::weak_ptr<HttpServer*>;
    signals_.push_back(connect(server_.get(), "request-started", Self(self_),
                               [](SoupServer*, SoupServerMessage* message, Self* self) {
                                   if (const auto strong = self->lock())
                                       (*strong)->onStarted(message);
                               }));
    for (const char* end : {"request-finished", "request-aborted"})
        signals_.push_back(connect(
            server_.get(), end, Self(self_), [](SoupServer*, SoupServerMessage* message, Self*) {
                const auto incoming = attachedData<Incoming>(message, kIncoming);
                if (incoming) incoming->over = true;
            }));
    soup_server_add_handler(
        server_.get(), nullptr,
        [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, void* self) {
            static_cast<HttpServer*>(self)->onMessage(message);
        },
        this, nullptr);
}

HttpServer::~HttpServer() {
    soup_server_disconnect(server_.get());
}

void HttpServer::onStarted(SoupServerMessage* message) {
    using Weak = std::weak_ptr<Incoming>;
    auto incoming = std::make_shared<Incoming>();
    incoming->socket = leakedSocketOf(message);
    incoming->place = connections_.take(peerOf(message));
    if (!incoming->place) return cut(message);
    write(message, problem({ErrorCode::BadRequest, "this is no HTTP/1.1 request to a valid URL"}));
    incoming->limitOf = [weak = std::weak_ptr(self_), in = Weak(incoming)](auto* started) {
        const auto self = weak.lock();
        const auto strong = in.lock();
        if (!self || !strong) return std::size_t{0};
        const std::size_t limit = (*self)->router_.bodyLimit(requestFrom(started));
        if (limit <= kLargeBody) return limit;
        strong->large = (*self)->largeBodies_.take(peerOf(started));
        strong->crowded = !strong->large;
        return strong->large ? limit : BodyRule::kMaxBody;
    };
    incoming->deadline = after(options_.requestTimeout, [message] {
        kLog.debug("", "a request took too long to come");
        cut(message);
    });
    incoming->signals.push_back(
        connect(message, "got-headers", Weak(incoming), [](SoupServerMessage* started, Weak* weak) {
            if (const auto strong = weak->lock()) strong->limit = strong->limitOf(started);
            soup_message_body_set_accumulate(soup_server_message_get_request_body(started), FALSE);
            // libsoup refuses absolute URLs of other schemes only now.
            if (soup_server_message_get_status(started) == 0) forgetAnswer(started);
        }));
    incoming->signals.push_back(
        connect(message, "got-body", Weak(incoming), [](SoupServerMessage*, Weak* weak) {
            if (const auto strong = weak->lock()) strong->deadline.cancel();
        }));
    incoming->signals.push_back(connect(message, "got-chunk", Weak(incoming),
                                        [](SoupServerMessage* started, GBytes* chunk, Weak* weak) {
                                            const auto strong = weak->lock();
                                            if (!strong) return;
                                            gsize size = 0;
                                            const auto* data = static_cast<const char*>(
                                                g_bytes_get_data(chunk, &size));
                                            strong->size += size;
                                            if (strong->size <= strong->limit)
                                                strong->bytes.append(data, size);
                                            else
                                                strong->bytes.clear();
                                            if (strong->size > strong->limit + kMaxForgotten)
                                                cut(started);
                                        }));
    // Not every message that was started also ends, but each is freed.
    attachData(message, kIncoming, std::move(incoming));
}

void HttpServer::onMessage(SoupServerMessage* message) {
    Request request = requestFrom(message);
    const auto incoming = attachedData<Incoming>(message, kIncoming);
    if (incoming && incoming->crowded && incoming->size > incoming->limit)
        return send(message, request,
                    problem({ErrorCode::AtCapacity,
                             "too many long bodies come in at the moment; try again"}));
    if (!incoming || incoming->size > incoming->limit)
        return send(message, request,
                    problem({ErrorCode::TooLarge,
                             "this body has at most " +
                                 std::to_string(incoming ? incoming->limit : 0) + " bytes"}));
    request.rawBody = std::move(incoming->bytes);
    request.address = peerOf(message);
    const std::string& host = request.header("host");
    if (!origins_.isOurs(host))
        return send(message, request,
                    problem({ErrorCode::NotAllowed,
                             "this server does not go by the name `" + host.substr(0, 255) +
                                 "`; server.public_names has those it knows"}));
    const std::string& origin = request.header("origin");
    if (request.method == "OPTIONS" && !origin.empty() && origins_.allow(origin, host))
        return send(message, request, {204, "", "", {}});

    auto held = GRef<SoupServerMessage>::share(message);
    const Request summary{request.method, request.path, {}, {}, request.headers};
    enum class Answer { Pending, Given, Awaited };
    const auto answer = std::make_shared<Answer>(Answer::Pending);
    router_.handle(std::move(request), [weak = std::weak_ptr(self_), held, summary, answer,
                                        incoming](const Response& response) {
        const auto self = weak.lock();
        // The client may have gone meanwhile.
        incoming->large.reset();
        if (!self || incoming->over) return;
        (*self)->send(held.get(), summary, response);
        if (*answer == Answer::Awaited) soup_server_message_unpause(held.get());
        *answer = Answer::Given;
    });
    if (*answer == Answer::Given) return;
    *answer = Answer::Awaited;
    soup_server_message_pause(message);
}

void HttpServer::addHeaders(SoupServerMessage* message, const Request& request) const {
    auto* headers = soup_server_message_get_response_headers(message);
    // RFC 6797.
    if (options_.strictTransport)
        soup_message_headers_replace(headers, "Strict-Transport-Security", "max-age=31536000");
    const std::string& origin = request.header("origin");
    if (origin.empty()) return;
    soup_message_headers_append(headers, "Vary", "Origin");
    if (!origins_.allow(origin, request.header("host"))) return;
    soup_message_headers_replace(headers, "Access-Control-Allow-Origin", origin.c_str());
    soup_message_headers_replace(headers, "Access-Control-Expose-Headers",
                                 "Content-Range, ETag, Location, Retry-After");
    if (request.method != "OPTIONS") return;
    soup_message_headers_replace(headers, "Access-Control-Allow-Methods",
                                 "GET, POST, PUT, PATCH, DELETE");
    soup_message_headers_replace(
        headers, "Access-Control-Allow-Headers",
        "Authorization, Content-Type, Idempotency-Key, Range, X-Api-Key, X-User-Id, "
        "X-User-Name");
    soup_message_headers_replace(headers, "Access-Control-Max-Age", "600");
}

void HttpServer::send(SoupServerMessage* message, const Request& request,
                      const Response& response) const {
    addHeaders(message, request);
    write(message, response);
    if (response.file) files_.send(message, *response.file);
    // libsoup has no words for it.
    constexpr int kTooMany = 429;
    soup_server_message_set_status(message, static_cast<guint>(response.status),
                                   response.status == kTooMany ? "Too Many Requests" : nullptr);
    kLog.debug(request.method + ' ' + request.path, std::to_string(response.status));
}

void HttpServer::addWebSocket(const std::string& path, WebSocketHandler handler,
                              HandshakeCheck check) {
    webSockets_[path] = {std::move(handler), std::move(check)};
    soup_server_add_handler(
        server_.get(), path.c_str(),
        [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, void* self) {
            static_cast<HttpServer*>(self)->onHandshake(message);
        },
        this, nullptr);
}

/// Shakes hands ourselves: libsoup's own handler makes the connection before it asks us where its
/// sources are to be attached.
void HttpServer::onHandshake(SoupServerMessage* message) {
    auto* headers = soup_server_message_get_request_headers(message);
    const auto door = webSockets_.find(g_uri_get_path(soup_server_message_get_uri(message)));
    // The same path without an upgrade, and paths below it, are ordinary requests.
    if (!soup_message_headers_header_contains(headers, "Upgrade", "websocket") ||
        door == webSockets_.end())
        return onMessage(message);
    if (door->second.check) {
        Request handshake = requestFrom(message);
        handshake.address = peerOf(message);
        if (const auto refusal = door->second.check(handshake))
            return send(message, handshake, *refusal);
    }
    // Refused, it has its answer. No extension: compression of what strangers send costs memory and
    // time that they choose.
    if (!soup_websocket_server_process_handshake(message, nullptr, nullptr, nullptr, nullptr))
        return;
    const auto incoming = attachedData<Incoming>(message, kIncoming);
    incoming->signals.push_back(
        connect(message, "wrote-informational", std::weak_ptr(self_),
                [](SoupServerMessage* upgraded, std::weak_ptr<HttpServer*>* weak) {
                    const auto self = weak->lock();
                    if (!self) return;
                    const auto held = GRef<SoupServerMessage>::share(upgraded);
                    Request handshake = requestFrom(upgraded);
                    handshake.address = peerOf(upgraded);
                    const auto ended = attachedData<Incoming>(upgraded, kIncoming);
                    const auto stream =
                        GRef<GIOStream>::adopt(soup_server_message_steal_connection(upgraded));
                    const auto& handler = (*self)->webSockets_.at(handshake.path).handler;
                    handler(stream.get(), handshake, std::move(ended->place));
                }));
}

} // namespace mullion::api
