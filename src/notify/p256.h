#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "src/base/result.h"

using EVP_PKEY = struct evp_pkey_st;

namespace mullion {

/// A key of the curve P-256: what Web Push signs and agrees on secrets with. Immutable, and so
/// thread-safe.
class P256Key {
public:
    /// A new pair from the system's random source.
    static Result<P256Key> generate();
    /// The pair of a private key of 32 bytes. @return BadRequest where it is none.
    static Result<P256Key> fromPrivate(std::string_view scalar);
    /// A public key alone, 65 bytes: 4, x and y. @return BadRequest for what is no point of the
    /// curve.
    static Result<P256Key> fromPublic(std::string_view point);

    /// 65 bytes: 4, x and y.
    const std::string& publicPoint() const { return point_; }

    /// The secret that this pair has in common with another's public key, 32 bytes.
    Result<std::string> agree(const P256Key& other) const;
    /// ECDSA over the SHA-256 of `text`, as JWS has it: 64 bytes, r and s (RFC 7518, 3.4).
    Result<std::string> sign(std::string_view text) const;

private:
    P256Key(std::shared_ptr<EVP_PKEY> key, std::string point)
        : key_(std::move(key))
        , point_(std::move(point)) {}

    static Result<P256Key> of(EVP_PKEY* key);

    std::shared_ptr<EVP_PKEY> key_;
    std::string point_;
};

} // namespace mullion
