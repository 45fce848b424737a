#include "src/notify/push.h"

#include <algorithm>

#include "src/base/base64url.h"
#include "src/base/gref.h"
#include "src/base/json_values.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("push");

constexpr std::size_t kMaxDocument = 8192;
constexpr std::size_t kIdLength = 22;
constexpr std::size_t kTopicLength = 32;

/// A browser that was off while somebody was missed learns of it when it is on again.
constexpr std::chrono::hours kMissedIsOfUse{24};
/// One that has shown the ring and lost its network closes it when it is back.
constexpr std::chrono::hours kEndIsOfUse{1};

constexpr const char* kMissed = "call:missed";

std::string hashOf(const std::string& text, std::size_t length) {
    const GPtr<GChecksum, g_checksum_free> hash(g_checksum_new(G_CHECKSUM_SHA256));
    g_checksum_update(hash.get(), reinterpret_cast<const guchar*>(text.data()),
                      static_cast<gssize>(text.size()));
    guint8 digest[32];
    gsize size = sizeof digest;
    g_checksum_get_digest(hash.get(), digest, &size);
    return base64Url({reinterpret_cast<char*>(digest), size}).substr(0, length);
}

/// The id by which people know it.
const std::string& idOf(const Call& call) {
    return call.roomId.empty() ? call.id : call.roomId;
}

/// How the ringing of somebody ended.
const char* endingFor(const Call& call, const std::string& userId) {
    const Participant* participant = call.find(userId);
    if (!participant) return "call:cancelled";
    if (isPresent(participant->state) || participant->state == ParticipantState::Waiting)
        return "call:answered";
    if (participant->state == ParticipantState::Rejected) return "call:rejected";
    // The end of a call makes of all who still ring people who have missed it, whatever ended it.
    const bool rangOut = !isOver(call.status) || call.status == CallStatus::Missed;
    return participant->state == ParticipantState::Missed && rangOut ? kMissed : "call:cancelled";
}

Json messageOf(const Call& call, const char* type) {
    const Participant* caller = call.find(call.createdBy);
    return {
        {"type", type},
        {"call_id", idOf(call)},
        {"caller", {{"user_id", call.createdBy}, {"name", caller ? caller->name : call.createdBy}}},
        {"title", call.title ? Json(*call.title) : Json()},
        {"call_type", call.video ? "video" : "audio"},
        {"at", formatTimestamp(now())}};
}

} // namespace

std::string documentOf(const PushSubscription& subscription) {
    return toText(
        {{"endpoint", subscription.endpoint},
         {"expires_at",
          subscription.expiresAt ? Json(formatTimestamp(*subscription.expiresAt)) : Json()},
         {"p256dh", subscription.p256dh},
         {"auth", subscription.auth}});
}

Result<PushSubscription> pushSubscriptionIn(const std::string& document) {
    const Json json = TRY(parseJson(document, kMaxDocument));
    JsonReader reader(json);
    PushSubscription subscription;
    subscription.endpoint = reader.string("endpoint", 1, kMaxDocument);
    subscription.p256dh = reader.string("p256dh", 1, kMaxDocument);
    subscription.auth = reader.string("auth", 1, kMaxDocument);
    const auto expiry = reader.optionalString("expires_at", 1, 64);
    TRY(reader.finish());
    if (expiry) subscription.expiresAt = TRY(parseTimestamp(*expiry));
    return subscription;
}

Result<std::unique_ptr<Push>> Push::create(const Options& options, Store& store, Reject reject) {
    Vapid vapid = TRY(Vapid::create(options.secret, options.subject));
    PushEndpoints endpoints = TRY(PushEndpoints::create(options.endpoints, options.allowsLoopback));
    return std::unique_ptr<Push>(
        new Push(options, std::move(vapid), std::move(endpoints), store, std::move(reject)));
}

Push::Push(const Options& options, Vapid vapid, PushEndpoints endpoints, Store& store,
           Reject reject)
    : store_(store)
    , reject_(std::move(reject))
    , vapid_(std::move(vapid))
    , endpoints_(std::move(endpoints))
    , sender_(options.sender, vapid_, endpoints_, [this](const PushMessage& message) {
        store_.put({.removedPushes = {{message.subscription, message.userId}}},
                   [](const Result<void>&) {});
    }) {}

std::string Push::idOf(const std::string& endpoint) {
    return hashOf(endpoint, kIdLength);
}

Result<PushRecord> Push::record(const std::string& userId,
                                const PushSubscription& subscription) const {
    TRY(endpoints_.check(subscription.endpoint));
    TRY(PushKeys::parse(subscription.p256dh, subscription.auth));
    return PushRecord{idOf(subscription.endpoint), userId, now(), documentOf(subscription)};
}

void Push::follow(const Call& call, const std::vector<Asked>& asked) {
    const auto known = rings_.find(mullion::idOf(call));
    if (known == rings_.end() && asked.empty()) return;
    Rung rung;
    for (const Asked& one : asked) {
        rung[one.userId] = one.until;
        if (known == rings_.end() || !known->second.contains(one.userId)) ring(call, one);
    }
    if (known != rings_.end())
        for (const auto& [user, until] : known->second)
            if (!rung.contains(user)) stop(call, user);
    if (rung.empty())
        rings_.erase(known);
    else
        rings_[mullion::idOf(call)] = std::move(rung);
}

void Push::ring(const Call& call, const Asked& asked) {
    // A ring that ran out while we were not there is only taken back.
    if (asked.until <= now()) return;
    const std::string& id = mullion::idOf(call);
    Json message = messageOf(call, "call:incoming");
    message["expires_at"] = formatTimestamp(asked.until);
    message["reject"] = reject_(id, asked.userId, asked.until);
    tell(asked.userId, id, toText(message), asked.until);
}

void Push::stop(const Call& call, const std::string& userId) {
    const char* type = endingFor(call, userId);
    const bool wasMissed = type == std::string_view(kMissed);
    tell(userId, mullion::idOf(call), toText(messageOf(call, type)),
         now() + (wasMissed ? kMissedIsOfUse : kEndIsOfUse));
}

/// The store answers in the order of the questions, so that the end of a ring follows its begin.
void Push::tell(const std::string& userId, const std::string& callId, std::string text,
                Timestamp expires) {
    store_.pushesOf(userId, [this, weak = std::weak_ptr(alive_), userId, callId,
                             text = std::move(text),
                             expires](const Result<std::vector<PushRecord>>& records) {
        if (!weak.lock()) return;
        const std::string context = "call=" + callId + " user=" + userId;
        if (!records) return kLog.warning(context, "not rung by push: " + records.error().message);
        for (const PushRecord& record : *records) {
            const auto subscription = pushSubscriptionIn(record.document);
            const auto keys = subscription
                                  ? PushKeys::parse(subscription->p256dh, subscription->auth)
                                  : Result<PushKeys>(subscription.error());
            if (!keys) {
                kLog.error(context, "a subscription is damaged: " + keys.error().message);
                continue;
            }
            if (subscription->expiresAt && *subscription->expiresAt <= now()) continue;
            sender_.send({record.id, userId, subscription->endpoint, *keys, text,
                          hashOf(callId, kTopicLength), expires, context});
        }
    });
}

} // namespace mullion
