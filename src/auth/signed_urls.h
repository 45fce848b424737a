#pragma once

#include <string>
#include <string_view>

#include "src/auth/principal.h"
#include "src/base/result.h"

namespace mullion {

/// Signatures in URLs, for what a browser loads without headers: pictures, files, playlists.
/// Immutable, and so thread-safe.
///
///     ?sig=EXPIRY[.USER].MAC
///
/// EXPIRY is in seconds since 1970. USER is the base64url of the id of the user for whom it was
/// signed: it lets in him, with what he may do at the time of use. Without USER it was signed for a
/// service and is good by itself. MAC is the base64url of the HMAC-SHA256 (RFC 2104) of both and
/// the path. The rest of the query is not signed.
///
/// A path is compared byte for byte, and has to be the one by which the resource is then found, so
/// that two spellings of it are two paths. (libsoup has spelt `%61` as `a` before we see it.) One
/// that ends with a slash is signed with all below it whose segments are ids (isValidId), which
/// leaves no room for `..`, empty segments and encoded slashes.
class SignedUrls {
public:
    /// `secret` is the server's; the signatures' key is derived from it, so that neither can be
    /// used for the other, and that they outlive a restart.
    explicit SignedUrls(std::string_view secret);

    /// The value of `sig` for `path`, which begins with a slash and is more than that. It expires
    /// at `expiry`, or with the token of `who`.
    std::string sign(std::string_view path, const Principal& who, Timestamp expiry) const;

    /// When a signature for `who` would expire.
    static Timestamp expiryFor(const Principal& who, Timestamp expiry);

    /// Whom a signature lets in at `path`: a user without any further right, or a service.
    /// @return Unauthenticated, saying so where it has only expired.
    Result<Principal> verify(std::string_view path, std::string_view signature,
                             Timestamp at = now()) const;

private:
    std::string macOf(std::string_view expiry, std::string_view user, std::string_view path) const;
    bool covers(std::string_view path, std::string_view expiry, std::string_view user,
                std::string_view mac) const;

    std::string key_;
};

} // namespace mullion
