#include "src/base/new_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include "src/base/descriptor.h"
#include "src/base/system_error.h"

namespace mullion {

namespace {

Descriptor openFile(const std::string& path, int flags) {
    return Descriptor(open(path.c_str(), flags | O_CLOEXEC, 0640));
}

Result<void> sync(const std::string& path, int flags) {
    const Descriptor file = openFile(path, flags);
    if (!file || fsync(file.number()) != 0) return writeError(errno, path);
    return {};
}

} // namespace

Result<NewFile> NewFile::create(const std::string& path) {
    NewFile file(path);
    const Descriptor made = openFile(file.temporaryPath(), O_WRONLY | O_CREAT | O_TRUNC);
    if (!made) {
        const Error error = writeError(errno, path);
        file.path_.clear();
        return error;
    }
    return file;
}

NewFile::~NewFile() {
    if (!path_.empty()) unlink(temporaryPath().c_str());
}

Result<void> NewFile::write(std::string_view bytes) const {
    const Descriptor file = openFile(temporaryPath(), O_WRONLY | O_TRUNC);
    if (!file) return writeError(errno, path_);
    return writeAll(file.number(), bytes.data(), bytes.size(), path_);
}

Result<void> syncFolderOf(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    return sync(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
}

Result<void> NewFile::commit() {
    TRY(sync(temporaryPath(), O_WRONLY));
    if (std::rename(temporaryPath().c_str(), path_.c_str()) != 0) return writeError(errno, path_);
    return syncFolderOf(std::exchange(path_, {}));
}

} // namespace mullion
