#include "src/store/sqlite_reader.h"

#include "src/store/cursor.h"
#include "src/store/sqlite_writer.h"

namespace mullion {

namespace {

Timestamp timeOf(std::int64_t ms) {
    return Timestamp(std::chrono::milliseconds(ms));
}

std::int64_t nowMs() {
    return now().time_since_epoch().count();
}

/// Reads up to `limit` rows of document, time and id; the query was asked for one more, which tells
/// whether there is another page.
Result<Page> readPage(SqliteStatement& statement, int limit) {
    Page page;
    Cursor last;
    while (TRY(statement.step())) {
        if (static_cast<int>(page.documents.size()) == limit) {
            page.nextCursor = last.text();
            statement.reset();
            break;
        }
        page.documents.push_back(statement.text(0));
        last = {statement.integer(1), statement.text(2)};
    }
    return page;
}

LinkRecord linkIn(const SqliteStatement& row) {
    LinkRecord link{row.text(0), row.text(1), {}, row.text(3)};
    if (row.integer(2) != kNeverMs) link.expiresAt = timeOf(row.integer(2));
    return link;
}

} // namespace

Result<SqliteReader> SqliteReader::create(sqlite3* database) {
    const auto prepare = [database](const char* sql) {
        return SqliteStatement::prepare(database, sql);
    };
    SqliteReader reader;
    reader.find_ = TRY(prepare("SELECT document FROM calls WHERE id = ?1"));
    reader.active_ =
        TRY(prepare("SELECT document FROM calls WHERE active = 1 ORDER BY created_ms"));
    reader.historyOfUser_ = TRY(prepare(
        "SELECT c.document, c.created_ms, c.id FROM call_users u JOIN calls c ON c.id = u.call_id "
        "WHERE u.user_id = ?1 AND (u.created_ms, u.call_id) < (?2, ?3) AND c.active = 0 "
        "AND (?4 = '' OR c.status = ?4) ORDER BY u.created_ms DESC, u.call_id DESC LIMIT ?5"));
    reader.historyOfAll_ = TRY(
        prepare("SELECT c.document, c.created_ms, c.id FROM calls c "
                "WHERE ?1 = '' AND (c.created_ms, c.id) < (?2, ?3) AND c.active = 0 "
                "AND (?4 = '' OR c.status = ?4) ORDER BY c.created_ms DESC, c.id DESC LIMIT ?5"));
    reader.link_ = TRY(prepare("SELECT code, call_id, expires_ms, document FROM links "
                               "WHERE code = ?1 AND expires_ms > ?2"));
    reader.links_ = TRY(prepare("SELECT code, call_id, expires_ms, document FROM links "
                                "WHERE call_id = ?1 AND expires_ms > ?2 ORDER BY code"));
    reader.messages_ =
        TRY(prepare("SELECT document, at_ms, id FROM messages WHERE call_id = ?1 "
                    "AND (?2 = 0 OR (at_ms, id) > (?3, ?4)) ORDER BY at_ms, id LIMIT ?5"));
    reader.pushes_ = TRY(prepare("SELECT id, at_ms, document FROM pushes WHERE user_id = ?1 "
                                 "ORDER BY at_ms, id"));
    reader.presence_ = TRY(prepare("SELECT online, at_ms FROM presence WHERE user_id = ?1"));
    return reader;
}

Result<std::string> SqliteReader::find(const std::string& id) {
    if (!TRY(find_.bind(id).step())) return Error{ErrorCode::NotFound, "no such call"};
    std::string document = find_.text(0);
    find_.reset();
    return document;
}

Result<std::vector<std::string>> SqliteReader::active() {
    std::vector<std::string> documents;
    while (TRY(active_.step()))
        documents.push_back(active_.text(0));
    return documents;
}

Result<Page> SqliteReader::history(const HistoryQuery& query) {
    const Cursor from = TRY(Cursor::parse(query.cursor));
    SqliteStatement& statement = query.userId.empty() ? historyOfAll_ : historyOfUser_;
    statement.bind(query.userId).bind(from.createdMs).bind(from.id).bind(query.status);
    statement.bind(std::int64_t{query.limit} + 1);
    return readPage(statement, query.limit);
}

Result<LinkRecord> SqliteReader::link(const std::string& code) {
    if (!TRY(link_.bind(code).bind(nowMs()).step()))
        return Error{ErrorCode::NotFound, "no such link"};
    LinkRecord link = linkIn(link_);
    link_.reset();
    return link;
}

Result<std::vector<LinkRecord>> SqliteReader::links(const std::string& callId) {
    std::vector<LinkRecord> links;
    links_.bind(callId).bind(nowMs());
    while (TRY(links_.step()))
        links.push_back(linkIn(links_));
    return links;
}

Result<Page> SqliteReader::messages(const ChatQuery& query) {
    const Cursor from = TRY(Cursor::parse(query.cursor));
    messages_.bind(query.callId).bind(std::int64_t{!query.cursor.empty()});
    messages_.bind(from.createdMs).bind(from.id).bind(std::int64_t{query.limit} + 1);
    return readPage(messages_, query.limit);
}

Result<std::vector<PushRecord>> SqliteReader::pushes(const std::string& userId) {
    std::vector<PushRecord> pushes;
    pushes_.bind(userId);
    while (TRY(pushes_.step()))
        pushes.push_back({pushes_.text(0), userId, timeOf(pushes_.integer(1)), pushes_.text(2)});
    return pushes;
}

Result<Presence> SqliteReader::presence(const std::string& userId) {
    if (!TRY(presence_.bind(userId).step()))
        return Error{ErrorCode::NotFound, "the user was never seen"};
    Presence presence{userId, presence_.integer(0) != 0, timeOf(presence_.integer(1))};
    presence_.reset();
    return presence;
}

} // namespace mullion
