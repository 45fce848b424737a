#include "src/wire/sealed_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace mullion::wire {

namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

Error failed(const std::string& what) {
    return {ErrorCode::Unavailable, what + ": " + std::strerror(errno)};
}

} // namespace

Result<Descriptor> makeSealedFile(std::string_view content) {
    Descriptor file(memfd_create("mullion", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) return failed("no file in memory");
    for (std::size_t done = 0; done < content.size();) {
        const ssize_t size = write(file.number(), content.data() + done, content.size() - done);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return failed("cannot write to a file in memory");
        done += static_cast<std::size_t>(size);
    }
    if (fcntl(file.number(), F_ADD_SEALS, kSeals) != 0) return failed("cannot seal a file");
    return file;
}

Result<std::string> readSealedFile(const Descriptor& file, std::size_t max) {
    struct stat info {};

    const int seals = fcntl(file.number(), F_GET_SEALS);
    if (seals < 0 || (seals & kSeals) != kSeals || fstat(file.number(), &info) != 0)
        return Error{ErrorCode::BadRequest, "a descriptor that is no sealed file"};
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size > max)
        return Error{ErrorCode::BadRequest,
                     "a file of more than " + std::to_string(max) + " bytes"};
    std::string content(size, '\0');
    for (std::size_t done = 0; done < size;) {
        const ssize_t part =
            pread(file.number(), content.data() + done, size - done, static_cast<off_t>(done));
        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) return Error{ErrorCode::BadRequest, "a file that cannot be read"};
        done += static_cast<std::size_t>(part);
    }
    return content;
}

} // namespace mullion::wire
