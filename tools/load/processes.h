#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mullion::load {

/// The server's processes as /proc shows them; what has gone meanwhile is left out.

/// CPU seconds that a process has taken since it began, in steps of 10 ms; nothing where it is
/// gone.
std::optional<double> cpuSecondsOf(int pid);

/// Who listens on a local TCP port.
std::optional<int> listenerOf(int port);

/// The calls' processes, the spare too: mullion-call that `serverPid` has started or that serve
/// `dataDir` (empty: not looked at), as they outlive the mulliond that started them.
std::vector<int> callProcesses(int serverPid, const std::string& dataDir);

} // namespace mullion::load
