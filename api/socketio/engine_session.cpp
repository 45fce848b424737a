// DESIGN. Packets that cannot go at once wait in unsent_, joined as the next poll will get them.
// A poll is answered a turn of the loop after the first packet for it, so that what belongs
// together goes together. While a WebSocket tries to take over, polls are answered at once, by a
// noop if need be: the client waits for that before it changes. What is sent between waits for the
// WebSocket.
//
// A listener is freed with its session, and a session by its server a turn after it is over:
// whoever is at work with one or the other comes back to something that is there.
#include "api/socketio/engine_session.h"

#include <array>

#include "src/base/log.h"

namespace mullion::api::engine {

namespace {

constexpr Log kLog("socketio");

Response payload(std::string body) {
    return {200, "text/plain; charset=UTF-8", std::move(body), {}};
}

} // namespace

Response refusalOf(Refusal refusal) {
    constexpr std::array kMessages = {
        "Transport unknown", "Session ID unknown", "Bad handshake method",
        "Bad request",       "Forbidden",          "Unsupported protocol version"};
    const auto code = static_cast<std::size_t>(refusal);
    return Response::json(refusal == Refusal::Forbidden ? 403 : 400,
                          {{"code", code}, {"message", kMessages[code]}});
}

Session::Session(std::string sid, const Options& options, SideLoop& loop, Connections::Place place,
                 std::function<void()> onOver)
    : sid_(std::move(sid))
    , options_(options)
    , loop_(loop)
    , place_(std::move(place))
    , onOver_(std::move(onOver)) {}

void Session::start(std::shared_ptr<TextSocket> socket, std::unique_ptr<Listener> listener) {
    listener_ = std::move(listener);
    socket_ = std::move(socket);
    if (socket_) listenTo(socket_);
    Json upgrades = Json::array();
    if (!socket_) upgrades.push_back("websocket");
    write(written(PacketType::Open, toText({{"sid", sid_},
                                            {"upgrades", std::move(upgrades)},
                                            {"pingInterval", options_.pingInterval.count()},
                                            {"pingTimeout", options_.pingTimeout.count()},
                                            {"maxPayload", kMaxMessage}})));
    schedulePing();
}

void Session::listenTo(const std::shared_ptr<TextSocket>& socket) {
    socket->listen({[this, self = weak_from_this(), raw = socket.get()](const std::string& text) {
                        const auto kept = self.lock();
                        if (!kept || state_ == State::Closed) return;
                        if (raw == candidate_.get()) return onProbe(*raw, text);
                        if (raw != socket_.get()) return;
                        const auto packet = readPacket(text);
                        if (packet) return take(*packet);
                        kLog.debug("sid=" + sid_, packet.error().message);
                        end();
                    },
                    [this, self = weak_from_this()] {
                        const auto kept = self.lock();
                        if (kept && state_ == State::Open) listener_->onSlow();
                    },
                    [this, self = weak_from_this(), raw = socket.get()] {
                        const auto kept = self.lock();
                        if (!kept) return;
                        if (raw == candidate_.get()) dropCandidate();
                        if (raw == socket_.get()) end();
                    }});
}

void Session::send(std::string_view message) {
    if (state_ == State::Open) write(written(PacketType::Message, message));
}

void Session::write(const std::string& packet) {
    if (socket_) return socket_->send(packet);
    if (!unsent_.empty()) unsent_ += kSeparator;
    unsent_ += packet;
    if (poll_) return scheduleFlush();
    if (unsent_.size() <= kMaxUnsent || state_ != State::Open) return;
    listener_->onSlow();
}

void Session::forgetUnsent() {
    unsent_.clear();
    if (socket_) socket_->forgetUnsent();
}

void Session::finish(int code, const std::string& reason) {
    if (state_ != State::Open) return;
    state_ = State::Closing;
    dropCandidate();
    if (socket_) {
        socket_->close(code, reason);
        return end();
    }
    if (unsent_.empty()) sayClose();
    heartbeat_ = after(
        options_.closeTimeout, [this] { end(); }, loop_.context());
}

void Session::drop() {
    if (state_ != State::Open) return;
    state_ = State::Closing;
    end();
}

/// By polling, the last packet. It stands alone: clients forget at once what came with it.
void Session::sayClose() {
    closeSaid_ = true;
    write(written(PacketType::Close));
}

void Session::scheduleFlush() {
    if (!flushing_) flushing_ = after(std::chrono::milliseconds(0), [this] { flush(); });
}

void Session::flush() {
    flushing_.cancel();
    if (!poll_ || unsent_.empty()) return;
    answerPoll(std::exchange(unsent_, {}));
    if (closeSaid_) end();
}

void Session::answerPoll(std::string body) {
    if (const Respond respond = std::exchange(poll_, {})) respond(payload(std::move(body)));
}

void Session::poll(const Respond& respond) {
    if (socket_ || state_ == State::Closed) return respond(refusalOf(Refusal::BadRequest));
    if (poll_) {
        respond(refusalOf(Refusal::BadRequest));
        kLog.debug("sid=" + sid_, "closed: two polls at once");
        return end();
    }
    poll_ = respond;
    if (state_ == State::Closing && unsent_.empty()) sayClose();
    if (!unsent_.empty()) return flush();
    if (probed_) answerPoll(written(PacketType::Noop));
}

void Session::post(std::string_view body, const Respond& respond) {
    if (socket_ || state_ == State::Closed) return respond(refusalOf(Refusal::BadRequest));
    const auto packets = readPayload(body);
    if (!packets) {
        kLog.debug("sid=" + sid_, packets.error().message);
        respond(refusalOf(Refusal::BadRequest));
        return end();
    }
    for (const Packet& packet : *packets)
        take(packet);
    respond(payload("ok"));
}

/// One packet of the transport that counts.
void Session::take(const Packet& packet) {
    if (state_ == State::Closing && packet.type == PacketType::Close) return end();
    if (state_ != State::Open) return;
    switch (packet.type) {
    case PacketType::Message:
        // A client that speaks is alive.
        if (awaitsPong_) awaitPong();
        return listener_->onMessage(packet.data);
    case PacketType::Pong:
        return schedulePing();
    case PacketType::Noop:
        return;
    default:
        // The client closes, says what is ours to say, or sends bytes that nobody announced.
        return end();
    }
}

void Session::schedulePing() {
    awaitsPong_ = false;
    heartbeat_ = after(
        options_.pingInterval,
        [this] {
            awaitsPong_ = true;
            write(written(PacketType::Ping));
            if (state_ == State::Open) awaitPong();
        },
        loop_.context());
}

void Session::awaitPong() {
    heartbeat_ = after(
        options_.pingTimeout,
        [this] {
            kLog.debug("sid=" + sid_, "closed: no sign of life");
            if (socket_) socket_->cut();
            end();
        },
        loop_.context());
}

void Session::upgrade(const std::shared_ptr<TextSocket>& socket) {
    candidate_ = socket;
    listenTo(socket);
    upgrading_ = after(
        options_.upgradeTimeout, [this] { dropCandidate(); }, loop_.context());
}

void Session::onProbe(TextSocket& candidate, const std::string& text) {
    if (!probed_ && text == "2probe") {
        probed_ = true;
        candidate.send("3probe");
        if (poll_)
            answerPoll(unsent_.empty() ? written(PacketType::Noop) : std::exchange(unsent_, {}));
    } else if (probed_ && text == "5") {
        takeOver();
    } else {
        dropCandidate();
    }
}

void Session::takeOver() {
    upgrading_.cancel();
    flushing_.cancel();
    socket_ = std::exchange(candidate_, {});
    answerPoll(written(PacketType::Noop));
    std::string waiting = std::exchange(unsent_, {});
    std::string_view rest = waiting;
    // Each packet in a frame of its own.
    while (!rest.empty()) {
        const auto end = rest.find(kSeparator);
        socket_->send(std::string(rest.substr(0, end)));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
}

void Session::dropCandidate() {
    upgrading_.cancel();
    probed_ = false;
    if (const auto candidate = std::exchange(candidate_, {}))
        candidate->close(SOUP_WEBSOCKET_CLOSE_NORMAL, "polling goes on");
}

void Session::end() {
    if (state_ == State::Closed) return;
    const bool told = state_ == State::Closing;
    state_ = State::Closed;
    heartbeat_.cancel();
    flushing_.cancel();
    dropCandidate();
    answerPoll(written(PacketType::Close));
    unsent_.clear();
    if (socket_) socket_->close(SOUP_WEBSOCKET_CLOSE_NORMAL, "");
    if (!told) listener_->onClosed();
    onOver_();
}

} // namespace mullion::api::engine
