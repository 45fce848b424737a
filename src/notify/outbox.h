#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/base/batch_thread.h"
#include "src/base/main_loop.h"
#include "src/base/timestamp.h"
#include "src/store/sqlite_statement.h"

namespace mullion {

/// What webhooks have to deliver, in a SQLite file of its own. Main-bound.
///
/// What put() has taken outlives this program, however it ends: it is in the kernel by then, which
/// takes no disk's time. Within a second a thread puts it on the disk, where it outlives the
/// machine as well.
class Outbox {
public:
    /// One event for one receiver.
    struct Entry {
        /// Ascending in the order of events.
        std::int64_t number = 0;
        std::string url;
        /// The event's.
        std::string id;
        std::string callId;
        Timestamp at = {};
        std::int64_t bytes = 0;
    };

    /// @return Unavailable, StorageFull; Conflict where a newer program wrote it.
    static Result<std::unique_ptr<Outbox>> open(const std::string& path);
    ~Outbox();

    /// All that waits, the oldest first.
    Result<std::vector<Entry>> load();
    /// Takes all of them, or none; each gets its number.
    Result<void> put(std::vector<Entry>& entries, const std::string& body);
    Result<std::string> body(std::int64_t number);
    Result<void> remove(std::int64_t number);

private:
    Outbox() = default;
    Result<void> insert(std::vector<Entry>& entries, const std::string& body);
    void flushSoon();

    SqlitePtr database_ = {};
    SqliteStatement begin_ = {};
    SqliteStatement commit_ = {};
    SqliteStatement rollback_ = {};
    SqliteStatement insert_ = {};
    SqliteStatement body_ = {};
    SqliteStatement remove_ = {};
    Source flushing_ = {};
    /// The thread's.
    SqlitePtr flushed_ = {};
    /// Last: it uses what is above.
    std::unique_ptr<BatchThread<int>> thread_ = {};
};

} // namespace mullion
