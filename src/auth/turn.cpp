#include "src/auth/turn.h"

#include "src/base/gref.h"
#include "src/base/json_values.h"

namespace mullion {

namespace {

std::string credential(const std::string& secret, const std::string& username) {
    const GPtr<GHmac, g_hmac_unref> hmac(
        g_hmac_new(G_CHECKSUM_SHA1, reinterpret_cast<const guchar*>(secret.data()), secret.size()));
    g_hmac_update(hmac.get(), reinterpret_cast<const guchar*>(username.data()),
                  static_cast<gssize>(username.size()));
    guint8 digest[20];
    gsize size = sizeof digest;
    g_hmac_get_digest(hmac.get(), digest, &size);
    const GCharPtr text(g_base64_encode(digest, size));
    return text.get();
}

} // namespace

Json IceServers::describe(const std::string& userId, Timestamp at) const {
    const Timestamp expiresAt = at + lifetime;
    Json servers = Json::array();
    if (!stunUrls.empty()) servers.push_back({{"urls", stunUrls}});
    if (!turnUrls.empty()) {
        Json server = {{"urls", turnUrls}};
        if (!turnSecret.empty()) {
            const std::string username =
                std::to_string(expiresAt.time_since_epoch().count() / 1000) + ':' + userId;
            server["username"] = username;
            server["credential"] = credential(turnSecret, username);
        }
        servers.push_back(std::move(server));
    }
    return {{"ice_servers", std::move(servers)}, {"expires_at", formatTimestamp(expiresAt)}};
}

} // namespace mullion
