#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/base/timestamp.h"

namespace mullion {

/// Who signs, and for what.
struct SigningKey {
    std::string accessKey;
    std::string secretKey;
    std::string region = "us-east-1";
    std::string service = "s3";
};

/// What of a request is signed.
struct SignedRequest {
    using Fields = std::vector<std::pair<std::string, std::string>>;

    std::string method;
    /// As it is sent, percent-encoded by uriEncode().
    std::string path;
    /// Not encoded.
    Fields query = {};
    /// By lower-case name, `host` among them; all are signed.
    Fields headers = {};
    /// SHA-256 of the body in hexadecimal, or `UNSIGNED-PAYLOAD`.
    std::string payload = "UNSIGNED-PAYLOAD";
};

/// AWS Signature Version 4
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
/// @return the `Authorization` header. The request's `x-amz-date` must be amzDate(at).
std::string authorizationV4(const SigningKey& key, const SignedRequest& request, Timestamp at);

/// The whole query of a URL that is good for so long after `at`, for whoever has it.
std::string presignedQueryV4(const SigningKey& key, SignedRequest request, Timestamp at,
                             std::chrono::seconds lifetime);

/// `20130524T000000Z`
std::string amzDate(Timestamp at);

/// Percent-encodes everything but unreserved characters and, where it is to be kept, the slash.
std::string uriEncode(std::string_view text, bool keepSlash = false);

/// `a=1&b=2`, encoded and in the order in which it is signed.
std::string canonicalQuery(SignedRequest::Fields query);

} // namespace mullion
