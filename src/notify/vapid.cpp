#include "src/notify/vapid.h"

#include <algorithm>

#include "src/base/base64url.h"
#include "src/base/json.h"
#include "src/base/json_values.h"

namespace mullion {

namespace {

/// 24 hours are the most (RFC 8292, 2).
constexpr std::chrono::hours kLives{12};
/// Where any push service is allowed, origins are as many as subscribers like.
constexpr std::size_t kMaxOrigins = 1000;

} // namespace

Result<Vapid> Vapid::create(const std::string& secret, std::string subject) {
    std::string text = secret;
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    const auto scalar = fromBase64Url(text);
    auto key = scalar ? P256Key::fromPrivate(*scalar) : Result<P256Key>(scalar.error());
    if (!key)
        return Error{ErrorCode::BadRequest,
                     "the private key of pushes must be 32 bytes of P-256 in base64url"};
    return Vapid(std::move(*key), std::move(subject));
}

std::string Vapid::publicKey() const {
    return base64Url(key_.publicPoint());
}

Result<std::string> Vapid::authorization(const std::string& origin, Timestamp at) {
    if (const auto known = byOrigin_.find(origin);
        known != byOrigin_.end() && at < known->second.until)
        return known->second.header;
    const auto expiry = std::chrono::floor<std::chrono::seconds>(at + kLives);
    Json claims = {{"aud", origin}, {"exp", expiry.time_since_epoch().count()}};
    if (!subject_.empty()) claims["sub"] = subject_;
    const std::string text =
        base64Url(R"({"typ":"JWT","alg":"ES256"})") + '.' + base64Url(toText(claims));
    const std::string signature = TRY(key_.sign(text));
    std::string header = "vapid t=" + text + '.' + base64Url(signature) + ", k=" + publicKey();
    if (byOrigin_.size() >= kMaxOrigins) byOrigin_.clear();
    byOrigin_[origin] = {header, at + kLives / 2};
    return header;
}

} // namespace mullion
