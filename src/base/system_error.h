#pragma once

#include <string>

#include "src/base/result.h"

namespace mullion {

/// What an errno means that reading `path` gave: NotFound, whatever the reason is.
Error readError(int error, const std::string& path);

/// What an errno means that writing `path` gave: StorageFull, or Unavailable.
Error writeError(int error, const std::string& path);

} // namespace mullion
