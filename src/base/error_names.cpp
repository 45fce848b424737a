#include "src/base/error_names.h"

#include <array>
#include <cstddef>

namespace mullion {

namespace {

/// In the order of the enum.
constexpr std::array kNames = {
    "bad_request", "unauthenticated",   "not_allowed",       "not_found",   "not_member",
    "wrong_state", "conflict",          "call_full",         "locked",      "busy",
    "too_large",   "too_many_requests", "unsupported_media", "at_capacity", "storage_full",
    "unavailable", "internal"};
static_assert(kNames.size() == static_cast<std::size_t>(ErrorCode::Internal) + 1);

} // namespace

const char* name(ErrorCode code) {
    return kNames[static_cast<std::size_t>(code)];
}

ErrorCode errorCodeFromName(std::string_view text) {
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (text == kNames[i]) return static_cast<ErrorCode>(i);
    return ErrorCode::Internal;
}

} // namespace mullion
