#include "src/base/system_error.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace mullion {

Error readError(int error, const std::string& path) {
    return {ErrorCode::NotFound, path + ": " + std::strerror(error)};
}

Error writeError(int error, const std::string& path) {
    const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    return {full ? ErrorCode::StorageFull : ErrorCode::Unavailable,
            path + ": " + std::strerror(error)};
}

Result<void> writeAll(int fd, const void* data, std::size_t size, const std::string& path) {
    const auto* bytes = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return writeError(errno, path);
        bytes += written;
        size -= static_cast<std::size_t>(written);
    }
    return {};
}

} // namespace mullion
