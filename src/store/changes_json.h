#pragma once

#include <string>

#include "src/base/result.h"
#include "src/store/store.h"

namespace mullion {

/// Changes as one line of JSON.
std::string toText(const Changes& changes);

/// The reverse. @return BadRequest for what is no such text.
Result<Changes> changesFrom(const std::string& text);

} // namespace mullion
