#include "pipelines/output/growing_file.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

#include "src/base/new_file.h"
#include "src/base/system_error.h"

namespace mullion {

namespace {

/// Less than the half second from one fragment to the next, so that none waits for two.
constexpr auto kSyncInterval = std::chrono::milliseconds(400);

} // namespace

Result<GrowingFile> GrowingFile::create(const std::string& path, std::uint64_t minFree) {
    const auto folder = std::filesystem::path(path).parent_path();
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return writeError(error.value(), folder.string());
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0 && errno == EEXIST) return Error{ErrorCode::Conflict, path + ": is there already"};
    if (fd < 0) return writeError(errno, path);
    GrowingFile file(fd, path, minFree);
    TRY(syncFolderOf(path));
    TRY(file.sync());
    return file;
}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1))
    , path_(std::move(other.path_))
    , minFree_(other.minFree_)
    , size_(other.size_)
    , syncedAt_(other.syncedAt_) {}

GrowingFile& GrowingFile::operator=(GrowingFile&& other) noexcept {
    if (this == &other) return *this;
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
    path_ = std::move(other.path_);
    minFree_ = other.minFree_;
    size_ = other.size_;
    syncedAt_ = other.syncedAt_;
    return *this;
}

GrowingFile::~GrowingFile() {
    if (fd_ >= 0) ::close(fd_);
}

Result<void> GrowingFile::write(const void* data, std::size_t size) {
    TRY(writeAll(fd_, data, size, path_));
    size_ += size;
    if (std::chrono::steady_clock::now() - syncedAt_ < kSyncInterval) return {};
    return sync();
}

/// Also looks how much room is left: the disk is not ours alone.
Result<void> GrowingFile::sync() {
    syncedAt_ = std::chrono::steady_clock::now();
    if (fdatasync(fd_) != 0) return writeError(errno, path_);

    struct statvfs disk {};

    if (fstatvfs(fd_, &disk) != 0) return writeError(errno, path_);
    if (std::uint64_t{disk.f_bavail} * disk.f_frsize < minFree_)
        return Error{ErrorCode::StorageFull,
                     path_ + ": less than " + std::to_string(minFree_ >> 20) +
                         " MiB would be left on the disk (recordings.min_free)"};
    return {};
}

Result<void> GrowingFile::close() {
    if (fd_ < 0) return {};
    const bool synced = fsync(fd_) == 0;
    const int error = errno;
    ::close(std::exchange(fd_, -1));
    if (!synced) return writeError(error, path_);
    return {};
}

} // namespace mullion
