#pragma once

#include <cstdint>
#include <string>

#include "src/base/result.h"

namespace mullion {

/// A place in a list of calls sorted by time, then id. Its text is opaque to clients.
struct Cursor {
    /// The default is before the newest call.
    std::int64_t createdMs = INT64_MAX;
    std::string id = {};

    /// An empty text is the default. @return BadRequest.
    static Result<Cursor> parse(const std::string& text);
    std::string text() const;
};

} // namespace mullion
