#pragma once

#include <cstddef>
#include <string>

#include "src/base/result.h"

namespace mullion {

/// What an errno means that reading `path` gave: NotFound, whatever the reason is.
Error readError(int error, const std::string& path);

/// What an errno means that writing `path` gave: StorageFull, or Unavailable.
Error writeError(int error, const std::string& path);

/// Writes all of it to `fd`; `path` is what errors call it. @return as writeError().
Result<void> writeAll(int fd, const void* data, std::size_t size, const std::string& path);

} // namespace mullion
