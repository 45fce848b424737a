#pragma once

#include <cstdint>

#include <optional>
#include <string>

namespace mullion::api {

/// A part of a file in bytes.
struct ByteRange {
    std::int64_t offset = 0;
    std::int64_t length = 0;
};

/// What a `Range` header asks for of a file of `size` bytes (RFC 9110, 14.2).
struct RangeRequest {
    enum class Kind {
        /// No range, or one that may be passed over: of another unit, malformed, or several.
        Whole,
        Part,
        /// It begins behind the end: 416.
        Unsatisfiable,
    };

    Kind kind = Kind::Whole;
    ByteRange range = {};

    static RangeRequest parse(const std::string& header, std::int64_t size);
};

} // namespace mullion::api
