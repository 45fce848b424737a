#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/session.h"
#include "src/auth/tokens.h"
#include "src/base/side_loop.h"
#include "src/call/ports.h"

namespace mullion::api {

/// Every device that is connected, or was a moment ago, and the way of events to them. Main-bound.
///
/// connect() ─hello▶ attached ─disconnect()▶ away ─resume▶ attached │ ─30 s▶ gone
class Hub : public EventSink {
public:
    struct Options {
        /// How long a device that is away finds its session again.
        std::chrono::milliseconds away = std::chrono::seconds(30);
        /// How often devices are asked whether they live.
        std::chrono::seconds ping{20};
        std::size_t maxSessionsPerUser = 16;
    };

    /// What the hub asks others about; set once, before the first device.
    struct Callbacks {
        /// A user's device is coming; before its hello.
        std::function<void(const std::string& userId)> onDevice;
        /// The last of a user's devices has gone, and does not come back to its session.
        std::function<void(const std::string& userId)> onGone;
        /// The calls for a hello.
        std::function<Json(const Principal&)> callsOf;
        /// A device is there; after its hello.
        std::function<void(const Session&)> onGreeted;
        /// A client's message that is not about the connection itself.
        std::function<void(Session&, const Json&)> onMessage;
    };

    /// Both must outlive the hub. Its sessions' timers are in `loop`: there are as many as devices.
    Hub(Options options, const Tokens& tokens, SideLoop& loop);
    ~Hub() override;

    void attach(Callbacks callbacks) { callbacks_ = std::move(callbacks); }

    /// A device has come, whose token is checked. @return its session.
    Session& connect(Transport& transport, Principal who);
    /// The transport has gone, by itself or by close().
    void disconnect(Transport& transport);
    /// The transport's peer does not read what it is sent: ends the connection with 4408; the
    /// session is away and can be resumed.
    void dropSlow(Transport& transport);
    /// One text from the transport.
    void receive(Transport& transport, const std::string& text);
    /// The same of a transport that speaks another way: the message, or why it is none, under the
    /// client's `ref` where it has one.
    void receive(Transport& transport, const Result<Json>& message, const std::string& ref = {});

    void publish(const std::vector<std::string>& users, const Json& event) override;

    void tell(const std::string& userId, const Json& event) override { publish({userId}, event); }

    void sendTo(const std::string& session, const std::string& userId, const Json& event) override;
    void answer(const std::string& session, const std::string& ref,
                const Result<void>& result) override;
    bool isOnline(const std::string& userId) const override;

    std::chrono::seconds ping() const { return options_.ping; }

    /// What the devices in a call last said of themselves, each with its `user_id`.
    Json statsOf(const std::string& callId) const;

    std::size_t sessionCount() const { return sessions_.size(); }

    /// How many connections dropSlow() ended.
    int slowClients() const { return slowClients_; }

private:
    Session& add(Principal who);
    void remove(Session& session);
    void greet(Session& session);
    void scheduleExpiry(Session& session);
    void close(Session& session, int code, const std::string& reason);
    void resume(Session& session, const Json& message);
    void renew(Session& session, const Json& message);

    Options options_;
    const Tokens& tokens_;
    SideLoop& loop_;
    Callbacks callbacks_ = {};
    std::unordered_map<std::string, std::unique_ptr<Session>> sessions_ = {};
    std::unordered_map<std::string, std::vector<Session*>> sessionsOfUser_ = {};
    std::unordered_map<Transport*, Session*> byTransport_ = {};
    int slowClients_ = 0;
};

/// `ack {ref}` or `error {ref, code, message}`; an error without `ref` where there is none.
void answerRef(Session& session, const std::string& ref, const Result<void>& result);

} // namespace mullion::api
