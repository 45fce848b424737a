#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "src/auth/principal.h"
#include "src/base/result.h"

namespace mullion {

/// Checks access tokens (JWT, RFC 7519; the rules of RFC 8725) and signs those for development.
/// Main-bound.
///
/// Each key has ONE algorithm, set when the keys are read and never by a token: a token that names
/// another one is refused before any signature is computed. Keys inside tokens are ignored.
class Tokens {
public:
    struct Keys {
        /// A JSON Web Key Set, or empty.
        std::string jwks = {};
        /// An HS256 secret of at least 16 bytes, or empty.
        std::string secret = {};
        /// What every token's `aud` has to name (RFC 7519, 4.1.3); empty: `aud` is not looked at.
        std::string audience = {};
    };

    /// How far the clocks of issuer and server may be apart.
    static constexpr std::chrono::seconds kLeeway{30};

    /// @return BadRequest for a key set that is none, a key of an unknown kind or a short secret,
    /// or where there is no key at all.
    static Result<std::unique_ptr<Tokens>> create(const Keys& keys);
    ~Tokens();

    /// Takes other keys from now on; sessions that began with the old ones go on until they expire.
    /// @return as create(), and then the old keys stay.
    Result<void> replace(const Keys& keys);

    /// Who a token names. @return Unauthenticated with what is wrong with it.
    Result<Principal> verify(std::string_view token, Timestamp at = now()) const;

    /// A token signed with the secret. @return Unavailable without one.
    Result<std::string> issue(const Principal& principal) const;

private:
    struct Impl;
    explicit Tokens(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The secret in the file at `path`, which is made (mode 0600, 256 random bits) where there is
/// none. @return Unavailable.
Result<std::string> loadOrCreateSecret(const std::string& path);

} // namespace mullion
