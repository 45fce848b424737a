#pragma once

#include <string_view>

#include "src/base/result.h"

namespace mullion {

/// The stable `code` of the interface, such as `call_full`.
const char* name(ErrorCode code);

/// The reverse; Internal for a name that is none.
ErrorCode errorCodeFromName(std::string_view text);

} // namespace mullion
