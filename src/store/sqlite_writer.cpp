#include "src/store/sqlite_writer.h"

namespace mullion {

namespace {

std::int64_t ms(Timestamp time) {
    return time.time_since_epoch().count();
}

} // namespace

Result<SqliteWriter> SqliteWriter::create(sqlite3* database) {
    const auto prepare = [database](const char* sql) {
        return SqliteStatement::prepare(database, sql);
    };
    SqliteWriter writer;
    writer.begin_ = TRY(prepare("BEGIN IMMEDIATE"));
    writer.commit_ = TRY(prepare("COMMIT"));
    writer.rollback_ = TRY(prepare("ROLLBACK"));
    writer.putCall_ =
        TRY(prepare("INSERT INTO calls(id, active, status, created_ms, document, ended_ms) "
                    "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(id) DO UPDATE "
                    "SET active = ?2, status = ?3, document = ?5, ended_ms = ?6"));
    writer.putUser_ = TRY(prepare(
        "INSERT OR IGNORE INTO call_users(user_id, created_ms, call_id) VALUES(?1, ?2, ?3)"));
    writer.putLink_ = TRY(prepare("INSERT OR REPLACE INTO links(code, call_id, expires_ms, "
                                  "document) VALUES(?1, ?2, ?3, ?4)"));
    writer.removeLink_ = TRY(prepare("DELETE FROM links WHERE code = ?1"));
    writer.removeLinksOf_ = TRY(prepare("DELETE FROM links WHERE call_id = ?1"));
    writer.putMessage_ =
        TRY(prepare("INSERT OR REPLACE INTO messages(call_id, at_ms, id, user_id, document) "
                    "VALUES(?1, ?2, ?3, ?4, ?5)"));
    writer.putPresence_ =
        TRY(prepare("INSERT OR REPLACE INTO presence(user_id, online, at_ms) VALUES(?1, ?2, ?3)"));
    writer.putPush_ = TRY(prepare(
        "INSERT OR REPLACE INTO pushes(id, user_id, at_ms, document) VALUES(?1, ?2, ?3, ?4)"));
    writer.trimPushes_ =
        TRY(prepare("DELETE FROM pushes WHERE id IN (SELECT id FROM pushes WHERE user_id = ?1 "
                    "ORDER BY at_ms DESC, id DESC LIMIT -1 OFFSET ?2)"));
    writer.removePush_ = TRY(prepare("DELETE FROM pushes WHERE id = ?1 AND user_id = ?2"));
    writer.callsOfUser_ = TRY(prepare("SELECT c.id, c.document FROM call_users u "
                                      "JOIN calls c ON c.id = u.call_id WHERE u.user_id = ?1"));
    writer.rewriteCall_ = TRY(prepare("UPDATE calls SET document = ?2 WHERE id = ?1"));
    for (const char* sql :
         {"DELETE FROM call_users WHERE user_id = ?1", "DELETE FROM messages WHERE user_id = ?1",
          "DELETE FROM presence WHERE user_id = ?1", "DELETE FROM pushes WHERE user_id = ?1"})
        writer.eraseUser_.push_back(TRY(prepare(sql)));
    writer.sweptCalls_ = TRY(prepare("SELECT id FROM calls WHERE active = 0 AND ended_ms < ?1 "
                                     "ORDER BY ended_ms LIMIT ?2"));
    for (const char* sql :
         {"DELETE FROM messages WHERE call_id = ?1", "DELETE FROM links WHERE call_id = ?1",
          "DELETE FROM call_users WHERE call_id = ?1", "DELETE FROM calls WHERE id = ?1"})
        writer.eraseCall_.push_back(TRY(prepare(sql)));
    for (const char* sql :
         {"DELETE FROM links WHERE expires_ms < ?1", "DELETE FROM presence WHERE at_ms < ?1"})
        writer.sweepOthers_.push_back(TRY(prepare(sql)));
    return writer;
}

Result<void> SqliteWriter::write(const Changes& changes) {
    for (const CallRecord& record : changes.calls)
        TRY(write(record));
    for (const LinkRecord& link : changes.links) {
        putLink_.bind(link.code).bind(link.callId);
        putLink_.bind(link.expiresAt ? ms(*link.expiresAt) : kNeverMs).bind(link.document);
        TRY(putLink_.run());
    }
    for (const std::string& code : changes.removedLinks)
        TRY(removeLink_.bind(code).run());
    for (const ChatRecord& message : changes.messages) {
        putMessage_.bind(message.callId).bind(ms(message.at)).bind(message.id);
        TRY(putMessage_.bind(message.userId).bind(message.document).run());
    }
    for (const PushRecord& push : changes.pushes)
        TRY(write(push));
    for (const PushRemoval& push : changes.removedPushes)
        TRY(removePush_.bind(push.id).bind(push.userId).run());
    return {};
}

Result<void> SqliteWriter::write(const PushRecord& push) {
    putPush_.bind(push.id).bind(push.userId).bind(ms(push.at)).bind(push.document);
    TRY(putPush_.run());
    return trimPushes_.bind(push.userId).bind(std::int64_t{kMaxPushes}).run();
}

Result<void> SqliteWriter::write(const CallRecord& record) {
    const std::int64_t created = ms(record.createdAt);
    putCall_.bind(record.id).bind(std::int64_t{record.active}).bind(record.status);
    putCall_.bind(created).bind(record.document);
    TRY(putCall_.bind(record.active ? 0 : ms(record.endedAt.value_or(record.createdAt))).run());
    for (const std::string& user : record.users)
        TRY(putUser_.bind(user).bind(created).bind(record.id).run());
    if (!record.active && !record.permanent) TRY(removeLinksOf_.bind(record.id).run());
    return {};
}

Result<void> SqliteWriter::eraseUser(const std::string& userId, const Store::Rewrite& rewrite) {
    std::vector<std::pair<std::string, std::string>> calls;
    callsOfUser_.bind(userId);
    while (TRY(callsOfUser_.step()))
        calls.emplace_back(callsOfUser_.text(0), callsOfUser_.text(1));
    for (const auto& [id, document] : calls)
        TRY(rewriteCall_.bind(id).bind(rewrite(document)).run());
    for (SqliteStatement& statement : eraseUser_)
        TRY(statement.bind(userId).run());
    return {};
}

Result<int> SqliteWriter::sweep(Timestamp before, int limit) {
    std::vector<std::string> ids;
    sweptCalls_.bind(ms(before)).bind(std::int64_t{limit});
    while (TRY(sweptCalls_.step()))
        ids.push_back(sweptCalls_.text(0));
    for (const std::string& id : ids)
        for (SqliteStatement& statement : eraseCall_)
            TRY(statement.bind(id).run());
    for (SqliteStatement& statement : sweepOthers_)
        TRY(statement.bind(ms(before)).run());
    return static_cast<int>(ids.size());
}

Result<void> SqliteWriter::write(const std::vector<Presence>& seen) {
    for (const Presence& presence : seen) {
        putPresence_.bind(presence.userId).bind(std::int64_t{presence.online});
        TRY(putPresence_.bind(ms(presence.at)).run());
    }
    return {};
}

} // namespace mullion
