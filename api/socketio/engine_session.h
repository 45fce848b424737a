#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "api/connections.h"
#include "api/http.h"
#include "api/socketio/engine_packet.h"
#include "api/text_socket.h"
#include "src/base/main_loop.h"
#include "src/base/side_loop.h"

namespace mullion::api::engine {

struct Options {
    /// How long after a sign of life a client is asked for the next.
    std::chrono::milliseconds pingInterval = std::chrono::seconds(20);
    /// How long it has for that.
    std::chrono::milliseconds pingTimeout = std::chrono::seconds(20);
    /// How long a WebSocket that is to take over from polling may take.
    std::chrono::milliseconds upgradeTimeout = std::chrono::seconds(10);
    /// How long the last words wait for a poll that takes them.
    std::chrono::milliseconds closeTimeout = std::chrono::seconds(20);
};

/// The one who speaks over a session.
class Listener {
public:
    virtual ~Listener() = default;
    virtual void onMessage(std::string_view text) = 0;
    /// More than kMaxUnsent waits for the client.
    virtual void onSlow() = 0;
    /// Once, unless it has called finish(). Nothing comes after.
    virtual void onClosed() = 0;
};

/// One client's connection of Engine.IO 4, by polling, by a WebSocket, or first by the one and then
/// by the other. Main-bound.
///
/// open ─finish()▶ closing: what was sent waits for its poll ─taken, or closeTimeout─▶ closed
///  └─ the client closes, is silent, or breaks the protocol ──────────────────────────▶ closed
class Session : public std::enable_shared_from_this<Session> {
public:
    /// `onOver` is called once when the session is closed. Timers are in `loop`.
    Session(std::string sid, const Options& options, SideLoop& loop, Connections::Place place,
            std::function<void()> onOver);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Begins: by `socket`, or by polling where it is null. `listener` lives until the session does
    /// not.
    void start(std::shared_ptr<TextSocket> socket, std::unique_ptr<Listener> listener);

    const std::string& sid() const { return sid_; }

    // For the listener.

    void send(std::string_view message);
    /// Ends the session once the client has what was sent. A WebSocket gets `code` and `reason`.
    void finish(int code, const std::string& reason);
    /// Ends it at once, without last words; the listener knows.
    void drop();
    /// Forgets what waits for a client that does not read.
    void forgetUnsent();

    // What the client does.

    /// Waits for packets. A second poll ends the session: it is a client that has lost count.
    void poll(const Respond& respond);
    void post(std::string_view body, const Respond& respond);

    /// Whether a WebSocket may try to take over.
    bool mayUpgrade() const { return state_ == State::Open && !socket_ && !candidate_; }

    void upgrade(const std::shared_ptr<TextSocket>& socket);

private:
    enum class State { Open, Closing, Closed };

    void listenTo(const std::shared_ptr<TextSocket>& socket);
    void take(const Packet& packet);
    void onProbe(TextSocket& candidate, const std::string& text);
    void takeOver();
    void dropCandidate();
    void write(const std::string& packet);
    void flush();
    void answerPoll(std::string body);
    void sayClose();
    void scheduleFlush();
    void schedulePing();
    void awaitPong();
    void end();

    std::string sid_;
    Options options_;
    SideLoop& loop_;
    Connections::Place place_;
    std::function<void()> onOver_;
    std::unique_ptr<Listener> listener_ = {};
    State state_ = State::Open;
    /// Null while polling.
    std::shared_ptr<TextSocket> socket_ = {};
    /// The WebSocket that is to take over, and whether it has proved to work.
    std::shared_ptr<TextSocket> candidate_ = {};
    bool probed_ = false;
    /// Awaits packets; empty between two polls.
    Respond poll_ = {};
    std::string unsent_ = {};
    bool closeSaid_ = false;
    bool awaitsPong_ = false;
    Source heartbeat_ = {};
    Source flushing_ = {};
    Source upgrading_ = {};
};

/// What the HTTP requests of Engine.IO are refused with.
enum class Refusal {
    UnknownTransport = 0,
    UnknownSession = 1,
    BadHandshakeMethod = 2,
    BadRequest = 3,
    Forbidden = 4,
    UnsupportedVersion = 5,
};

/// `{code, message}`, as clients know it from the reference server.
Response refusalOf(Refusal refusal);

} // namespace mullion::api::engine
