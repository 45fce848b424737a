#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "src/auth/principal.h"
#include "src/base/json_values.h"
#include "src/base/main_loop.h"

namespace mullion::api {

/// One connection that carries texts to a device. Main-bound.
class Transport {
public:
    virtual ~Transport() = default;
    virtual void send(const std::string& text) = 0;
    /// The peer gets `code` and `reason`; nothing is sent or received after.
    virtual void close(int code, const std::string& reason) = 0;
};

/// Close codes of the interface.
inline constexpr int kCloseToken = 4401;
inline constexpr int kCloseOrigin = 4403;
inline constexpr int kCloseReplaced = 4409;
inline constexpr int kCloseTooFast = 4429;

/// A device of a user, which outlives its connection for a while: events are numbered and the last
/// ones kept, so that who comes back gets what he missed. Main-bound.
class Session {
public:
    Session(std::string id, Principal who)
        : id_(std::move(id))
        , who_(std::move(who)) {}

    const std::string& id() const { return id_; }

    const Principal& who() const { return who_; }

    /// A renewed token of the same user.
    void renew(Principal who) { who_ = std::move(who); }

    /// The connection, or null while the device is away. Not owned: it detaches before it goes.
    Transport* transport() const { return transport_; }

    void attach(Transport* transport) { transport_ = transport; }

    /// Numbers, keeps and sends an event. `text` is one JSON object with at least one field,
    /// serialised once for all its receivers.
    void event(const std::string& text);

    /// Sends what has no number: hello, ack, error.
    void reply(const Json& message);

    /// Whether all events after `seq` are kept.
    bool canResume(std::uint64_t seq) const;
    /// Sends the events after `seq` again.
    void replay(std::uint64_t seq);

    /// Takes one message from the client's allowance. @return whether there was one left.
    bool takeAllowance();

    /// What ends the session: the token's expiry while connected, the time away otherwise.
    Source ending = {};
    /// The client's last figures.
    Json stats = {};

private:
    struct Kept {
        std::uint64_t seq;
        std::string text;
    };

    std::string id_;
    Principal who_;
    Transport* transport_ = nullptr;
    std::uint64_t seq_ = 0;
    std::deque<Kept> kept_ = {};
    std::size_t keptBytes_ = 0;
    double allowance_ = 0;
    std::int64_t allowanceAt_ = 0;
};

} // namespace mullion::api
