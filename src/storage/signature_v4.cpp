#include "src/storage/signature_v4.h"

#include <algorithm>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "src/storage/checksums.h"

namespace mullion {

namespace {

constexpr const char* kAlgorithm = "AWS4-HMAC-SHA256";

std::string hmac(const std::string& key, const std::string& text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
    return {reinterpret_cast<const char*>(digest), size};
}

std::string scopeOf(const SigningKey& key, Timestamp at) {
    return amzDate(at).substr(0, 8) + '/' + key.region + '/' + key.service + "/aws4_request";
}

/// Without spaces at its ends.
std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// `host;range;x-amz-date`
std::string namesOf(const SignedRequest& request) {
    std::string names;
    for (const auto& [name, value] : request.headers)
        names += (names.empty() ? "" : ";") + name;
    return names;
}

std::string signatureOf(const SigningKey& key, const SignedRequest& request, Timestamp at) {
    std::string canonical = request.method + '\n' + request.path + '\n';
    canonical += canonicalQuery(request.query) + '\n';
    for (const auto& [name, value] : request.headers)
        canonical += name + ':' + trimmed(value) + '\n';
    canonical += '\n' + namesOf(request) + '\n' + request.payload;
    const std::string text = std::string(kAlgorithm) + '\n' + amzDate(at) + '\n' +
                             scopeOf(key, at) + '\n' + sha256Of(canonical);
    std::string signing = "AWS4" + key.secretKey;
    for (const std::string& step :
         {amzDate(at).substr(0, 8), key.region, key.service, std::string("aws4_request")})
        signing = hmac(signing, step);
    return hexOf(hmac(signing, text));
}

} // namespace

std::string amzDate(Timestamp at) {
    // 2013-05-24T00:00:00.000Z
    const std::string text = formatTimestamp(at);
    return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) + 'T' + text.substr(11, 2) +
           text.substr(14, 2) + text.substr(17, 2) + 'Z';
}

std::string uriEncode(std::string_view text, bool keepSlash) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool isPlain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                             (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                             c == '~' || (keepSlash && c == '/');
        if (isPlain)
            encoded += c;
        else
            encoded.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
    return encoded;
}

std::string canonicalQuery(SignedRequest::Fields query) {
    for (auto& [name, value] : query) {
        name = uriEncode(name);
        value = uriEncode(value);
    }
    std::sort(query.begin(), query.end());
    std::string text;
    for (const auto& [name, value] : query)
        text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
    return text;
}

std::string authorizationV4(const SigningKey& key, const SignedRequest& request, Timestamp at) {
    SignedRequest sorted = request;
    std::sort(sorted.headers.begin(), sorted.headers.end());
    return std::string(kAlgorithm) + " Credential=" + key.accessKey + '/' + scopeOf(key, at) +
           ",SignedHeaders=" + namesOf(sorted) + ",Signature=" + signatureOf(key, sorted, at);
}

std::string presignedQueryV4(const SigningKey& key, SignedRequest request, Timestamp at,
                             std::chrono::seconds lifetime) {
    std::sort(request.headers.begin(), request.headers.end());
    request.query.insert(request.query.end(),
                         {{"X-Amz-Algorithm", kAlgorithm},
                          {"X-Amz-Credential", key.accessKey + '/' + scopeOf(key, at)},
                          {"X-Amz-Date", amzDate(at)},
                          {"X-Amz-Expires", std::to_string(lifetime.count())},
                          {"X-Amz-SignedHeaders", namesOf(request)}});
    return canonicalQuery(request.query) + "&X-Amz-Signature=" + signatureOf(key, request, at);
}

} // namespace mullion
