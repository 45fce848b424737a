#pragma once

#include <string>
#include <vector>

#include "src/store/sqlite_statement.h"
#include "src/store/store.h"

namespace mullion {

/// Answers what Store is asked, at once. On the thread that has the database.
class SqliteReader {
public:
    static Result<SqliteReader> create(sqlite3* database);

    Result<std::string> find(const std::string& id);
    Result<std::vector<std::string>> active();
    Result<Page> history(const HistoryQuery& query);
    Result<LinkRecord> link(const std::string& code);
    Result<std::vector<LinkRecord>> links(const std::string& callId);
    Result<Page> messages(const ChatQuery& query);
    Result<std::vector<PushRecord>> pushes(const std::string& userId);
    Result<Presence> presence(const std::string& userId);

private:
    SqliteStatement find_ = {};
    SqliteStatement active_ = {};
    SqliteStatement historyOfUser_ = {};
    SqliteStatement historyOfAll_ = {};
    SqliteStatement link_ = {};
    SqliteStatement links_ = {};
    SqliteStatement messages_ = {};
    SqliteStatement pushes_ = {};
    SqliteStatement presence_ = {};
};

} // namespace mullion
