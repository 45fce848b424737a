#pragma once

#include <string>

#include "src/base/result.h"

namespace mullion {

/// The folder in which one mulliond keeps everything, locked for as long as this lives.
class DataDir {
public:
    /// Makes the folder (mode 0700) where it is missing. @return Unavailable where it cannot be
    /// written, Conflict where another mulliond has it.
    static Result<DataDir> open(const std::string& path);
    DataDir(DataDir&& other) noexcept;
    DataDir& operator=(DataDir&& other) = delete;
    ~DataDir();

    /// A file in it.
    std::string file(const std::string& name) const { return path_ + '/' + name; }

    /// Where the sockets of call processes are, always the same for this folder and short enough
    /// for a socket's address (108 bytes): below the folder, the runtime folder or /tmp.
    Result<std::string> runDir() const;

private:
    DataDir(std::string path, int lock)
        : path_(std::move(path))
        , lock_(lock) {}

    std::string path_;
    int lock_ = -1;
};

} // namespace mullion
