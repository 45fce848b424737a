#include <rhonabwy.h>

#include "src/auth/api_keys.h"
#include "src/auth/tokens.h"
#include "src/auth/turn.h"
#include "src/base/gref.h"
#include "src/base/json_values.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

using JwkPtr = GPtr<jwk_t, r_jwk_free>;
using JwtPtr = GPtr<jwt_t, r_jwt_free>;
using Text = GPtr<char, r_free>;

constexpr const char* kSecret = "a secret of more than sixteen bytes";

struct KeyPair {
    JwkPtr secret;
    JwkPtr open;
};

KeyPair makeKeys(int type, unsigned bits, const char* id) {
    jwk_t* secret = nullptr;
    jwk_t* open = nullptr;
    r_jwk_init(&secret);
    r_jwk_init(&open);
    ck_assert_int_eq(r_jwk_generate_key_pair(secret, open, type, bits, id), RHN_OK);
    return {JwkPtr(secret), JwkPtr(open)};
}

std::string jwksOf(const JwkPtr& key) {
    const Text text(r_jwk_export_to_json_str(key.get(), 0));
    return std::string("{\"keys\":[") + text.get() + "]}";
}

std::int64_t inSeconds(int seconds) {
    return now().time_since_epoch().count() / 1000 + seconds;
}

Json claims() {
    return {{"sub", "u1"}, {"name", "Ada"}, {"exp", inSeconds(600)}};
}

std::string sign(const Json& body, jwk_t* key, jwa_alg algorithm, const char* kid = nullptr) {
    jwt_t* raw = nullptr;
    r_jwt_init(&raw);
    const JwtPtr jwt(raw);
    r_jwt_set_full_claims_json_str(raw, toText(body).c_str());
    r_jwt_set_sign_alg(raw, algorithm);
    if (kid) r_jwt_set_header_str_value(raw, "kid", kid);
    const Text token(r_jwt_serialize_signed_unsecure(raw, key, 0));
    ck_assert(token);
    return token.get();
}

JwkPtr symmetric(const std::string& secret) {
    jwk_t* raw = nullptr;
    r_jwk_init(&raw);
    r_jwk_import_from_symmetric_key(raw, reinterpret_cast<const unsigned char*>(secret.data()),
                                    secret.size());
    return JwkPtr(raw);
}

std::string hs256(const Json& body) {
    return sign(body, symmetric(kSecret).get(), R_JWA_ALG_HS256);
}

std::unique_ptr<Tokens> tokensWith(const Tokens::Keys& keys) {
    auto tokens = Tokens::create(keys);
    ck_assert_msg(tokens.ok(), "%s", tokens ? "" : tokens.error().message.c_str());
    return std::move(*tokens);
}

void refuses(const Tokens& tokens, const std::string& token, const char* what) {
    const auto who = tokens.verify(token);
    ck_assert_msg(!who.ok(), "taken: %s", what);
    ck_assert_int_eq(static_cast<int>(who.error().code),
                     static_cast<int>(ErrorCode::Unauthenticated));
}

std::string base64Url(const std::string& text) {
    const GCharPtr encoded(
        g_base64_encode(reinterpret_cast<const guchar*>(text.data()), text.size()));
    std::string url = encoded.get();
    for (char& c : url)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    url.erase(url.find_last_not_of('=') + 1);
    return url;
}

} // namespace

START_TEST(issued_token_is_taken) {
    const auto tokens = tokensWith({"", kSecret});
    Principal who{"u1", "Ada", Scope::Admin, std::vector<std::string>{"c1"},
                  now() + std::chrono::hours(1)};
    const auto token = tokens->issue(who);
    ck_assert(token.ok());
    const auto back = tokens->verify(*token);
    ck_assert_msg(back.ok(), "%s", back ? "" : back.error().message.c_str());
    ck_assert_str_eq(back->userId.c_str(), "u1");
    ck_assert_str_eq(back->name.c_str(), "Ada");
    ck_assert(back->scope == Scope::Admin);
    ck_assert(back->mayUse("c1"));
    ck_assert(!back->mayUse("c2"));
}

END_TEST

START_TEST(claims_are_checked) {
    const auto tokens = tokensWith({"", kSecret});
    ck_assert(tokens->verify(hs256(claims())).ok());
    const auto with = [](const char* name, const Json& value) {
        Json body = claims();
        body[name] = value;
        return hs256(body);
    };
    Json noExpiry = claims();
    noExpiry.erase("exp");
    refuses(*tokens, hs256(noExpiry), "no exp");
    refuses(*tokens, with("exp", inSeconds(-40)), "expired");
    refuses(*tokens, with("exp", "tomorrow"), "exp is text");
    refuses(*tokens, with("exp", 1e300), "exp is absurd");
    refuses(*tokens, with("exp", -1), "exp is negative");
    refuses(*tokens, with("nbf", inSeconds(60)), "not yet valid");
    refuses(*tokens, with("nbf", Json::array()), "nbf is a list");
    refuses(*tokens, with("sub", "a b"), "sub is no id");
    refuses(*tokens, with("sub", 7), "sub is a number");
    refuses(*tokens, with("sub", nullptr), "sub is null");
    refuses(*tokens, with("name", std::string(129, 'x')), "name too long");
    refuses(*tokens, with("scope", "root"), "unknown scope");
    refuses(*tokens, with("calls", "c1"), "calls is text");
    refuses(*tokens, with("calls", Json::array({1})), "calls are numbers");
    ck_assert(tokens->verify(with("exp", inSeconds(-20))).ok());
    ck_assert(tokens->verify(with("nbf", inSeconds(20))).ok());
    const auto service = tokens->verify(with("scope", "service"));
    ck_assert(service.ok() && service->scope == Scope::Service);
}

END_TEST

START_TEST(audience_is_checked) {
    const auto tokens = tokensWith({"", kSecret, "mullion"});
    const auto with = [](const Json& audience) {
        Json body = claims();
        body["aud"] = audience;
        return hs256(body);
    };
    refuses(*tokens, hs256(claims()), "no aud");
    refuses(*tokens, with("another"), "another aud");
    refuses(*tokens, with(Json::array({"a", "b"})), "a list of others");
    refuses(*tokens, with(7), "aud is a number");
    ck_assert(tokens->verify(with("mullion")).ok());
    ck_assert(tokens->verify(with(Json::array({"a", "mullion"}))).ok());
    const auto own = tokens->issue({"u1", "Ada", Scope::User, {}, now() + std::chrono::hours(1)});
    ck_assert(tokens->verify(*own).ok());
}

END_TEST

START_TEST(roles_are_read) {
    const auto tokens = tokensWith({"", kSecret});
    Json body = claims();
    body["roles"] = {{"c1", "viewer"}};
    const auto who = tokens->verify(hs256(body));
    ck_assert(who.ok());
    ck_assert_str_eq(who->roles.at("c1"), "viewer");
    const auto again = tokens->verify(*tokens->issue(*who));
    ck_assert(again.ok() && again->roles == who->roles);
    for (const Json& wrong : {Json("host"), Json{{"c1", "king"}}, Json{{"c1", 1}}}) {
        body["roles"] = wrong;
        refuses(*tokens, hs256(body), toText(wrong).c_str());
    }
}

END_TEST

START_TEST(keys_are_rotated) {
    const KeyPair old = makeKeys(R_KEY_TYPE_EC, 256, "old");
    const KeyPair fresh = makeKeys(R_KEY_TYPE_EC, 256, "new");
    const auto tokens = tokensWith({jwksOf(old.open), ""});
    const std::string before = sign(claims(), old.secret.get(), R_JWA_ALG_ES256, "old");
    const std::string after = sign(claims(), fresh.secret.get(), R_JWA_ALG_ES256, "new");
    ck_assert(tokens->verify(before).ok());
    refuses(*tokens, after, "a key that is not there yet");
    // A damaged file changes nothing.
    ck_assert(!tokens->replace({"{", ""}).ok());
    ck_assert(tokens->verify(before).ok());
    ck_assert(tokens->replace({jwksOf(fresh.open), ""}).ok());
    ck_assert(tokens->verify(after).ok());
    refuses(*tokens, before, "a key that has gone");
}

END_TEST

START_TEST(api_key_is_its_services) {
    const auto made = ApiKeys::make("backend", Scope::Service);
    ck_assert(made.ok());
    ck_assert(!ApiKeys::make("a b", Scope::Service).ok());
    ck_assert(ApiKeys::looksLikeOne(made->key));
    ck_assert(!ApiKeys::looksLikeOne(hs256(claims())));
    const auto keys = ApiKeys::parse("# services\n\n" + made->line + "\n");
    ck_assert(keys.ok());
    const auto who = keys->verify(made->key);
    ck_assert(who.ok());
    ck_assert_str_eq(who->userId, "service:backend");
    ck_assert(who->scope == Scope::Service);
    ck_assert(!keys->verify(made->key + "0").ok());
    ck_assert(!keys->verify("mk_").ok());
    // The file does not hold the key.
    ck_assert(made->line.find(made->key.substr(3)) == std::string::npos);
    for (const char* wrong : {"backend", "backend service", "backend user 00", "a service zz"})
        ck_assert_msg(!ApiKeys::parse(wrong).ok(), "taken: %s", wrong);
}

END_TEST

START_TEST(forgeries_are_refused) {
    const auto tokens = tokensWith({"", kSecret});
    const std::string good = hs256(claims());
    const std::string body = good.substr(good.find('.') + 1);
    const std::string payload = body.substr(0, body.find('.'));
    refuses(*tokens, "", "nothing");
    refuses(*tokens, "x.y.z", "letters");
    refuses(*tokens, "..", "dots");
    refuses(*tokens, std::string(10000, 'a'), "long");
    refuses(*tokens, std::string("a\0b.c.d", 7), "a zero byte");
    refuses(*tokens, good + "x", "a longer signature");
    refuses(*tokens, good.substr(0, good.size() - 4), "a shorter signature");
    refuses(*tokens, good.substr(0, good.rfind('.') + 1), "no signature");
    for (const char* alg : {"none", "None", "NONE", "nOnE", "", "HS384", "RS256", "dir"}) {
        const std::string header = base64Url(std::string(R"({"typ":"JWT","alg":")") + alg + "\"}");
        refuses(*tokens, header + '.' + payload + '.', alg);
        refuses(*tokens, header + '.' + payload + good.substr(good.rfind('.')), alg);
    }
    refuses(*tokens,
            sign(claims(), symmetric("another secret of many bytes").get(), R_JWA_ALG_HS256),
            "another secret");
    const auto changed = base64Url(toText({{"sub", "u2"}, {"exp", inSeconds(600)}}));
    refuses(*tokens, good.substr(0, good.find('.') + 1) + changed + good.substr(good.rfind('.')),
            "other claims");
    refuses(*tokens, sign(claims(), symmetric(kSecret).get(), R_JWA_ALG_HS512), "HS512");
    const std::string critical = base64Url(R"({"alg":"HS256","crit":["x"],"x":1})");
    refuses(*tokens, critical + '.' + payload + good.substr(good.rfind('.')), "crit");
}

END_TEST

START_TEST(public_key_is_no_secret) {
    const KeyPair keys = makeKeys(R_KEY_TYPE_RSA, 2048, "rsa");
    const auto tokens = tokensWith({jwksOf(keys.open), ""});
    ck_assert(tokens->verify(sign(claims(), keys.secret.get(), R_JWA_ALG_RS256, "rsa")).ok());
    refuses(*tokens, sign(claims(), keys.secret.get(), R_JWA_ALG_RS512, "rsa"), "RS512");
    refuses(*tokens, sign(claims(), keys.secret.get(), R_JWA_ALG_PS256, "rsa"), "PS256");
    refuses(*tokens, sign(claims(), keys.secret.get(), R_JWA_ALG_RS256, "other"), "another kid");
    // The attack on libraries that let the token choose: the public key as an HMAC secret.
    unsigned char pem[4096];
    size_t size = sizeof pem;
    ck_assert_int_eq(r_jwk_export_to_pem_der(keys.open.get(), R_FORMAT_PEM, pem, &size, 0), RHN_OK);
    const auto confused = symmetric(std::string(reinterpret_cast<char*>(pem), size));
    refuses(*tokens, sign(claims(), confused.get(), R_JWA_ALG_HS256, "rsa"), "HS256 by public key");
    refuses(*tokens, sign(claims(), confused.get(), R_JWA_ALG_HS256), "HS256 without kid");
    ck_assert(!tokens->issue({"u", "u"}).ok());
}

END_TEST

START_TEST(keys_inside_tokens_are_ignored) {
    const KeyPair ours = makeKeys(R_KEY_TYPE_EC, 256, "ours");
    const KeyPair theirs = makeKeys(R_KEY_TYPE_EC, 256, "ours");
    const auto tokens = tokensWith({jwksOf(ours.open), ""});
    ck_assert(tokens->verify(sign(claims(), ours.secret.get(), R_JWA_ALG_ES256, "ours")).ok());
    refuses(*tokens, sign(claims(), theirs.secret.get(), R_JWA_ALG_ES256, "ours"), "their key");
    jwt_t* raw = nullptr;
    r_jwt_init(&raw);
    const JwtPtr jwt(raw);
    r_jwt_set_full_claims_json_str(raw, toText(claims()).c_str());
    r_jwt_set_sign_alg(raw, R_JWA_ALG_ES256);
    const Text key(r_jwk_export_to_json_str(theirs.open.get(), 0));
    const std::string header = std::string("{\"alg\":\"ES256\",\"jwk\":") + key.get() + '}';
    ck_assert_int_eq(r_jwt_set_full_header_json_str(raw, header.c_str()), RHN_OK);
    const Text token(r_jwt_serialize_signed(raw, theirs.secret.get(), 0));
    refuses(*tokens, token.get(), "the header's own key");
}

END_TEST

START_TEST(unusable_keys_are_refused) {
    ck_assert(!Tokens::create({"", ""}).ok());
    ck_assert(!Tokens::create({"", "short"}).ok());
    ck_assert(!Tokens::create({"not json", ""}).ok());
    ck_assert(!Tokens::create({"{\"keys\":[]}", ""}).ok());
    const KeyPair keys = makeKeys(R_KEY_TYPE_EC, 256, "k");
    r_jwk_set_property_str(keys.open.get(), "alg", "HS256");
    ck_assert(!Tokens::create({jwksOf(keys.open), ""}).ok());
    r_jwk_set_property_str(keys.open.get(), "alg", "none");
    ck_assert(!Tokens::create({jwksOf(keys.open), ""}).ok());
}

END_TEST

START_TEST(turn_credentials_are_those_of_coturn) {
    IceServers servers;
    servers.stunUrls = {"stun:s"};
    servers.turnUrls = {"turn:t"};
    servers.turnSecret = "north";
    servers.lifetime = std::chrono::seconds(100);
    const Json json = servers.describe("ada", Timestamp(std::chrono::seconds(1433895818)));
    // echo -n 1433895918:ada | openssl dgst -sha1 -hmac north -binary | base64
    const std::string username = json["ice_servers"][1]["username"];
    const std::string credential = json["ice_servers"][1]["credential"];
    ck_assert_str_eq(username.c_str(), "1433895918:ada");
    ck_assert_str_eq(credential.c_str(), "KJ5PTMBeGkZIwdEVUss3BPdY8wE=");
    ck_assert(!IceServers{}.describe("ada", now())["ice_servers"].size());
}

END_TEST

int main() {
    return test::runSuite("auth", {issued_token_is_taken, claims_are_checked, audience_is_checked,
                                   roles_are_read, keys_are_rotated, api_key_is_its_services,
                                   forgeries_are_refused, public_key_is_no_secret,
                                   keys_inside_tokens_are_ignored, unusable_keys_are_refused,
                                   turn_credentials_are_those_of_coturn});
}
