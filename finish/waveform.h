#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "finish/input.h"
#include "finish/progress.h"

namespace mullion::finish {

/// How loud each part of the sound is: `{"version":1,"duration_ms":…,"peaks":[…]}`, up to 500 parts
/// of the same length, at least 20 ms each; a peak is the largest sample of all channels mixed into
/// one, 100 for full scale.
/// @return nothing without a sound, or where none decodes.
std::optional<std::string> waveformOf(Input& input, std::chrono::milliseconds duration,
                                      Progress& progress);

} // namespace mullion::finish
