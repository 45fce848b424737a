#include "src/notify/outbox.h"

namespace mullion {

namespace {

constexpr auto kFlushAfter = std::chrono::seconds(1);
constexpr std::int64_t kVersion = 1;

constexpr const char* kSchema = R"(
    CREATE TABLE IF NOT EXISTS deliveries(
        number INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, id TEXT NOT NULL,
        call_id TEXT NOT NULL, at_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, body TEXT NOT NULL);
    PRAGMA user_version = 1;
)";

Result<SqlitePtr> connect(const std::string& path) {
    sqlite3* raw = nullptr;
    const int opened =
        sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    SqlitePtr database(raw);
    if (opened != SQLITE_OK) return sqliteError(raw, "cannot open " + path);
    sqlite3_busy_timeout(raw, 5000);
    // NORMAL: a commit does not wait for the disk. The thread's checkpoints do.
    TRY(sqliteRun(raw, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                       "PRAGMA wal_autocheckpoint = 0;"));
    return database;
}

} // namespace

Outbox::~Outbox() = default;

Result<std::unique_ptr<Outbox>> Outbox::open(const std::string& path) {
    std::unique_ptr<Outbox> outbox(new Outbox());
    outbox->database_ = TRY(connect(path));
    sqlite3* database = outbox->database_.get();
    auto version = TRY(SqliteStatement::prepare(database, "PRAGMA user_version"));
    TRY(version.step());
    if (version.integer(0) > kVersion)
        return Error{ErrorCode::Conflict, path + " was written by a newer mulliond"};
    version.reset();
    TRY(sqliteRun(database, kSchema));
    const auto prepare = [database](const char* sql) {
        return SqliteStatement::prepare(database, sql);
    };
    outbox->begin_ = TRY(prepare("BEGIN IMMEDIATE"));
    outbox->commit_ = TRY(prepare("COMMIT"));
    outbox->rollback_ = TRY(prepare("ROLLBACK"));
    outbox->insert_ = TRY(prepare("INSERT INTO deliveries(url, id, call_id, at_ms, bytes, body) "
                                  "VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
    outbox->body_ = TRY(prepare("SELECT body FROM deliveries WHERE number = ?1"));
    outbox->remove_ = TRY(prepare("DELETE FROM deliveries WHERE number = ?1"));
    outbox->flushed_ = TRY(connect(path));
    outbox->thread_ = std::make_unique<BatchThread<int>>([connection = outbox->flushed_.get()](
                                                             const std::vector<int>&) {
        sqlite3_wal_checkpoint_v2(connection, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    });
    return outbox;
}

Result<std::vector<Outbox::Entry>> Outbox::load() {
    auto all = TRY(SqliteStatement::prepare(
        database_.get(),
        "SELECT number, url, id, call_id, at_ms, bytes FROM deliveries ORDER BY number"));
    std::vector<Entry> entries;
    while (TRY(all.step()))
        entries.push_back({all.integer(0), all.text(1), all.text(2), all.text(3),
                           Timestamp(std::chrono::milliseconds(all.integer(4))), all.integer(5)});
    return entries;
}

Result<void> Outbox::put(std::vector<Entry>& entries, const std::string& body) {
    TRY(begin_.run());
    const auto inserted = insert(entries, body);
    auto done = inserted ? commit_.run() : inserted;
    // A commit that failed has left it open; what cannot be rolled back SQLite has itself.
    if (!done) (void)rollback_.run();
    flushSoon();
    return done;
}

Result<void> Outbox::insert(std::vector<Entry>& entries, const std::string& body) {
    for (Entry& entry : entries) {
        entry.bytes = static_cast<std::int64_t>(body.size());
        insert_.bind(entry.url).bind(entry.id).bind(entry.callId);
        insert_.bind(entry.at.time_since_epoch().count()).bind(entry.bytes).bind(body);
        TRY(insert_.run());
        entry.number = sqlite3_last_insert_rowid(database_.get());
    }
    return {};
}

Result<std::string> Outbox::body(std::int64_t number) {
    body_.bind(number);
    if (!TRY(body_.step())) return Error{ErrorCode::NotFound, "no such delivery"};
    std::string text = body_.text(0);
    body_.reset();
    return text;
}

Result<void> Outbox::remove(std::int64_t number) {
    flushSoon();
    return remove_.bind(number).run();
}

void Outbox::flushSoon() {
    if (flushing_) return;
    flushing_ = after(kFlushAfter, [this] {
        thread_->post(0);
        flushing_ = Source();
    });
}

} // namespace mullion
