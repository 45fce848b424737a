#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace mullion {

/// Wall-clock time with the precision of the API.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// The wall clock now.
Timestamp now();

/// RFC 3339 in UTC with milliseconds: `2026-11-23T12:34:56.789Z`.
std::string formatTimestamp(Timestamp time);

/// The reverse of formatTimestamp(); offsets other than `Z` are accepted.
/// @return BadRequest where `text` is no RFC 3339 time.
Result<Timestamp> parseTimestamp(std::string_view text);

} // namespace mullion
