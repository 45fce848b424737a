#include "pipelines/leg/fingerprint.h"

#include <algorithm>

#include "src/base/gref.h"

namespace mullion {

namespace {

constexpr const char* kBegin = "-----BEGIN CERTIFICATE-----";
constexpr const char* kEnd = "-----END CERTIFICATE-----";

/// The DER bytes between the marks of PEM; empty where there are none.
std::string derOf(const std::string& pem) {
    const auto begin = pem.find(kBegin);
    const auto end = pem.find(kEnd);
    if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
    const std::string base64 = pem.substr(begin + std::char_traits<char>::length(kBegin),
                                          end - begin - std::char_traits<char>::length(kBegin));
    gsize size = 0;
    const GPtr<guchar, g_free> bytes(g_base64_decode(base64.c_str(), &size));
    return {reinterpret_cast<const char*>(bytes.get()), size};
}

std::string hashOf(const std::string& der, GChecksumType type) {
    const GPtr<GChecksum, g_checksum_free> checksum(g_checksum_new(type));
    g_checksum_update(checksum.get(), reinterpret_cast<const guchar*>(der.data()),
                      static_cast<gssize>(der.size()));
    std::string text;
    for (const char* hex = g_checksum_get_string(checksum.get()); *hex; hex += 2) {
        if (!text.empty()) text += ':';
        text += static_cast<char>(g_ascii_toupper(hex[0]));
        text += static_cast<char>(g_ascii_toupper(hex[1]));
    }
    return text;
}

} // namespace

bool certificateMatches(const std::string& pem, const std::vector<sdp::Fingerprint>& promised) {
    const std::string der = derOf(pem);
    if (der.empty()) return false;
    constexpr std::pair<const char*, GChecksumType> kStrongestFirst[] = {
        {"sha-512", G_CHECKSUM_SHA512},
        {"sha-384", G_CHECKSUM_SHA384},
        {"sha-256", G_CHECKSUM_SHA256}};
    for (const auto& [algorithm, type] : kStrongestFirst) {
        const auto uses = [&](const sdp::Fingerprint& f) { return f.algorithm == algorithm; };
        if (std::none_of(promised.begin(), promised.end(), uses)) continue;
        const sdp::Fingerprint actual{algorithm, hashOf(der, type)};
        return std::find(promised.begin(), promised.end(), actual) != promised.end();
    }
    return false;
}

} // namespace mullion
