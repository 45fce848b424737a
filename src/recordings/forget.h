#pragma once

#include <string>

#include "src/recordings/recording.h"

namespace mullion {

/// Makes the user a nameless `erased` in what is known of a recording that somebody else began: in
/// the call and its layouts. What he has written in the chat goes, and so does his right to see
/// the recording. @return whether he was in it.
bool forget(Recording& recording, const std::string& userId);

} // namespace mullion
