#pragma once

#include <map>
#include <string>

#include "src/base/timestamp.h"
#include "src/notify/p256.h"

namespace mullion {

/// Who we are to push services: a key that browsers tie their subscriptions to (RFC 8292).
/// Main-bound.
class Vapid {
public:
    /// `secret` is the private key, 32 bytes in base64url or base64. `subject` is where whoever
    /// runs a push service finds us, `mailto:` or `https:`; empty: it is not told.
    /// @return BadRequest.
    static Result<Vapid> create(const std::string& secret, std::string subject);

    /// What a page gives `pushManager.subscribe()`: the public key in base64url.
    std::string publicKey() const;

    /// The header `Authorization` of a request to a push service of that origin
    /// (`https://push.example`). A signature is used again for half of its life.
    Result<std::string> authorization(const std::string& origin, Timestamp at = now());

private:
    struct Signed {
        std::string header;
        Timestamp until = {};
    };

    Vapid(P256Key key, std::string subject)
        : key_(std::move(key))
        , subject_(std::move(subject)) {}

    P256Key key_;
    std::string subject_;
    std::map<std::string, Signed> byOrigin_ = {};
};

} // namespace mullion
