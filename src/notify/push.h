#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/call/ports.h"
#include "src/notify/push_sender.h"
#include "src/store/store.h"

namespace mullion {

/// What a browser gave for its subscription, as `PushSubscription.toJSON()` has it.
struct PushSubscription {
    std::string endpoint;
    /// Until when it is good; nothing: until it is ended.
    std::optional<Timestamp> expiresAt = {};
    /// base64url.
    std::string p256dh;
    std::string auth;
};

/// Rings people whose page is closed, by Web Push: every browser in which somebody has subscribed
/// gets a message when he is rung, and another one when that is over. Main-bound.
///
/// A message is JSON, which the service worker of the page understands:
///
///     {type, call_id, caller: {user_id, name}, title, call_type, at}
///
/// `call:incoming` also has `expires_at` and `reject`, the path of a request that says no for him
/// and needs no token. The others, which stop the ringing, are `call:answered`, `call:rejected`,
/// `call:cancelled` and `call:missed`.
class Push : public RingWatch {
public:
    struct Options {
        /// The private key; see Vapid.
        std::string secret = {};
        std::string subject = {};
        /// See PushEndpoints.
        std::vector<std::string> endpoints = {};
        bool allowsLoopback = false;
        PushSender::Options sender = {};
    };

    /// Makes the path by which `userId` says no to a call until then.
    using Reject = std::function<std::string(const std::string& callId, const std::string& userId,
                                             Timestamp until)>;

    /// `store` outlives it. @return BadRequest for a wrong key or endpoint.
    static Result<std::unique_ptr<Push>> create(const Options& options, Store& store,
                                                Reject reject);

    /// What a page gives `pushManager.subscribe()`.
    std::string key() const { return vapid_.publicKey(); }

    /// The record to be stored of a user's subscription. Its id is the endpoint's, always the same.
    /// @return BadRequest or NotAllowed, with the field.
    Result<PushRecord> record(const std::string& userId,
                              const PushSubscription& subscription) const;
    static std::string idOf(const std::string& endpoint);

    PushSender::Figures figures() const { return sender_.figures(); }

    void follow(const Call& call, const std::vector<Asked>& asked) override;

private:
    /// The people whom a call rings, and until when.
    using Rung = std::map<std::string, Timestamp>;

    Push(const Options& options, Vapid vapid, PushEndpoints endpoints, Store& store, Reject reject);
    void ring(const Call& call, const Asked& asked);
    void stop(const Call& call, const std::string& userId);
    void tell(const std::string& userId, const std::string& callId, std::string text,
              Timestamp expires);

    Store& store_;
    Reject reject_;
    Vapid vapid_;
    PushEndpoints endpoints_;
    /// By call; of a permanent room by the room's id.
    std::map<std::string, Rung> rings_ = {};
    /// What the store answers asks for it.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    PushSender sender_;
};

/// A stored subscription, and back. @return Internal for a document that is none of ours.
std::string documentOf(const PushSubscription& subscription);
Result<PushSubscription> pushSubscriptionIn(const std::string& document);

} // namespace mullion
