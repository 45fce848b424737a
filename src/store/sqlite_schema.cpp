#include "src/store/sqlite_schema.h"

#include <iterator>

#include "src/store/sqlite_statement.h"

namespace mullion {

namespace {

/// The n-th makes version n + 1 of version n. Never change one that was released: add another.
constexpr const char* kSteps[] = {
    R"(
    BEGIN IMMEDIATE;
    CREATE TABLE calls(
        id TEXT PRIMARY KEY, active INTEGER NOT NULL, status TEXT NOT NULL,
        created_ms INTEGER NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX calls_active ON calls(active) WHERE active = 1;
    CREATE INDEX calls_ended ON calls(created_ms, id) WHERE active = 0;
    CREATE TABLE call_users(
        user_id TEXT NOT NULL, created_ms INTEGER NOT NULL, call_id TEXT NOT NULL,
        PRIMARY KEY(user_id, created_ms, call_id)) WITHOUT ROWID;
    PRAGMA user_version = 1;
    COMMIT;
)",
    // When calls of version 1 ended stands in their documents alone, which we do not look into.
    R"(
    BEGIN IMMEDIATE;
    ALTER TABLE calls ADD COLUMN ended_ms INTEGER NOT NULL DEFAULT 0;
    UPDATE calls SET ended_ms = created_ms WHERE active = 0;
    CREATE INDEX calls_sweep ON calls(ended_ms) WHERE active = 0;
    CREATE INDEX call_users_call ON call_users(call_id);
    CREATE TABLE links(
        code TEXT PRIMARY KEY, call_id TEXT NOT NULL, expires_ms INTEGER NOT NULL,
        document TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX links_call ON links(call_id);
    CREATE INDEX links_expire ON links(expires_ms);
    CREATE TABLE messages(
        call_id TEXT NOT NULL, at_ms INTEGER NOT NULL, id TEXT NOT NULL, user_id TEXT NOT NULL,
        document TEXT NOT NULL, PRIMARY KEY(call_id, at_ms, id)) WITHOUT ROWID;
    CREATE INDEX messages_user ON messages(user_id);
    CREATE TABLE presence(
        user_id TEXT PRIMARY KEY, online INTEGER NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
    PRAGMA user_version = 2;
    COMMIT;
)",
    R"(
    BEGIN IMMEDIATE;
    CREATE TABLE pushes(
        id TEXT PRIMARY KEY, user_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
        document TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX pushes_user ON pushes(user_id, at_ms, id);
    PRAGMA user_version = 3;
    COMMIT;
)",
};

Result<std::size_t> versionOf(sqlite3* database) {
    auto statement = TRY(SqliteStatement::prepare(database, "PRAGMA user_version"));
    TRY(statement.step());
    return static_cast<std::size_t>(statement.integer(0));
}

} // namespace

Result<void> prepareSqliteSchema(sqlite3* database, const std::string& path) {
    const std::size_t version = TRY(versionOf(database));
    if (version > std::size(kSteps))
        return Error{ErrorCode::Conflict, path + " was written by a newer mulliond"};
    // A step that fails is rolled back when the database is closed.
    for (std::size_t step = version; step < std::size(kSteps); ++step)
        TRY(sqliteRun(database, kSteps[step]));
    return {};
}

} // namespace mullion
