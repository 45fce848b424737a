#pragma once

#include <string>
#include <vector>

#include "src/base/result.h"

namespace mullion {

/// A process that has just been started.
struct Spawned {
    int pid = 0;
    /// Becomes readable when it has written its ready byte, and ends with the process.
    int readyFd = -1;
};

/// Starts `arguments` (the first is the program) detached: a session of its own, default signals,
/// nothing of our descriptors, stdout and stderr appended to `logFile`, and the descriptor 3 to
/// write its ready byte to. The process is reaped by the main loop. @return Unavailable.
Result<Spawned> spawnDetached(std::vector<std::string> arguments, const std::string& logFile);

} // namespace mullion
