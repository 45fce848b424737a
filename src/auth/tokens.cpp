#include "src/auth/tokens.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <rhonabwy.h>

#include "src/base/gref.h"
#include "src/base/ids.h"
#include "src/base/json_values.h"

namespace mullion {

namespace {

constexpr std::size_t kMaxToken = 8192;
constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMinSecret = 16;

using JwkPtr = GPtr<jwk_t, r_jwk_free>;
using JwksPtr = GPtr<jwks_t, r_jwks_free>;
using JwtPtr = GPtr<jwt_t, r_jwt_free>;
using RhonabwyText = GPtr<char, r_free>;

struct Key {
    JwkPtr key;
    std::string id;
    jwa_alg algorithm = R_JWA_ALG_UNKNOWN;
};

constexpr std::array<std::pair<std::string_view, jwa_alg>, 13> kAlgorithms = {{
    {"HS256", R_JWA_ALG_HS256},
    {"HS384", R_JWA_ALG_HS384},
    {"HS512", R_JWA_ALG_HS512},
    {"RS256", R_JWA_ALG_RS256},
    {"RS384", R_JWA_ALG_RS384},
    {"RS512", R_JWA_ALG_RS512},
    {"PS256", R_JWA_ALG_PS256},
    {"PS384", R_JWA_ALG_PS384},
    {"PS512", R_JWA_ALG_PS512},
    {"ES256", R_JWA_ALG_ES256},
    {"ES384", R_JWA_ALG_ES384},
    {"ES512", R_JWA_ALG_ES512},
    {"EdDSA", R_JWA_ALG_EDDSA},
}};

jwa_alg algorithmByName(std::string_view name) {
    for (const auto& [known, algorithm] : kAlgorithms)
        if (known == name) return algorithm;
    return R_JWA_ALG_UNKNOWN;
}

std::string property(const JwkPtr& key, const char* name) {
    const char* value = r_jwk_get_property_str(key.get(), name);
    return value ? value : "";
}

/// Whether a key of type `kty` can be used with an algorithm of this name at all.
bool fits(const std::string& kty, const std::string& crv, const std::string& name) {
    if (kty == "RSA") return name.starts_with("RS") || name.starts_with("PS");
    if (kty == "oct") return name.starts_with("HS");
    if (kty == "OKP") return crv == "Ed25519" && name == "EdDSA";
    return (crv == "P-256" && name == "ES256") || (crv == "P-384" && name == "ES384") ||
           (crv == "P-521" && name == "ES512");
}

/// The algorithm of a key: what its `alg` says (RFC 7517, 4.4), else its kind's usual one.
Result<jwa_alg> algorithmOf(const JwkPtr& key) {
    const std::string kty = property(key, "kty");
    const std::string crv = property(key, "crv");
    std::string name = property(key, "alg");
    if (name.empty()) {
        name = kty == "RSA"     ? "RS256"
               : kty == "oct"   ? "HS256"
               : kty == "OKP"   ? "EdDSA"
               : crv == "P-256" ? "ES256"
               : crv == "P-384" ? "ES384"
               : crv == "P-521" ? "ES512"
                                : "";
    }
    const jwa_alg algorithm = algorithmByName(name);
    if (algorithm == R_JWA_ALG_UNKNOWN || !fits(kty, crv, name))
        return Error{ErrorCode::BadRequest, "a key of type " + kty + " cannot be used with " +
                                                (name.empty() ? "anything we know" : name)};
    return algorithm;
}

Error refused(std::string message) {
    return {ErrorCode::Unauthenticated, std::move(message)};
}

/// The first part of a token.
Result<Json> headerOf(std::string_view token) {
    const auto dot = token.find('.');
    if (token.size() > kMaxToken || dot == std::string_view::npos)
        return refused("the token is not a signed JWT");
    // GLib reads base64 with padding and the alphabet of files; tokens use that of URLs.
    std::string encoded(token.substr(0, dot));
    for (char& c : encoded)
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    encoded.append((4 - encoded.size() % 4) % 4, '=');
    gsize size = 0;
    const GPtr<guchar, g_free> bytes(g_base64_decode(encoded.c_str(), &size));
    auto header = parseJson({reinterpret_cast<const char*>(bytes.get()), size}, kMaxToken);
    if (!header || !header->is_object()) return refused("the token's header is not JSON");
    return header;
}

Result<Timestamp> timeClaim(const Json& claims, const char* name) {
    const Json& value = claims[name];
    // Beyond the year 9999 nobody means it, and the arithmetic below would overflow.
    if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > 253402300799.0)
        return refused(std::string("the token's `") + name + "` is not a time");
    return Timestamp(
        std::chrono::milliseconds(static_cast<std::int64_t>(value.get<double>() * 1000)));
}

/// RFC 7519, 4.1.3: one text or a list of them.
bool isFor(const Json& claims, const std::string& audience) {
    const auto aud = claims.find("aud");
    if (aud == claims.end()) return false;
    if (!aud->is_array()) return *aud == audience;
    return std::find(aud->begin(), aud->end(), Json(audience)) != aud->end();
}

/// `{call id: role}`.
Result<std::map<std::string, std::string>> rolesFrom(const Json& claim) {
    std::map<std::string, std::string> roles;
    if (!claim.is_object()) return refused("the token's `roles` is not an object");
    for (const auto& [call, role] : claim.items()) {
        if (role != "host" && role != "participant" && role != "viewer")
            return refused("the token's `roles` has one that is none of host, participant, viewer");
        roles[call] = role.get<std::string>();
    }
    return roles;
}

/// What the claims say, once the signature is known to be right.
Result<Principal> principalFrom(const Json& claims, const std::string& audience, Timestamp at) {
    if (!claims.is_object()) return refused("the token has no claims");
    if (!claims.contains("exp")) return refused("the token has no `exp`");
    Principal principal;
    principal.expiresAt = TRY(timeClaim(claims, "exp"));
    if (at >= principal.expiresAt + Tokens::kLeeway) return refused("the token has expired");
    if (claims.contains("nbf") && at + Tokens::kLeeway < TRY(timeClaim(claims, "nbf")))
        return refused("the token is not valid yet");
    if (!audience.empty() && !isFor(claims, audience))
        return refused("the token is for another audience");
    const auto sub = claims.find("sub");
    if (sub == claims.end() || !sub->is_string() || !isValidId(sub->get<std::string>()))
        return refused("the token's `sub` is not a user id");
    principal.userId = sub->get<std::string>();
    principal.name = principal.userId;
    if (const auto name = claims.find("name"); name != claims.end() && !name->is_null()) {
        if (!name->is_string() || name->get_ref<const std::string&>().size() > kMaxName)
            return refused("the token's `name` is not a text of at most 128 bytes");
        if (!name->get_ref<const std::string&>().empty()) principal.name = name->get<std::string>();
    }
    if (const auto scope = claims.find("scope"); scope != claims.end() && !scope->is_null()) {
        if (*scope == "service")
            principal.scope = Scope::Service;
        else if (*scope == "admin")
            principal.scope = Scope::Admin;
        else if (*scope != "user")
            return refused("the token's `scope` is none of user, service, admin");
    }
    if (const auto calls = claims.find("calls"); calls != claims.end() && !calls->is_null()) {
        if (!calls->is_array()) return refused("the token's `calls` is not a list");
        principal.calls.emplace();
        for (const Json& call : *calls) {
            if (!call.is_string()) return refused("the token's `calls` are not ids");
            principal.calls->push_back(call.get<std::string>());
        }
    }
    if (const auto roles = claims.find("roles"); roles != claims.end() && !roles->is_null())
        principal.roles = TRY(rolesFrom(*roles));
    return principal;
}

} // namespace

struct Tokens::Impl {
    std::vector<Key> keys = {};
    JwkPtr secret = {};
    std::string audience = {};

    Result<void> add(JwkPtr key);
    Result<Json> claimsIfSigned(const std::string& token, const Key& key) const;
};

Result<void> Tokens::Impl::add(JwkPtr key) {
    const jwa_alg algorithm = TRY(algorithmOf(key));
    // Of a private key only the public half is kept; a symmetric key has no halves.
    JwkPtr usable;
    if (property(key, "kty") == "oct") {
        usable.reset(r_jwk_copy(key.get()));
    } else {
        jwk_t* raw = nullptr;
        if (r_jwk_init(&raw) != RHN_OK) return Error{ErrorCode::Internal, "no memory for a key"};
        usable.reset(raw);
        if (r_jwk_key_type(key.get(), nullptr, R_FLAG_IGNORE_REMOTE) & R_KEY_TYPE_PRIVATE) {
            if (r_jwk_extract_pubkey(key.get(), raw, R_FLAG_IGNORE_REMOTE) != RHN_OK)
                return Error{ErrorCode::BadRequest, "a key of the set is damaged"};
        } else {
            usable.reset(r_jwk_copy(key.get()));
        }
    }
    std::string id = property(key, "kid");
    keys.push_back({std::move(usable), std::move(id), algorithm});
    return {};
}

Result<Json> Tokens::Impl::claimsIfSigned(const std::string& token, const Key& key) const {
    jwt_t* raw = nullptr;
    if (r_jwt_init(&raw) != RHN_OK) return Error{ErrorCode::Internal, "no memory for a token"};
    const JwtPtr jwt(raw);
    if (r_jwt_advanced_parsen(raw, token.c_str(), token.size(), R_PARSE_NONE,
                              R_FLAG_IGNORE_REMOTE) != RHN_OK ||
        r_jwt_get_type(raw) != R_JWT_TYPE_SIGN)
        return refused("the token is not a signed JWT");
    if (r_jwt_get_sign_alg(raw) != key.algorithm)
        return refused("the token's `alg` is not that of its key");
    if (r_jwt_verify_signature(raw, key.key.get(), R_FLAG_IGNORE_REMOTE) != RHN_OK)
        return refused("the token's signature is wrong");
    const RhonabwyText text(r_jwt_get_full_claims_str(raw));
    if (!text) return refused("the token has no claims");
    return parseJson(text.get(), 4 * kMaxToken);
}

Tokens::Tokens(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

Tokens::~Tokens() = default;

Result<std::unique_ptr<Tokens>> Tokens::create(const Keys& keys) {
    auto impl = std::make_unique<Impl>();
    impl->audience = keys.audience;
    if (!keys.jwks.empty()) {
        jwks_t* raw = nullptr;
        if (r_jwks_init(&raw) != RHN_OK) return Error{ErrorCode::Internal, "no memory for keys"};
        const JwksPtr set(raw);
        if (r_jwks_import_from_json_str(raw, keys.jwks.c_str()) != RHN_OK || r_jwks_size(raw) == 0)
            return Error{ErrorCode::BadRequest, "the JWKS file holds no JSON Web Key Set"};
        for (std::size_t i = 0; i < r_jwks_size(raw); ++i)
            TRY(impl->add(JwkPtr(r_jwks_get_at(raw, i))));
    }
    if (!keys.secret.empty()) {
        if (keys.secret.size() < kMinSecret)
            return Error{ErrorCode::BadRequest, "auth.secret needs at least 16 bytes"};
        jwk_t* raw = nullptr;
        if (r_jwk_init(&raw) != RHN_OK) return Error{ErrorCode::Internal, "no memory for a key"};
        impl->secret.reset(raw);
        if (r_jwk_import_from_symmetric_key(
                raw, reinterpret_cast<const unsigned char*>(keys.secret.data()),
                keys.secret.size()) != RHN_OK)
            return Error{ErrorCode::BadRequest, "auth.secret cannot be used as a key"};
        TRY(impl->add(JwkPtr(r_jwk_copy(raw))));
    }
    if (impl->keys.empty()) return Error{ErrorCode::BadRequest, "no key to check tokens with"};
    return std::unique_ptr<Tokens>(new Tokens(std::move(impl)));
}

Result<void> Tokens::replace(const Keys& keys) {
    auto fresh = TRY(create(keys));
    impl_ = std::move(fresh->impl_);
    return {};
}

Result<Principal> Tokens::verify(std::string_view token, Timestamp at) const {
    const Json header = TRY(headerOf(token));
    const auto text = [&header](const char* name) {
        const auto found = header.find(name);
        return found != header.end() && found->is_string() ? found->get<std::string>() : "";
    };
    // RFC 7515, 4.1.11: what we do not know there must not be passed over; we know none.
    if (header.contains("crit")) return refused("the token has critical headers");
    const std::string id = text("kid");
    const jwa_alg algorithm = algorithmByName(text("alg"));
    Error why = refused("no key fits the token's `kid` and `alg`");
    for (const Key& key : impl_->keys) {
        // A key without an id can be meant by a token without one, or by nothing else to go by.
        if (key.algorithm != algorithm || (!id.empty() && !key.id.empty() && key.id != id))
            continue;
        const auto claims = impl_->claimsIfSigned(std::string(token), key);
        if (claims) return principalFrom(*claims, impl_->audience, at);
        why = claims.error();
    }
    return why;
}

Result<std::string> Tokens::issue(const Principal& principal) const {
    if (!impl_->secret) return Error{ErrorCode::Unavailable, "no secret to sign tokens with"};
    const auto seconds = [](Timestamp time) { return time.time_since_epoch().count() / 1000; };
    Json claims = {{"sub", principal.userId},
                   {"name", principal.name},
                   {"iat", seconds(now())},
                   {"exp", seconds(principal.expiresAt)}};
    if (!impl_->audience.empty()) claims["aud"] = impl_->audience;
    if (!principal.roles.empty()) claims["roles"] = principal.roles;
    if (principal.scope != Scope::User)
        claims["scope"] = principal.scope == Scope::Admin ? "admin" : "service";
    if (principal.calls) claims["calls"] = *principal.calls;
    jwt_t* raw = nullptr;
    if (r_jwt_init(&raw) != RHN_OK) return Error{ErrorCode::Internal, "no memory for a token"};
    const JwtPtr jwt(raw);
    if (r_jwt_set_full_claims_json_str(raw, toText(claims).c_str()) != RHN_OK ||
        r_jwt_set_sign_alg(raw, R_JWA_ALG_HS256) != RHN_OK)
        return Error{ErrorCode::Internal, "cannot make a token"};
    const RhonabwyText token(
        r_jwt_serialize_signed(raw, impl_->secret.get(), R_FLAG_IGNORE_REMOTE));
    if (!token) return Error{ErrorCode::Internal, "cannot sign a token"};
    return std::string(token.get());
}

} // namespace mullion
