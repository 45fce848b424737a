#pragma once

#include <string>

#include "src/base/result.h"
#include "src/base/timestamp.h"

namespace mullion {

/// The key of a secret as the Standard Webhooks specification writes them: `whsec_` and 24 to 64
/// bytes in base64 (https://www.standardwebhooks.com). @return BadRequest for any other text.
Result<std::string> webhookKey(const std::string& secret);

/// What stands in `webhook-signature`: `v1,` and the HMAC-SHA256 of `ID.SECONDS.BODY` in base64.
std::string webhookSignature(const std::string& key, const std::string& id, std::int64_t seconds,
                             const std::string& body);

} // namespace mullion
