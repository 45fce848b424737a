#pragma once

#include "src/call/ports.h"
#include "src/notify/webhooks.h"

namespace mullion {

/// Tells what happens in calls to webhooks first, whose outbox keeps it, and then to devices.
/// Main-bound.
class Announcer : public EventSink {
public:
    /// Both outlive it.
    Announcer(Webhooks& webhooks, EventSink& devices)
        : webhooks_(webhooks)
        , devices_(devices) {}

    void publish(const std::vector<std::string>& users, const Json& event) override {
        webhooks_.take(event);
        devices_.publish(users, event);
    }

    void tell(const std::string& userId, const Json& event) override {
        devices_.tell(userId, event);
    }

    void sendTo(const std::string& session, const std::string& userId, const Json& event) override {
        devices_.sendTo(session, userId, event);
    }

    void answer(const std::string& session, const std::string& ref,
                const Result<void>& result) override {
        devices_.answer(session, ref, result);
    }

    bool isOnline(const std::string& userId) const override { return devices_.isOnline(userId); }

private:
    Webhooks& webhooks_;
    EventSink& devices_;
};

} // namespace mullion
