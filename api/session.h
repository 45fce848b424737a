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
inline constexpr int kCloseTooSlow = 4408;
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

    /// Whether the token is good for a call; an empty id, of what is about none, is fine.
    bool mayHear(const std::string& callId) const { return callId.empty() || who_.mayUse(callId); }

    /// The connection, or null while the device is away. Not owned: it detaches before it goes.
    Transport* transport() const { return transport_; }

    void attach(Transport* transport) { transport_ = transport; }

    /// Numbers, keeps and sends an event about the call, if it is about one. `text` is one JSON
    /// object with at least one field, serialised once for all its receivers.
    void event(const std::string& callId, const std::string& text);

    /// Sends what has no number: hello, ack, error.
    void reply(const Json& message);

    /// Whether all events after `seq` are kept.
    bool canResume(std::uint64_t seq) const;
    /// Sends the events after `seq` again, but not those of calls that the token is not good for:
    /// it may be another one than when they were kept.
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
        std::string callId;
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
