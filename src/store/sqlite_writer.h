#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/store/sqlite_statement.h"
#include "src/store/store.h"

namespace mullion {

/// The `expires_ms` of a link that does not expire by itself.
constexpr std::int64_t kNeverMs = INT64_MAX;

/// Does at once what Store is told, inside a transaction of the caller's. On the thread that has
/// the database.
class SqliteWriter {
public:
    static Result<SqliteWriter> create(sqlite3* database);

    Result<void> begin() { return begin_.run(); }

    Result<void> commit() { return commit_.run(); }

    Result<void> rollback() { return rollback_.run(); }

    Result<void> write(const Changes& changes);
    Result<void> eraseUser(const std::string& userId, const Store::Rewrite& rewrite);
    /// @return how many calls went: `limit` at most, the longest ended first.
    Result<int> sweep(Timestamp before, int limit);
    Result<void> write(const std::vector<Presence>& seen);

private:
    Result<void> write(const CallRecord& record);
    Result<void> write(const PushRecord& push);

    SqliteStatement begin_ = {};
    SqliteStatement commit_ = {};
    SqliteStatement rollback_ = {};
    SqliteStatement putCall_ = {};
    SqliteStatement putUser_ = {};
    SqliteStatement putLink_ = {};
    SqliteStatement removeLink_ = {};
    SqliteStatement removeLinksOf_ = {};
    SqliteStatement putMessage_ = {};
    SqliteStatement putPresence_ = {};
    SqliteStatement putPush_ = {};
    SqliteStatement trimPushes_ = {};
    SqliteStatement removePush_ = {};
    SqliteStatement callsOfUser_ = {};
    SqliteStatement rewriteCall_ = {};
    /// Each takes a user.
    std::vector<SqliteStatement> eraseUser_ = {};
    SqliteStatement sweptCalls_ = {};
    /// Each takes a call.
    std::vector<SqliteStatement> eraseCall_ = {};
    /// Each takes a time.
    std::vector<SqliteStatement> sweepOthers_ = {};
};

} // namespace mullion
