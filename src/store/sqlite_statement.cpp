#include "src/store/sqlite_statement.h"

namespace mullion {

Error sqliteError(sqlite3* database, const std::string& what) {
    const std::string message = what + ": " + sqlite3_errmsg(database);
    switch (sqlite3_errcode(database) & 0xff) {
    case SQLITE_FULL:
        return {ErrorCode::StorageFull, message};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return {ErrorCode::Unavailable, message};
    default:
        return {ErrorCode::Internal, message};
    }
}

Result<void> sqliteRun(sqlite3* database, const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return sqliteError(database, "the database refused a statement");
    return {};
}

Result<SqliteStatement> SqliteStatement::prepare(sqlite3* database, const char* sql) {
    SqliteStatement statement;
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr) !=
        SQLITE_OK)
        return sqliteError(database, "cannot prepare a statement");
    statement.statement_.reset(raw);
    return statement;
}

SqliteStatement& SqliteStatement::bind(std::string_view text) {
    sqlite3_bind_text64(statement_.get(), ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
    return *this;
}

SqliteStatement& SqliteStatement::bind(std::int64_t number) {
    sqlite3_bind_int64(statement_.get(), ++bound_, number);
    return *this;
}

Result<bool> SqliteStatement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    Error error = sqliteError(sqlite3_db_handle(statement_.get()), "the database failed");
    reset();
    return error;
}

Result<void> SqliteStatement::run() {
    while (TRY(step())) {
    }
    return {};
}

void SqliteStatement::reset() {
    sqlite3_reset(statement_.get());
    bound_ = 0;
}

std::string SqliteStatement::text(int column) const {
    const auto* bytes = sqlite3_column_text(statement_.get(), column);
    const auto size = sqlite3_column_bytes(statement_.get(), column);
    return bytes ? std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size))
                 : std::string();
}

std::int64_t SqliteStatement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

} // namespace mullion
