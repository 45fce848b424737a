#include "api/gate.h"

#include <algorithm>

#include "src/base/gref.h"
#include "src/base/ids.h"

namespace mullion::api {

namespace {

constexpr std::size_t kMaxName = 128;

Error tooMany(const char* whose) {
    return {ErrorCode::TooManyRequests, std::string("too many requests ") + whose + "; slow down"};
}

/// `, `-separated, as proxies write them.
std::vector<std::string> addressesIn(const std::string& header) {
    std::vector<std::string> addresses;
    const GPtr<char*, g_strfreev> parts(g_strsplit(header.c_str(), ",", -1));
    for (char** part = parts.get(); *part; ++part)
        if (const char* address = g_strstrip(*part); *address) addresses.emplace_back(address);
    return addresses;
}

/// Makes a service the user whom it names, if it names one.
Result<void> actForAnother(const Request& request, Principal& who) {
    const std::string& user = request.header("x-user-id");
    if (user.empty()) return {};
    if (!who.isPrivileged())
        return Error{ErrorCode::NotAllowed, "only services act for others", "x-user-id"};
    if (!isValidId(user))
        return Error{ErrorCode::BadRequest, "`X-User-Id` is not a user id", "x-user-id"};
    who.userId = user;
    const std::string& name = request.header("x-user-name");
    if (name.size() > kMaxName || !g_utf8_validate(name.c_str(), -1, nullptr))
        return Error{ErrorCode::BadRequest, "`X-User-Name` has at most 128 bytes of UTF-8",
                     "x-user-name"};
    who.name = name.empty() ? user : name;
    return {};
}

/// Whether the signature is what it stands on. It reads, and no more, but for the one deed that it
/// was made for.
bool isSigned(const Request& request, Access access) {
    const bool mayBe = access == Access::TokenOrSignature || access == Access::TokenOrSignedDeed ||
                       access == Access::Anybody;
    // Who watches by WebRTC sends an offer, and still only reads.
    const bool fits =
        access != Access::TokenOrSignature || request.method == "GET" || request.method == "HEAD";
    return mayBe && fits && !request.queryValue("sig").empty() &&
           request.header("authorization").empty() && request.header("x-api-key").empty();
}

} // namespace

Gate::Gate(Options options, const Tokens& tokens, const ApiKeys& keys, const SignedUrls& urls)
    : options_(std::move(options))
    , tokens_(tokens)
    , keys_(keys)
    , urls_(urls)
    , byUser_(options_.perUser, 3 * options_.perUser)
    , byAddress_(options_.perAddress, 3 * options_.perAddress)
    , refused_(options_.refusedPerAddress, 10 * options_.refusedPerAddress) {}

bool Gate::isProxy(const std::string& text) const {
    const auto address = GRef<GInetAddress>::adopt(g_inet_address_new_from_string(text.c_str()));
    if (!address) return false;
    return std::any_of(options_.trustedProxies.begin(), options_.trustedProxies.end(),
                       [&](const std::string& proxy) {
                           const auto mask = GRef<GInetAddressMask>::adopt(
                               g_inet_address_mask_new_from_string(proxy.c_str(), nullptr));
                           return mask && g_inet_address_mask_matches(mask.get(), address.get());
                       });
}

std::string Gate::addressOf(const std::string& peer, const std::string& forwardedFor) const {
    std::string address = peer;
    auto hops = addressesIn(forwardedFor);
    // Each proxy adds whom it was asked by; what a stranger wrote before it says nothing.
    while (!hops.empty() && isProxy(address)) {
        address = hops.back();
        hops.pop_back();
    }
    return address;
}

Result<void> Gate::admit(const std::string& address) {
    if (!byAddress_.take(address)) return tooMany("from this address");
    return {};
}

Result<Principal> Gate::holderOf(const Request& request) const {
    const std::string& header = request.header("authorization");
    if (header.empty()) {
        if (const std::string& key = request.header("x-api-key"); !key.empty())
            return keys_.verify(key);
        return Error{ErrorCode::Unauthenticated, "an `Authorization: Bearer` token is needed"};
    }
    if (g_ascii_strncasecmp(header.c_str(), "Bearer ", 7) != 0)
        return Error{ErrorCode::Unauthenticated, "only `Authorization: Bearer` is known"};
    const std::string_view secret = std::string_view(header).substr(7);
    return ApiKeys::looksLikeOne(secret) ? keys_.verify(secret) : tokens_.verify(secret);
}

Result<Principal> Gate::identify(const Request& request, Access access) {
    if (access == Access::Anybody && request.queryValue("sig").empty() &&
        request.header("authorization").empty() && request.header("x-api-key").empty())
        return Principal{};
    // Before the signature is looked at: that is what guessing costs us.
    if (!refused_.has(request.address)) return tooMany("without a good token");
    const bool bySignature = isSigned(request, access);
    auto who =
        bySignature ? urls_.verify(request.path, request.queryValue("sig")) : holderOf(request);
    if (!who) {
        refused_.take(request.address);
        return who;
    }
    // Who has a service's signature is no service.
    if (!bySignature) TRY(actForAnother(request, *who));
    if (!who->isPrivileged() && !byUser_.take(who->userId)) return tooMany("by this user");
    return who;
}

Result<Principal> Gate::identifyDevice(const std::string& address, const std::string& token) {
    TRY(admit(address));
    if (!refused_.has(address)) return tooMany("without a good token");
    auto who = tokens_.verify(token);
    if (!who) refused_.take(address);
    return who;
}

} // namespace mullion::api
