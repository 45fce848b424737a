#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <libsoup/soup.h>

#include "api/connections.h"
#include "api/file_stream.h"
#include "api/origins.h"
#include "api/router.h"
#include "src/base/gref.h"
#include "src/base/main_loop.h"

namespace mullion::api {

/// The door for HTTP: libsoup's server before a Router. It bounds what it reads (as much body as
/// the route takes, and the time that a request takes to come), refuses names that are not ours,
/// answers CORS, and adds the headers that every answer has. Main-bound.
class HttpServer {
public:
    struct Options {
        /// An address, or `localhost`, `0.0.0.0`, `::`.
        std::string listen = "127.0.0.1";
        /// 0 takes a free one.
        int port = 8080;
        /// How long a request may take to come, from its connection or first byte to its last.
        std::chrono::milliseconds requestTimeout = std::chrono::seconds(30);
        /// PEM files; without them we speak HTTP.
        std::string certificateFile = {};
        std::string keyFile = {};
        /// Tells browsers to come by TLS alone from now on; not with a certificate of our own.
        bool strictTransport = false;
    };

    /// Gets a connection whose handshake is done, with its place.
    using WebSocketHandler =
        std::function<void(GIOStream*, const Request& handshake, Connections::Place)>;
    /// Gets a handshake before it is done. @return what refuses it, if anything does.
    using HandshakeCheck = std::function<std::optional<Response>(const Request& handshake)>;

    /// All must outlive the server.
    HttpServer(const Router& router, const Origins& origins, Connections& connections);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Hands WebSockets opened at `path` to `handler`, which checks token and origin unless `check`
    /// has done so.
    void addWebSocket(const std::string& path, WebSocketHandler handler, HandshakeCheck check = {});

    /// @return the port, or Unavailable, saying when it is another program's; BadRequest for a
    /// certificate that is none.
    Result<int> listen(const Options& options);

    /// Reads the certificate again; connections that are there keep theirs. @return BadRequest, and
    /// then the old one stays.
    Result<void> reloadCertificate();

    bool isSecure() const { return !options_.certificateFile.empty(); }

private:
    struct Incoming;

    struct WebSocketDoor {
        WebSocketHandler handler;
        HandshakeCheck check;
    };

    void onStarted(SoupServerMessage* message);
    void onMessage(SoupServerMessage* message);
    void onHandshake(SoupServerMessage* message);
    void addHeaders(SoupServerMessage* message, const Request& request) const;
    void send(SoupServerMessage* message, const Request& request, const Response& response) const;

    const Router& router_;
    const Origins& origins_;
    Connections& connections_;
    /// Of requests with long bodies.
    Connections largeBodies_{{.max = 32, .perAddress = 16},
                             [](const std::string&) { return false; }};
    /// It changes none of what a request sees.
    mutable FileStreams files_ = {};
    GRef<SoupServer> server_;
    /// By path.
    std::map<std::string, WebSocketDoor> webSockets_ = {};
    Options options_ = {};
    /// Dies with the server; what may come later holds it weakly.
    std::shared_ptr<HttpServer*> self_;
    std::vector<SignalConnection> signals_ = {};
};

/// Whether only programs on this machine can reach an address to listen on.
bool isLoopback(const std::string& address);

} // namespace mullion::api
