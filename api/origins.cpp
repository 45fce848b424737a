#include "api/origins.h"

#include <algorithm>

#include "src/base/gref.h"

namespace mullion::api {

namespace {

/// The host of `host[:port]`; an IPv6 address without its brackets.
std::string withoutPort(const std::string& authority) {
    if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
    return authority.substr(0, authority.find(':'));
}

/// The host and port of an origin, as a Host header has them; empty where it is none.
std::string authorityOf(const std::string& origin) {
    const auto scheme = origin.find("://");
    return scheme == std::string::npos ? "" : origin.substr(scheme + 3);
}

bool isSame(const std::string& a, const std::string& b) {
    return g_ascii_strcasecmp(a.c_str(), b.c_str()) == 0;
}

GRef<GInetAddress> addressFrom(const std::string& text) {
    return GRef<GInetAddress>::adopt(g_inet_address_new_from_string(text.c_str()));
}

} // namespace

bool Origins::isOurs(const std::string& header) const {
    if (header.empty()) return true;
    const std::string host = withoutPort(header);
    if (isSame(host, "localhost") || isSame(host, options_.listen)) return true;
    // An address cannot be bound to another one, so that any of ours will do.
    if (const auto address = addressFrom(host)) {
        const auto listen = addressFrom(options_.listen);
        return g_inet_address_get_is_loopback(address.get()) ||
               (listen && (g_inet_address_get_is_any(listen.get()) ||
                           g_inet_address_equal(listen.get(), address.get())));
    }
    return std::any_of(options_.names.begin(), options_.names.end(),
                       [&](const std::string& name) { return isSame(withoutPort(name), host); });
}

bool Origins::allow(const std::string& origin, const std::string& host) const {
    if (!isOurs(host)) return false;
    // A proxy in front may end TLS, so that the scheme says nothing, and put its own name for us
    // into Host.
    const std::string authority = authorityOf(origin);
    const auto isOrigin = [&](const std::string& name) { return isSame(name, authority); };
    if (!authority.empty() &&
        (isOrigin(host) || std::any_of(options_.names.begin(), options_.names.end(), isOrigin)))
        return true;
    return std::any_of(
        options_.allowed.begin(), options_.allowed.end(),
        [&](const std::string& allowed) { return allowed == "*" || isSame(allowed, origin); });
}

} // namespace mullion::api
