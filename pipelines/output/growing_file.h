#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "src/base/result.h"

namespace mullion {

/// A file that grows while something may end this process or the machine: what was written is on
/// the disk a second later. Not thread-safe.
class GrowingFile {
public:
    /// Makes the file with its folders. `minFree` bytes stay free on its disk.
    /// @return Conflict where it is there already: two never write one file; StorageFull,
    /// Unavailable (a read-only disk, no permission).
    static Result<GrowingFile> create(const std::string& path, std::uint64_t minFree);
    GrowingFile(GrowingFile&& other) noexcept;
    GrowingFile& operator=(GrowingFile&& other) noexcept;
    /// Closes it; close() tells whether that went well.
    ~GrowingFile();

    /// Appends. @return StorageFull: no room, or less than `minFree` would be left; Unavailable.
    Result<void> write(const void* data, std::size_t size);

    /// Puts all of it on the disk and closes it; what was begun stays.
    Result<void> close();

    std::uint64_t size() const { return size_; }

private:
    GrowingFile(int fd, std::string path, std::uint64_t minFree)
        : fd_(fd)
        , path_(std::move(path))
        , minFree_(minFree) {}

    Result<void> sync();

    int fd_ = -1;
    std::string path_;
    std::uint64_t minFree_ = 0;
    std::uint64_t size_ = 0;
    std::chrono::steady_clock::time_point syncedAt_ = std::chrono::steady_clock::now();
};

} // namespace mullion
