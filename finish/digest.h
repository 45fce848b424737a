#pragma once

#include <cstdint>
#include <string>

#include "finish/progress.h"
#include "src/base/result.h"

namespace mullion::finish {

struct Digest {
    std::uint64_t bytes = 0;
    /// 64 hexadecimal digits.
    std::string sha256;
};

/// @return NotFound where the file cannot be read.
Result<Digest> digestOf(const std::string& path, Progress& progress);

} // namespace mullion::finish
