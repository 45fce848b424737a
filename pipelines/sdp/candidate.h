#pragma once

#include <optional>
#include <string>

#include "src/base/result.h"

namespace mullion::sdp {

/// Checks one `candidate:` line of a client (RFC 8839 section 5.1; `a=` may stand before it).
///
/// @return the line as libnice may see it; nothing where it is right but of no use to us (TCP, a
/// `.local` name, component 2); BadRequest where it is no candidate.
Result<std::optional<std::string>> checkCandidate(const std::string& line);

} // namespace mullion::sdp
