#include "src/notify/signature.h"

#include "src/base/gref.h"

namespace mullion {

namespace {

constexpr const char* kPrefix = "whsec_";
constexpr std::size_t kMinKey = 24;
constexpr std::size_t kMaxKey = 64;

} // namespace

Result<std::string> webhookKey(const std::string& secret) {
    const Error wrong{ErrorCode::BadRequest,
                      "a secret of webhooks is `whsec_` and 24 to 64 bytes in base64"};
    if (!secret.starts_with(kPrefix)) return wrong;
    const std::string text = secret.substr(std::string_view(kPrefix).size());
    gsize size = 0;
    const GPtr<guchar, g_free> bytes(g_base64_decode(text.c_str(), &size));
    // The decoder skips what is no base64.
    const GCharPtr again(g_base64_encode(bytes.get(), size));
    if (size < kMinKey || size > kMaxKey || text != again.get()) return wrong;
    return std::string(reinterpret_cast<const char*>(bytes.get()), size);
}

std::string webhookSignature(const std::string& key, const std::string& id, std::int64_t seconds,
                             const std::string& body) {
    const std::string text = id + '.' + std::to_string(seconds) + '.' + body;
    const GPtr<GHmac, g_hmac_unref> hmac(
        g_hmac_new(G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(key.data()), key.size()));
    g_hmac_update(hmac.get(), reinterpret_cast<const guchar*>(text.data()),
                  static_cast<gssize>(text.size()));
    guint8 digest[32];
    gsize size = sizeof digest;
    g_hmac_get_digest(hmac.get(), digest, &size);
    const GCharPtr encoded(g_base64_encode(digest, size));
    return std::string("v1,") + encoded.get();
}

} // namespace mullion
