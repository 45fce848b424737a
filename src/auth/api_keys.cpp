#include "src/auth/api_keys.h"

#include <sstream>
#include <sys/random.h>

#include <glib.h>

#include "src/base/gref.h"
#include "src/base/ids.h"

namespace mullion {

namespace {

constexpr std::string_view kPrefix = "mk_";
constexpr std::size_t kHashLength = 64;

std::string hashOf(std::string_view secret) {
    const GCharPtr hash(g_compute_checksum_for_data(
        G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(secret.data()), secret.size()));
    return hash.get();
}

bool isHash(const std::string& text) {
    return text.size() == kHashLength &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

} // namespace

Result<ApiKeys> ApiKeys::parse(const std::string& text) {
    ApiKeys keys;
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        std::istringstream words(line);
        std::string name, scope, hash, more;
        words >> name >> scope >> hash >> more;
        if (name.empty() || name.starts_with('#')) continue;
        if (!isValidId(name) || (scope != "service" && scope != "admin") || !isHash(hash) ||
            !more.empty())
            return Error{ErrorCode::BadRequest,
                         "line " + std::to_string(number) +
                             " of the API keys is not `NAME service|admin SHA-256`"};
        keys.keys_.push_back({name, scope == "admin" ? Scope::Admin : Scope::Service, hash});
    }
    return keys;
}

bool ApiKeys::looksLikeOne(std::string_view secret) {
    return secret.starts_with(kPrefix);
}

Result<Principal> ApiKeys::verify(std::string_view secret) const {
    // How long the comparison of hashes takes tells nothing of the key.
    const std::string hash = hashOf(secret);
    for (const Key& key : keys_) {
        if (key.hash != hash) continue;
        Principal principal;
        principal.userId = "service:" + key.name;
        principal.name = key.name;
        principal.scope = key.scope;
        principal.expiresAt = now() + std::chrono::hours(24);
        return principal;
    }
    return Error{ErrorCode::Unauthenticated, "this API key is not known"};
}

Result<ApiKeys::Made> ApiKeys::make(const std::string& name, Scope scope) {
    if (!isValidId(name))
        return Error{ErrorCode::BadRequest, "a key's name may have letters, digits and . _ : @ -"};
    unsigned char bytes[32];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return Error{ErrorCode::Unavailable, "no random bytes for a key"};
    std::string key(kPrefix);
    for (const unsigned char byte : bytes)
        for (const int digit : {byte >> 4, byte & 15})
            key += "0123456789abcdef"[digit];
    return Made{key, name + (scope == Scope::Admin ? " admin " : " service ") + hashOf(key)};
}

} // namespace mullion
