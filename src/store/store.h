#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/base/timestamp.h"

namespace mullion {

/// One call as the store sees it: a document with the columns by which it is found.
struct CallRecord {
    std::string id;
    /// Whether the call rings or runs; the others are history.
    bool active = false;
    std::string status = {};
    Timestamp createdAt = {};
    /// Everyone who has the call in his history.
    std::vector<std::string> users = {};
    /// JSON, not looked into.
    std::string document = {};
};

/// Ended calls, the newest first.
struct HistoryQuery {
    /// Whose calls; empty for everybody's.
    std::string userId = {};
    /// Only calls of this status; empty for all.
    std::string status = {};
    /// `nextCursor` of the page before, or empty.
    std::string cursor = {};
    int limit = 50;
};

struct HistoryPage {
    std::vector<std::string> documents = {};
    /// Empty on the last page.
    std::string nextCursor = {};
};

/// Where calls outlive the process. Main-bound: callbacks come on main, in the order of the
/// requests, and never from inside the request.
///
/// Errors: StorageFull, Unavailable (try again later), Internal.
class Store {
public:
    using Done = std::function<void(Result<void>)>;

    /// Commits what was put before.
    virtual ~Store() = default;

    /// Writes the records, all or none; `done` follows the commit.
    virtual void put(std::vector<CallRecord> records, Done done) = 0;

    /// The document of one call. @return NotFound.
    virtual void find(const std::string& id, std::function<void(Result<std::string>)> done) = 0;

    /// @return BadRequest for a cursor that is none.
    virtual void history(const HistoryQuery& query,
                         std::function<void(Result<HistoryPage>)> done) = 0;

    /// The documents of all active calls; blocks, for the start of the program.
    virtual Result<std::vector<std::string>> loadActive() = 0;
};

} // namespace mullion
