#include "src/notify/p256.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "src/base/gref.h"

namespace mullion {

namespace {

constexpr std::size_t kScalar = 32;
constexpr std::size_t kPoint = 65;
constexpr char kUncompressed = 4;

using BigPtr = GPtr<BIGNUM, BN_clear_free>;

Error failed(const char* what) {
    return {ErrorCode::Internal, std::string("OpenSSL cannot ") + what};
}

const unsigned char* bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// The key of a point and, where there is one, of its scalar; null where they are none.
EVP_PKEY* keyOf(std::string_view point, const BIGNUM* scalar) {
    const GPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1,
                                    0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                     point.size());
    if (scalar) OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar);
    const GPtr<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const GPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    const int selection = scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, selection, parameters.get()) != 1)
        return nullptr;
    return key;
}

} // namespace

Result<P256Key> P256Key::of(EVP_PKEY* raw) {
    if (!raw) return failed("make a key of P-256");
    std::shared_ptr<EVP_PKEY> key(raw, EVP_PKEY_free);
    unsigned char* encoded = nullptr;
    const std::size_t size = EVP_PKEY_get1_encoded_public_key(raw, &encoded);
    const GPtr<unsigned char, [](unsigned char* bytes) { OPENSSL_free(bytes); }> owned(encoded);
    if (size != kPoint || encoded[0] != kUncompressed) return failed("write a point of P-256");
    return P256Key(std::move(key), std::string(reinterpret_cast<char*>(encoded), size));
}

Result<P256Key> P256Key::generate() {
    return of(EVP_EC_gen(SN_X9_62_prime256v1));
}

Result<P256Key> P256Key::fromPrivate(std::string_view scalar) {
    const Error wrong{ErrorCode::BadRequest, "this is no private key of P-256"};
    const BigPtr number(BN_bin2bn(bytesOf(scalar), static_cast<int>(scalar.size()), nullptr));
    const GPtr<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    if (scalar.size() != kScalar || BN_is_zero(number.get()) ||
        BN_cmp(number.get(), EC_GROUP_get0_order(group.get())) >= 0)
        return wrong;
    const GPtr<EC_POINT, EC_POINT_free> point(EC_POINT_new(group.get()));
    unsigned char encoded[kPoint];
    if (EC_POINT_mul(group.get(), point.get(), number.get(), nullptr, nullptr, nullptr) != 1 ||
        EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded,
                           sizeof encoded, nullptr) != kPoint)
        return wrong;
    return of(keyOf({reinterpret_cast<char*>(encoded), kPoint}, number.get()));
}

Result<P256Key> P256Key::fromPublic(std::string_view point) {
    const Error wrong{ErrorCode::BadRequest, "this is no point of P-256"};
    if (point.size() != kPoint || point[0] != kUncompressed) return wrong;
    // It refuses what is not on the curve.
    EVP_PKEY* key = keyOf(point, nullptr);
    if (!key) return wrong;
    return of(key);
}

Result<std::string> P256Key::agree(const P256Key& other) const {
    const GPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new(key_.get(), nullptr));
    std::string secret(kScalar, '\0');
    std::size_t size = secret.size();
    if (EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), other.key_.get()) != 1 ||
        EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(secret.data()), &size) !=
            1 ||
        size != kScalar)
        return failed("agree on a secret");
    return secret;
}

Result<std::string> P256Key::sign(std::string_view text) const {
    const GPtr<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    unsigned char der[128];
    std::size_t size = sizeof der;
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), der, &size, bytesOf(text), text.size()) != 1)
        return failed("sign");
    const unsigned char* begin = der;
    const GPtr<ECDSA_SIG, ECDSA_SIG_free> pair(
        d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(size)));
    std::string signature(2 * kScalar, '\0');
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, kScalar) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + kScalar, kScalar) < 0)
        return failed("sign");
    return signature;
}

} // namespace mullion
