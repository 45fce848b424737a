#pragma once

#include <chrono>
#include <string>

#include "finish/input.h"
#include "finish/progress.h"

namespace mullion::finish {

struct Copied {
    std::chrono::milliseconds duration{0};
    /// Packets were broken and are left out.
    bool hasGaps = false;
};

/// Copies the packets of `input`, as they are and at their times, into a file of the same container
/// with the index in front. `path` must exist; `name` is what errors call it.
/// @return UnsupportedMedia: no packet is whole; NotFound: the disk does not give what it has;
/// StorageFull, Unavailable.
Result<Copied> remux(Input& input, const std::string& path, const std::string& name,
                     Progress& progress);

} // namespace mullion::finish
