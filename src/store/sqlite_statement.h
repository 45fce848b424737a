#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "src/base/gref.h"
#include "src/base/result.h"

namespace mullion {

using SqlitePtr = GPtr<sqlite3, sqlite3_close_v2>;

/// What SQLite says about the last step, as StorageFull, Unavailable or Internal.
Error sqliteError(sqlite3* database, const std::string& what);

/// Runs statements without results. Main or the store's thread, as the database.
Result<void> sqliteRun(sqlite3* database, const char* sql);

/// One prepared statement, used again and again: bind() each parameter in order, step() until
/// false, then it is reset by itself.
class SqliteStatement {
public:
    SqliteStatement() = default;

    static Result<SqliteStatement> prepare(sqlite3* database, const char* sql);

    SqliteStatement& bind(std::string_view text);
    SqliteStatement& bind(std::int64_t number);

    /// Moves to the next row. @return whether there is one.
    Result<bool> step();
    /// Steps through to the end.
    Result<void> run();
    /// Forgets rows and parameters; for a query that is left before its end.
    void reset();

    /// A column of the row; valid until the next step.
    std::string text(int column) const;
    std::int64_t integer(int column) const;

private:
    GPtr<sqlite3_stmt, sqlite3_finalize> statement_ = {};
    int bound_ = 0;
};

} // namespace mullion
