#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/base/batch_thread.h"
#include "src/base/result.h"

namespace mullion {

/// A file of lines that are on the disk when they are acknowledged. Each carries a checksum, so
/// that one that was being written when the program or the machine died is known and dropped.
/// Main-bound; the file is written by a thread, a flush for all lines that wait.
class Journal {
public:
    using Done = std::function<void(Result<void>)>;

    /// Reads what an earlier process left and goes on behind it.
    /// @return Unavailable where the file cannot be opened, read or cut.
    static Result<std::unique_ptr<Journal>> open(const std::string& path);
    /// Waits until what was appended is on the disk.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// The lines that were there when it was opened; once.
    std::vector<std::string> takeLines();

    /// `done` comes on main, in order. @return StorageFull, Unavailable.
    void append(std::string line, Done done);
    /// Forgets all lines that were appended before.
    void clear(Done done);

private:
    struct Job {
        /// Empty: clear().
        std::string line;
        Done done;
    };

    Journal(int fd, std::vector<std::string> lines, std::int64_t end);
    void work(std::vector<Job> jobs);
    Result<void> write(const std::vector<Job>& jobs, std::size_t first, std::size_t last);
    Result<void> cut(std::int64_t end);

    int fd_;
    std::vector<std::string> lines_;
    /// Behind the last whole line; the thread's.
    std::int64_t end_;
    BatchThread<Job> thread_;
};

} // namespace mullion
