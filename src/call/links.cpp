#include "src/call/links.h"

#include "src/base/gref.h"
#include "src/base/ids.h"
#include "src/base/json_values.h"
#include "src/call/rights.h"

namespace mullion {

namespace {

constexpr int kMaxFailures = 5;
constexpr std::chrono::minutes kClosedFor{1};

Error unknown() {
    return {ErrorCode::NotFound, "this link is not known, has expired or was taken back"};
}

/// What a host sees of a link.
Json shown(const LinkRecord& link) {
    const auto document = parseJson(link.document, 4096);
    Json json = {{"code", link.code},
                 {"call_id", link.callId},
                 {"expires_at", link.expiresAt ? Json(formatTimestamp(*link.expiresAt)) : Json()}};
    json["role"] = document ? document->value("role", "participant") : "participant";
    json["pin"] = document && document->contains("pin");
    return json;
}

/// Takes as long whatever differs.
bool isSame(const std::string& a, const std::string& b) {
    unsigned char difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
        difference |= static_cast<unsigned char>(a[i] ^ b[i]);
    return difference == 0;
}

} // namespace

Links::Links(CallRegistry& registry, Store& store, std::string secret)
    : registry_(registry)
    , store_(store)
    , secret_(std::move(secret)) {}

void Links::asHost(const Principal& who, const std::string& callId, const Done& done,
                   const std::function<void()>& action) {
    const Call* call = registry_.find(callId);
    if (!call) return registry_.refuseAbsent(who, callId, done);
    if (!who.mayUse(callId))
        return done(Error{ErrorCode::NotAllowed, "the token is not for this call"});
    if (const auto host = requireHost(who, *call); !host) return done(host.error());
    action();
}

std::string Links::hashOf(const std::string& code, const std::string& pin) const {
    const std::string text = code + ':' + pin;
    const GCharPtr hash(g_compute_hmac_for_string(
        G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(secret_.data()), secret_.size(),
        text.data(), static_cast<gssize>(text.size())));
    return hash.get();
}

void Links::create(const Principal& who, const std::string& callId, const NewLink& wish,
                   const Done& done) {
    asHost(who, callId, done, [&] {
        LinkRecord link{newId(), callId, wish.expiresAt, ""};
        Json document = {{"role", name(wish.role)}, {"created_by", who.userId}};
        if (wish.pin) document["pin"] = hashOf(link.code, *wish.pin);
        link.document = toText(document);
        store_.put({.links = {link}}, [done, answer = shown(link)](const Result<void>& result) {
            if (!result) return done(result.error());
            done(answer);
        });
    });
}

void Links::list(const Principal& who, const std::string& callId, const Done& done) {
    asHost(who, callId, done, [&] {
        store_.linksOf(callId, [done](const Result<std::vector<LinkRecord>>& found) {
            if (!found) return done(found.error());
            Json links = Json::array();
            for (const LinkRecord& link : *found)
                links.push_back(shown(link));
            done(Json{{"links", std::move(links)}});
        });
    });
}

void Links::revoke(const Principal& who, const std::string& callId, const std::string& code,
                   const Done& done) {
    asHost(who, callId, done, [&] {
        store_.findLink(code, [this, callId, code, done](const Result<LinkRecord>& found) {
            if (!found) return done(found.error());
            if (found->callId != callId) return done(unknown());
            store_.put({.removedLinks = {code}}, [done](const Result<void>& result) {
                if (!result) return done(result.error());
                done(Json::object());
            });
        });
    });
}

Result<void> Links::checkPin(const LinkRecord& link, const std::string& hash,
                             const std::string& pin) {
    std::erase_if(failures_,
                  [](const auto& entry) { return entry.second.last + kClosedFor < now(); });
    const auto failed = failures_.find(link.code);
    if (failed != failures_.end() && failed->second.count >= kMaxFailures) {
        const auto left =
            std::chrono::ceil<std::chrono::seconds>(failed->second.last + kClosedFor - now());
        return Error{ErrorCode::TooManyRequests, "too many wrong PINs; wait a minute", "pin",
                     static_cast<int>(left.count())};
    }
    if (!pin.empty() && isSame(hashOf(link.code, pin), hash)) return {};
    // Asking whether there is a PIN costs no try.
    if (pin.empty()) return Error{ErrorCode::NotAllowed, "this link needs its PIN", "pin"};
    Failures& failures = failures_[link.code];
    ++failures.count;
    failures.last = now();
    return Error{ErrorCode::NotAllowed, "this is not the link's PIN", "pin"};
}

Result<Principal> Links::guestOf(const LinkRecord& link, const std::string& callId,
                                 const std::string& guestName, const std::string& pin) {
    const auto document = parseJson(link.document, 4096);
    if (!document || (!callId.empty() && link.callId != callId) || !registry_.find(link.callId))
        return unknown();
    if (document->contains("pin")) TRY(checkPin(link, (*document)["pin"].get<std::string>(), pin));
    Principal guest;
    guest.userId = "guest-" + newId();
    guest.name = guestName;
    guest.calls = std::vector<std::string>{link.callId};
    guest.roles[link.callId] = document->value("role", "participant");
    const Timestamp latest = now() + kGuestLifetime;
    guest.expiresAt = std::min(link.expiresAt.value_or(latest), latest);
    return guest;
}

void Links::redeem(const std::string& code, const std::string& callId, const std::string& guestName,
                   const std::string& pin, std::function<void(Result<Principal>)> done) {
    store_.findLink(code, [this, callId, guestName, pin, done](const Result<LinkRecord>& found) {
        if (!found)
            return done(found.error().code == ErrorCode::NotFound ? unknown() : found.error());
        done(guestOf(*found, callId, guestName, pin));
    });
}

} // namespace mullion
