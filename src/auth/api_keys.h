#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/auth/principal.h"
#include "src/base/result.h"

namespace mullion {

/// Keys that services use in place of tokens, from a file with a line a key: its name, its scope
/// (`service` or `admin`) and the SHA-256 of the key in hex. Main-bound.
///
/// A key is `mk_` and 256 random bits, so that a plain hash of it cannot be turned back.
class ApiKeys {
public:
    /// Lines that are empty or begin with `#` are passed over. @return BadRequest with the number
    /// of the line that is none of ours.
    static Result<ApiKeys> parse(const std::string& text);

    /// Whether a bearer's secret is meant as a key and not as a token.
    static bool looksLikeOne(std::string_view secret);

    /// The service that has this key: `service:NAME`, for a day. @return Unauthenticated.
    Result<Principal> verify(std::string_view secret) const;

    struct Made {
        std::string key;
        /// What goes into the file.
        std::string line;
    };

    /// A new key. @return BadRequest for a name that is no id, Unavailable without randomness.
    static Result<Made> make(const std::string& name, Scope scope);

private:
    struct Key {
        std::string name;
        Scope scope;
        std::string hash;
    };

    std::vector<Key> keys_ = {};
};

} // namespace mullion
