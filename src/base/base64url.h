#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"

namespace mullion {

/// base64url without padding (RFC 4648, 5).
std::string base64Url(std::string_view bytes);

/// The reverse; padding is allowed. @return BadRequest for any other text.
Result<std::string> fromBase64Url(std::string_view text);

} // namespace mullion
