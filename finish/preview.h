#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "finish/input.h"

namespace mullion::finish {

/// A JPEG, at most 640 wide, of a key frame about a third into the file: of a few, the one in which
/// most is to be seen. Where those are all of one colour it looks in the rest of the file too.
/// @return nothing without a picture, or where none decodes.
std::optional<std::string> previewOf(Input& input, std::chrono::milliseconds duration);

} // namespace mullion::finish
