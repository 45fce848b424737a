#include "api/socketio/socket_io.h"

#include <algorithm>
#include <deque>

#include "api/socketio/socket_packet.h"
#include "src/base/error_names.h"
#include "src/base/ids.h"
#include "src/base/log.h"

namespace mullion::api {

namespace {

constexpr Log kLog("socketio");

/// After so many CONNECTs that are refused the connection ends.
constexpr int kMaxRefused = 10;
/// As the WebSocket has it.
constexpr std::size_t kMaxRef = 128;

/// As many acknowledgements may be owed; the oldest is forgotten for one more.
constexpr std::size_t kMaxOwed = 512;

/// Begins the `ref`s that stand for acknowledgements. They are nobody else's: no client sees them.
constexpr char kOwn = '\x01';

/// What a close code of the WebSocket is called among the codes of errors.
ErrorCode codeOf(int closeCode) {
    switch (closeCode) {
    case kCloseToken:
        return ErrorCode::Unauthenticated;
    case kCloseOrigin:
        return ErrorCode::NotAllowed;
    case kCloseReplaced:
        return ErrorCode::Conflict;
    case kCloseTooFast:
        return ErrorCode::TooManyRequests;
    case kCloseTooSlow:
        return ErrorCode::TooLarge;
    case SOUP_WEBSOCKET_CLOSE_UNSUPPORTED_DATA:
        return ErrorCode::UnsupportedMedia;
    default:
        return ErrorCode::BadRequest;
    }
}

std::string refOf(const Json& message) {
    const auto ref = message.find("ref");
    return ref != message.end() && ref->is_string() ? ref->get<std::string>() : "";
}

} // namespace

/// A client over its connection of Engine.IO, which keeps it.
///
/// waiting ─CONNECT▶ connected │ ─DISCONNECT▶ waiting │ ─connectTimeout▶ gone
class SocketIo::Client : public engine::Listener, public Transport {
public:
    Client(SocketIo& owner, engine::Session& session, std::string address)
        : owner_(owner)
        , session_(session)
        , address_(std::move(address)) {
        awaitConnect();
    }

    void send(const std::string& text) override {
        // Ours, and so an object with a type.
        Json message = Json::parse(text, nullptr, /*allow_exceptions=*/false);
        const auto type = message["type"].get<std::string>();
        message.erase("type");
        if (refOf(message).starts_with(kOwn)) return acknowledge(type, std::move(message));
        emit(type, message);
    }

    void close(int code, const std::string& reason) override {
        connected_ = false;
        // What it has not read it will not read now.
        if (code == kCloseTooSlow) session_.forgetUnsent();
        emit("error", {{"code", name(codeOf(code))}, {"message", reason}, {"close", code}});
        // A client that was disconnected stays away; one that was slow is to come back by itself.
        if (code != kCloseTooSlow) session_.send(socketio::disconnectPacket());
        session_.finish(code, reason);
    }

    void onMessage(std::string_view text) override {
        auto packet = socketio::readPacket(text);
        if (!packet) {
            kLog.debug("sid=" + session_.sid(), packet.error().message);
            return refuseAll(1007, packet.error().message);
        }
        using Type = socketio::PacketType;
        if (packet->type == Type::BinaryEvent || packet->type == Type::BinaryAck)
            return refuseAll(SOUP_WEBSOCKET_CLOSE_UNSUPPORTED_DATA,
                             "binary data is not understood");
        if (packet->nsp != socketio::kDefaultNamespace) return onForeign(*packet);
        if (packet->type == Type::Connect) return onConnect(packet->data);
        if (!connected_) return refuseAll(1008, "connect to the namespace `/` first");
        if (packet->type == Type::Event) return onEvent(*packet);
        if (packet->type == Type::Disconnect) return onDisconnect();
        // Nothing of ours asks for an acknowledgement.
    }

    void onSlow() override {
        if (connected_) return owner_.hub_.dropSlow(*this);
        refuseAll(kCloseTooSlow, "you read too slowly");
    }

    void onClosed() override { leave(); }

private:
    /// An acknowledgement.
    struct Owed {
        /// The `ref` that stands for it.
        std::string own;
        std::uint64_t id;
        /// The client's, if its message had one as well.
        std::string ref;
    };

    void awaitConnect() {
        stranger_ = owner_.strangers_.take(address_);
        const auto patience =
            stranger_ ? owner_.options_.connectTimeout : std::chrono::milliseconds(0);
        waiting_ = after(
            patience, [this] { session_.drop(); }, owner_.loop_.context());
    }

    void leave() {
        if (!std::exchange(connected_, false)) return;
        owed_.clear();
        owner_.hub_.disconnect(*this);
    }

    /// Ends the connection, and says why to whom it speaks to.
    void refuseAll(int code, const std::string& reason) {
        const bool was = connected_;
        leave();
        if (was) return close(code, reason);
        session_.finish(code, reason);
    }

    void refuse(const std::string& nsp, const Error& error) {
        session_.send(socketio::connectErrorPacket(nsp, error));
        if (++refused_ >= kMaxRefused) session_.finish(1008, "refused too often");
    }

    void onForeign(const socketio::Packet& packet) {
        if (packet.type == socketio::PacketType::Connect)
            refuse(packet.nsp, {ErrorCode::NotFound, "there is no namespace but `/`"});
        else if (packet.type != socketio::PacketType::Disconnect)
            refuseAll(1008, "there is no namespace but `/`");
    }

    void onConnect(const Json& auth) {
        if (connected_) return refuseAll(1008, "connected twice");
        const auto token = auth.is_object() ? auth.find("token") : auth.end();
        const bool given = token != auth.end() && token->is_string();
        auto who = owner_.gate_.identifyDevice(address_, given ? token->get<std::string>() : "");
        if (!who) return refuse(socketio::kDefaultNamespace, who.error());
        waiting_.cancel();
        stranger_.reset();
        connected_ = true;
        session_.send(socketio::connectPacket(newId()));
        owner_.hub_.connect(*this, std::move(*who));
    }

    void onDisconnect() {
        leave();
        awaitConnect();
    }

    void onEvent(const socketio::Packet& packet) {
        auto message = messageFrom(packet);
        std::string ref = message ? refOf(*message) : "";
        if (packet.id) {
            const std::string own = kOwn + session_.sid() + std::to_string(++owedCount_);
            owe({own, *packet.id, ref});
            if (message) (*message)["ref"] = own;
            ref = own;
        }
        owner_.hub_.receive(*this, message, ref);
    }

    /// What the WebSocket would have brought.
    static Result<Json> messageFrom(const socketio::Packet& packet) {
        Json message = Json::object();
        if (packet.data.size() > 1) message = packet.data[1];
        if (packet.data.size() > 2 || !message.is_object())
            return Error{ErrorCode::BadRequest, "an event has one argument, an object"};
        if (message.contains("type"))
            return Error{ErrorCode::BadRequest, "the event's name is the `type`", "type"};
        const auto ref = message.find("ref");
        const std::string given = refOf(message);
        if (ref != message.end() && (!ref->is_string() || given.empty() || given.size() > kMaxRef ||
                                     given.starts_with(kOwn)))
            return Error{ErrorCode::BadRequest,
                         "`ref` must be 1 to 128 bytes without control characters", "ref"};
        message["type"] = packet.data[0];
        return message;
    }

    void owe(Owed owed) {
        if (owed_.size() >= kMaxOwed) owed_.pop_front();
        owed_.push_back(std::move(owed));
    }

    /// The outcome of a message of which an acknowledgement was asked for.
    void acknowledge(const std::string& type, Json message) {
        const auto found =
            std::find_if(owed_.begin(), owed_.end(),
                         [own = refOf(message)](const Owed& owed) { return owed.own == own; });
        // Asked for over another connection, whose session this one has taken up.
        if (found == owed_.end()) return;
        const Owed owed = std::move(*found);
        owed_.erase(found);
        message.erase("ref");
        const bool good = type == "ack";
        session_.send(
            socketio::ackPacket(owed.id, good ? Json::object() : Json({{"error", message}})));
        if (owed.ref.empty()) return;
        message["ref"] = owed.ref;
        emit(type, message);
    }

    void emit(const std::string& event, const Json& argument) {
        session_.send(socketio::eventPacket(event, argument));
    }

    SocketIo& owner_;
    engine::Session& session_;
    std::string address_;
    bool connected_ = false;
    int refused_ = 0;
    Source waiting_ = {};
    /// Until it has shown a token.
    Connections::Place stranger_ = {};
    std::deque<Owed> owed_ = {};
    std::uint64_t owedCount_ = 0;
};

SocketIo::SocketIo(const Options& options, Hub& hub, Gate& gate, const Origins& origins,
                   SideLoop& loop)
    : options_(options)
    , hub_(hub)
    , gate_(gate)
    , loop_(loop)
    , places_(options.sessions, [](const std::string&) { return false; })
    , strangers_(options.strangers, [](const std::string&) { return false; })
    , engine_(options.engine, gate, origins, places_, loop,
              [this](engine::Session& session, const std::string& address) {
                  return std::make_unique<Client>(*this, session, address);
              }) {}

void SocketIo::open(Router& router, HttpServer& http) {
    // Clients ask for either, by their option `addTrailingSlash`.
    for (const char* path : {"/socket.io/", "/socket.io"}) {
        const auto handle = [this](const Request& request, const Respond& respond) {
            engine_.handle(request, respond);
        };
        router.add("GET", path, Access::Everybody, handle);
        router.add("POST", path, Access::Everybody, handle, {{"text/plain"}, kMaxMessage});
        http.addWebSocket(
            path,
            [this](GIOStream* stream, const Request& handshake, Connections::Place place) {
                engine_.accept(stream, handshake, std::move(place));
            },
            [this](const Request& handshake) { return engine_.check(handshake); });
    }
}

} // namespace mullion::api
