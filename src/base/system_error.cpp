#include "src/base/system_error.h"

#include <cerrno>
#include <cstring>

namespace mullion {

Error readError(int error, const std::string& path) {
    return {ErrorCode::NotFound, path + ": " + std::strerror(error)};
}

Error writeError(int error, const std::string& path) {
    const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    return {full ? ErrorCode::StorageFull : ErrorCode::Unavailable,
            path + ": " + std::strerror(error)};
}

} // namespace mullion
