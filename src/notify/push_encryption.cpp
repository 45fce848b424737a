#include "src/notify/push_encryption.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "src/base/base64url.h"
#include "src/base/gref.h"

namespace mullion {

namespace {

constexpr std::size_t kAuth = 16;
constexpr std::size_t kSalt = 16;
constexpr std::size_t kKey = 16;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
/// Of one record, which is all that there is (RFC 8188, 2.1).
constexpr std::uint32_t kRecordSize = 4096;
/// Ends the last record.
constexpr char kDelimiter = 2;

Error failed() {
    return {ErrorCode::Internal, "OpenSSL cannot encrypt a push"};
}

OSSL_PARAM parameter(const char* name, std::string_view value) {
    // OpenSSL only reads it.
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(value.data()), value.size());
}

/// HKDF with SHA-256, extract and expand (RFC 5869).
Result<std::string> hkdf(std::string_view salt, std::string_view secret, std::string_view info,
                         std::size_t length) {
    const GPtr<EVP_KDF, EVP_KDF_free> algorithm(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    const GPtr<EVP_KDF_CTX, EVP_KDF_CTX_free> context(EVP_KDF_CTX_new(algorithm.get()));
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        parameter(OSSL_KDF_PARAM_SALT, salt), parameter(OSSL_KDF_PARAM_KEY, secret),
        parameter(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
    std::string out(length, '\0');
    if (EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(out.data()), length,
                       parameters) != 1)
        return failed();
    return out;
}

Result<std::string> encryptRecord(std::string_view key, std::string_view nonce, std::string plain) {
    plain += kDelimiter;
    const auto in = [](std::string_view text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    };
    const GPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context(EVP_CIPHER_CTX_new());
    std::string record(plain.size() + kTag, '\0');
    auto* out = reinterpret_cast<unsigned char*>(record.data());
    int size = 0;
    int rest = 0;
    if (EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, in(key), in(nonce)) != 1 ||
        EVP_EncryptUpdate(context.get(), out, &size, in(plain), static_cast<int>(plain.size())) !=
            1 ||
        EVP_EncryptFinal_ex(context.get(), out + size, &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, out + size + rest) != 1)
        return failed();
    return record;
}

} // namespace

Result<PushKeys> PushKeys::parse(std::string_view p256dh, std::string_view auth) {
    const auto point = fromBase64Url(p256dh);
    auto browser = point ? P256Key::fromPublic(*point) : Result<P256Key>(point.error());
    if (!browser)
        return Error{ErrorCode::BadRequest,
                     "`p256dh` must be an uncompressed point of P-256, 65 bytes in base64url",
                     "keys.p256dh"};
    const auto secret = fromBase64Url(auth);
    if (!secret || secret->size() != kAuth)
        return Error{ErrorCode::BadRequest, "`auth` must be 16 bytes in base64url", "keys.auth"};
    return PushKeys{*browser, *secret};
}

Result<std::string> encryptPush(std::string_view text, const PushKeys& keys) {
    const P256Key own = TRY(P256Key::generate());
    std::string salt(kSalt, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), kSalt) != 1) return failed();
    return encryptPush(text, keys, own, salt);
}

Result<std::string> encryptPush(std::string_view text, const PushKeys& keys, const P256Key& own,
                                std::string_view salt) {
    if (text.size() > kMaxPushText)
        return Error{ErrorCode::TooLarge, "a push carries 3993 bytes at most"};
    const std::string shared = TRY(own.agree(keys.browser));
    // RFC 8291, 3.4. The zero bytes that end each label are part of it.
    std::string label("WebPush: info");
    label.append(1, '\0').append(keys.browser.publicPoint()).append(own.publicPoint());
    const std::string secret = TRY(hkdf(keys.auth, shared, label, 32));
    using namespace std::string_view_literals;
    const std::string key = TRY(hkdf(salt, secret, "Content-Encoding: aes128gcm\0"sv, kKey));
    const std::string nonce = TRY(hkdf(salt, secret, "Content-Encoding: nonce\0"sv, kNonce));
    // RFC 8188, 2.1: salt, record size, length of the key's id, and the id: our public key.
    std::string body(salt);
    for (int shift = 24; shift >= 0; shift -= 8)
        body += static_cast<char>(kRecordSize >> shift & 0xff);
    body += static_cast<char>(own.publicPoint().size());
    body += own.publicPoint();
    return body + TRY(encryptRecord(key, nonce, std::string(text)));
}

} // namespace mullion
