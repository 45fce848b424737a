#include "src/auth/signed_urls.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>
#include <vector>

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "src/base/base64url.h"
#include "src/base/ids.h"

namespace mullion {

namespace {

/// Another use of the secret needs another label; another format of signatures, too.
constexpr std::string_view kKeyLabel = "mullion signed urls 1";

/// Ours are shorter. What strangers send is hashed, once for each of its segments at most.
constexpr std::size_t kMaxSignature = 512;
constexpr std::size_t kMaxPath = 1024;
constexpr int kMaxDepth = 16;
/// Of digits, which is enough for the next 30,000 years.
constexpr std::size_t kMaxExpiry = 12;

std::string hmac(std::string_view key, std::string_view text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
    return {reinterpret_cast<char*>(digest), size};
}

/// Takes as long wherever the two differ.
bool isSame(std::string_view one, std::string_view other) {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

struct Parts {
    std::string_view expiry;
    std::string_view user;
    std::string_view mac;
};

/// Only how it is written: what it says is true when the MAC is.
std::optional<Parts> partsOf(std::string_view signature) {
    if (signature.size() > kMaxSignature) return {};
    const auto first = signature.find('.');
    const auto last = signature.rfind('.');
    if (first == std::string_view::npos) return {};
    Parts parts{signature.substr(0, first), {}, signature.substr(last + 1)};
    if (last != first) {
        parts.user = signature.substr(first + 1, last - first - 1);
        // One that is there but empty would be signed as one that is not.
        if (parts.user.empty() || parts.user.find('.') != std::string_view::npos) return {};
    }
    const bool isNumber = !parts.expiry.empty() && parts.expiry.size() <= kMaxExpiry &&
                          parts.expiry.find_first_not_of("0123456789") == std::string_view::npos;
    return isNumber ? std::optional(parts) : std::nullopt;
}

} // namespace

SignedUrls::SignedUrls(std::string_view secret)
    : key_(hmac(secret, kKeyLabel)) {}

std::string SignedUrls::macOf(std::string_view expiry, std::string_view user,
                              std::string_view path) const {
    // None but the path, which is the last, can have a line feed in it.
    std::string text(expiry);
    text.append("\n").append(user).append("\n").append(path);
    return base64Url(hmac(key_, text));
}

Timestamp SignedUrls::expiryFor(const Principal& who, Timestamp expiry) {
    return std::chrono::floor<std::chrono::seconds>(std::min(expiry, who.expiresAt));
}

std::string SignedUrls::sign(std::string_view path, const Principal& who, Timestamp expiry) const {
    assert(path.size() > 1 && path.front() == '/');
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(expiryFor(who, expiry).time_since_epoch());
    const std::string until = std::to_string(std::max<std::int64_t>(seconds.count(), 0));
    const std::string user = who.isPrivileged() ? "" : base64Url(who.userId);
    return until + (user.empty() ? "" : "." + user) + '.' + macOf(until, user, path);
}

bool SignedUrls::covers(std::string_view path, std::string_view expiry, std::string_view user,
                        std::string_view mac) const {
    if (isSame(mac, macOf(expiry, user, path))) return true;
    // From the last slash to the first, as long as what is behind each is beyond doubt.
    for (int depth = 0; depth < kMaxDepth; ++depth) {
        const auto slash = path.rfind('/');
        if (slash == std::string_view::npos || slash == 0) return false;
        if (!isValidId(path.substr(slash + 1))) return false;
        if (isSame(mac, macOf(expiry, user, path.substr(0, slash + 1)))) return true;
        path = path.substr(0, slash);
    }
    return false;
}

Result<Principal> SignedUrls::verify(std::string_view path, std::string_view signature,
                                     Timestamp at) const {
    const auto parts = partsOf(signature);
    if (!parts || path.size() > kMaxPath || !covers(path, parts->expiry, parts->user, parts->mac))
        return Error{ErrorCode::Unauthenticated, "the signature in `sig` is not for this address"};
    std::int64_t seconds = 0;
    std::from_chars(parts->expiry.data(), parts->expiry.data() + parts->expiry.size(), seconds);
    Principal who;
    who.expiresAt = Timestamp(std::chrono::seconds(seconds));
    if (who.expiresAt <= at)
        return Error{ErrorCode::Unauthenticated, "the signature in `sig` has expired"};
    if (parts->user.empty()) {
        who.userId = who.name = "service:signature";
        who.scope = Scope::Service;
    } else {
        who.userId = who.name = *fromBase64Url(parts->user);
    }
    return who;
}

} // namespace mullion
