// What push services and browsers expect of us, by the examples of the RFCs.
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "src/base/base64url.h"
#include "src/base/gref.h"
#include "src/base/json_values.h"
#include "src/notify/push_encryption.h"
#include "src/notify/vapid.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

// RFC 8291, 5 and appendix A.
constexpr const char* kText = "When I grow up, I want to be a watermelon";
constexpr const char* kOwnPrivate = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
constexpr const char* kOwnPublic =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
constexpr const char* kBrowserPublic =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr const char* kAuth = "BTBZMqHH6r4Tts7J_aSIgg";
constexpr const char* kSalt = "DGv6ra1nlYgDCS1FRnbzlw";
constexpr const char* kBody =
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6T"
    "lzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4"
    "a-fN";

PushKeys browserKeys() {
    auto keys = PushKeys::parse(kBrowserPublic, kAuth);
    ck_assert(keys.ok());
    return *keys;
}

/// Whether `signature`, r and s, is one of `text` by the holder of `point`.
bool isSignedBy(const std::string& point, const std::string& text, const std::string& signature) {
    EVP_PKEY* raw = EVP_PKEY_new();
    const GPtr<EVP_PKEY, EVP_PKEY_free> key(raw);
    const GPtr<EVP_PKEY, EVP_PKEY_free> curve(EVP_EC_gen("P-256"));
    EVP_PKEY_copy_parameters(raw, curve.get());
    const auto bytes = [](const std::string& from, std::size_t at = 0) {
        return reinterpret_cast<const unsigned char*>(from.data()) + at;
    };
    ck_assert_int_eq(EVP_PKEY_set1_encoded_public_key(raw, bytes(point), point.size()), 1);
    const GPtr<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
    ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes(signature), 32, nullptr),
                   BN_bin2bn(bytes(signature, 32), 32, nullptr));
    unsigned char der[128];
    unsigned char* end = der;
    const int size = i2d_ECDSA_SIG(pair.get(), &end);
    const GPtr<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, raw);
    return EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size), bytes(text),
                            text.size()) == 1;
}

} // namespace

START_TEST(encryption_is_that_of_rfc_8291) {
    const auto own = P256Key::fromPrivate(*fromBase64Url(kOwnPrivate));
    ck_assert(own.ok());
    ck_assert_str_eq(base64Url(own->publicPoint()).c_str(), kOwnPublic);
    const auto body = encryptPush(kText, browserKeys(), *own, *fromBase64Url(kSalt));
    ck_assert(body.ok());
    ck_assert_str_eq(base64Url(*body).c_str(), kBody);
}

END_TEST

START_TEST(each_message_has_a_key_and_a_salt_of_its_own) {
    const auto first = encryptPush(kText, browserKeys());
    const auto second = encryptPush(kText, browserKeys());
    ck_assert(first.ok() && second.ok());
    ck_assert_uint_eq(first->size(), fromBase64Url(kBody)->size());
    ck_assert(first->substr(0, 16) != second->substr(0, 16));
    ck_assert(first->substr(21, 65) != second->substr(21, 65));
}

END_TEST

START_TEST(message_is_as_long_as_push_services_take) {
    const auto longest = encryptPush(std::string(kMaxPushText, 'x'), browserKeys());
    ck_assert(longest.ok());
    ck_assert_uint_eq(longest->size(), 4096);
    const auto longer = encryptPush(std::string(kMaxPushText + 1, 'x'), browserKeys());
    ck_assert(!longer.ok() && longer.error().code == ErrorCode::TooLarge);
}

END_TEST

START_TEST(keys_are_refused_where_they_are_none) {
    std::string off = *fromBase64Url(kBrowserPublic);
    off[64] = static_cast<char>(off[64] ^ 1);
    std::string compressed = off.substr(0, 33);
    compressed[0] = 2;
    for (const std::string& point :
         {std::string(), std::string("x"), base64Url(off), base64Url(compressed),
          std::string(kBrowserPublic).substr(1), std::string(kBrowserPublic) + "AA",
          base64Url(std::string(65, '\0'))}) {
        const auto keys = PushKeys::parse(point, kAuth);
        ck_assert_msg(!keys.ok(), "%s was taken", point.c_str());
        ck_assert_str_eq(keys.error().field.c_str(), "keys.p256dh");
    }
    for (const char* auth : {"", "BTBZMqHH6r4Tts7J_aSI", "BTBZMqHH6r4Tts7J/aSIgg", "!"}) {
        const auto keys = PushKeys::parse(kBrowserPublic, auth);
        ck_assert_msg(!keys.ok(), "%s was taken", auth);
        ck_assert_str_eq(keys.error().field.c_str(), "keys.auth");
    }
}

END_TEST

START_TEST(vapid_is_signed_for_its_origin) {
    auto vapid = Vapid::create(kOwnPrivate, "mailto:ops@example.org");
    ck_assert(vapid.ok());
    ck_assert_str_eq(vapid->publicKey().c_str(), kOwnPublic);
    const Timestamp at = now();
    const auto header = vapid->authorization("https://push.example", at);
    ck_assert(header.ok());
    const std::string key = std::string(", k=") + kOwnPublic;
    ck_assert(header->starts_with("vapid t=") && header->ends_with(key));
    const std::string token = header->substr(8, header->size() - 8 - key.size());
    const auto dot = token.rfind('.');
    ck_assert(isSignedBy(*fromBase64Url(kOwnPublic), token.substr(0, dot),
                         *fromBase64Url(token.substr(dot + 1))));
    const auto middle = token.find('.');
    const auto claims = parseJson(*fromBase64Url(token.substr(middle + 1, dot - middle - 1)), 1000);
    ck_assert((*claims)["aud"] == "https://push.example");
    ck_assert((*claims)["sub"] == "mailto:ops@example.org");
    const std::int64_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
    ck_assert_int_eq((*claims)["exp"].get<std::int64_t>(), seconds + 12 * 3600);
    // It is used again, but not for another origin, nor when it is old.
    ck_assert_str_eq(vapid->authorization("https://push.example", at)->c_str(), header->c_str());
    ck_assert(*vapid->authorization("https://other.example", at) != *header);
    ck_assert(*vapid->authorization("https://push.example", at + std::chrono::hours(7)) != *header);
}

END_TEST

START_TEST(private_key_is_refused_where_it_is_none) {
    for (const char* secret : {"", "c2hvcnQ", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                               "__________________________________________8", "not base64!"})
        ck_assert_msg(!Vapid::create(secret, "").ok(), "%s was taken", secret);
}

END_TEST

int main() {
    return test::runSuite(
        "notify.push_crypto",
        {encryption_is_that_of_rfc_8291, each_message_has_a_key_and_a_salt_of_its_own,
         message_is_as_long_as_push_services_take, keys_are_refused_where_they_are_none,
         vapid_is_signed_for_its_origin, private_key_is_refused_where_it_is_none});
}
