#include "api/socketio/engine_server.h"

#include "src/base/ids.h"

namespace mullion::api::engine {

namespace {

const Error kFull{ErrorCode::AtCapacity, "too many clients are connected"};

/// Longer than any honest client is silent.
std::chrono::seconds patienceWith(const Options& options) {
    return std::chrono::ceil<std::chrono::seconds>(2 *
                                                   (options.pingInterval + options.pingTimeout));
}

} // namespace

Server::Server(const Options& options, Gate& gate, const Origins& origins, Connections& places,
               SideLoop& loop, MakeListener makeListener)
    : options_(options)
    , gate_(gate)
    , origins_(origins)
    , places_(places)
    , loop_(loop)
    , makeListener_(std::move(makeListener))
    , sockets_(std::chrono::seconds(0), patienceWith(options), loop) {}

/// What any request is refused with, as far as its query and origin tell.
std::optional<Response> Server::refusalFor(const Request& request, const char* transport) const {
    const std::string& origin = request.header("origin");
    if (!origin.empty() && !origins_.allow(origin, request.header("host")))
        return refusalOf(Refusal::Forbidden);
    if (request.queryValue("EIO") != "4") return refusalOf(Refusal::UnsupportedVersion);
    if (request.queryValue("transport") != transport)
        return refusalOf(request.queryValue("transport") == "websocket"
                             ? Refusal::BadRequest
                             : Refusal::UnknownTransport);
    const std::string& sid = request.queryValue("sid");
    if (!sid.empty() && !sessions_.contains(sid)) return refusalOf(Refusal::UnknownSession);
    return {};
}

Session* Server::find(const std::string& sid) const {
    const auto found = sessions_.find(sid);
    return found == sessions_.end() ? nullptr : found->second.get();
}

Session* Server::open(const std::string& address, std::shared_ptr<TextSocket> socket) {
    auto place = places_.take(address);
    if (!place) return nullptr;
    const std::string sid = newId();
    const auto session =
        std::make_shared<Session>(sid, options_, loop_, std::move(place), [this, sid] {
            const auto over = sessions_.find(sid);
            // Whoever ended it is still at work with it.
            postToMain([kept = std::move(over->second)] {});
            sessions_.erase(over);
        });
    sessions_[sid] = session;
    session->start(std::move(socket), makeListener_(*session, address));
    return session.get();
}

void Server::handle(const Request& request, const Respond& respond) {
    if (const auto refusal = refusalFor(request, "polling")) return respond(*refusal);
    const std::string& sid = request.queryValue("sid");
    if (Session* session = find(sid))
        return request.method == "GET" ? session->poll(respond)
                                       : session->post(request.rawBody, respond);
    if (request.method != "GET") return respond(refusalOf(Refusal::BadHandshakeMethod));
    Session* session = open(request.address, nullptr);
    if (!session) return respond(problem(kFull));
    session->poll(respond);
}

std::optional<Response> Server::check(const Request& handshake) {
    if (!origins_.isOurs(handshake.header("host"))) return refusalOf(Refusal::Forbidden);
    const std::string address =
        gate_.addressOf(handshake.address, handshake.header("x-forwarded-for"));
    if (const auto admitted = gate_.admit(address); !admitted) return problem(admitted.error());
    if (auto refusal = refusalFor(handshake, "websocket")) return refusal;
    const Session* session = find(handshake.queryValue("sid"));
    if (session && !session->mayUpgrade()) return refusalOf(Refusal::BadRequest);
    return {};
}

void Server::accept(GIOStream* stream, const Request& handshake, Connections::Place place) {
    const auto socket = sockets_.open(stream, handshake, std::move(place));
    const std::string& sid = handshake.queryValue("sid");
    if (sid.empty()) {
        const std::string address =
            gate_.addressOf(handshake.address, handshake.header("x-forwarded-for"));
        if (!open(address, socket)) socket->close(1013, kFull.message);
        return;
    }
    Session* session = find(sid);
    // It may be over since the check, or another WebSocket may have been faster.
    if (!session || !session->mayUpgrade())
        return socket->close(SOUP_WEBSOCKET_CLOSE_NORMAL, "there is nothing to take over");
    session->upgrade(socket);
}

} // namespace mullion::api::engine
