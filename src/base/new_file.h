#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "src/base/result.h"

namespace mullion {

/// Puts the name of the file at `path` on the disk. @return as NewFile::commit().
Result<void> syncFolderOf(const std::string& path);

/// A file that is there only whole: it has another name in the same folder until commit(). What a
/// run before this one left under that name is written over. Not thread-safe.
class NewFile {
public:
    /// What its name ends in until commit().
    static constexpr const char* kSuffix = ".tmp";

    /// @return StorageFull; Unavailable: no such folder, no permission.
    static Result<NewFile> create(const std::string& path);

    NewFile(NewFile&& other) noexcept
        : path_(std::exchange(other.path_, {})) {}

    NewFile& operator=(NewFile&&) = delete;
    /// Removes what was not committed.
    ~NewFile();

    /// Where it is until commit().
    std::string temporaryPath() const { return path_ + kSuffix; }

    /// Makes this all of it.
    Result<void> write(std::string_view bytes) const;

    /// Puts it on the disk, then under its name in place of what was there.
    Result<void> commit();

private:
    explicit NewFile(std::string path)
        : path_(std::move(path)) {}

    /// Empty: none, or no longer ours.
    std::string path_;
};

} // namespace mullion
