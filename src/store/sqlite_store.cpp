// DESIGN. One connection, owned by one thread. Requests queue; the thread takes all that wait and
// commits neighbouring writes in one transaction (one flush of the disk for many calls), then posts
// the answers to main in the order of the requests. Reads see what was written before them.
// loadActive() uses the connection before the thread has its first job.
#include "src/store/sqlite_store.h"

#include <variant>

#include "src/base/batch_thread.h"
#include "src/base/main_loop.h"
#include "src/store/cursor.h"
#include "src/store/sqlite_statement.h"

namespace mullion {

namespace {

constexpr int kSchema = 1;

constexpr const char* kCreate = R"(
    CREATE TABLE calls(
        id TEXT PRIMARY KEY, active INTEGER NOT NULL, status TEXT NOT NULL,
        created_ms INTEGER NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX calls_active ON calls(active) WHERE active = 1;
    CREATE INDEX calls_ended ON calls(created_ms, id) WHERE active = 0;
    CREATE TABLE call_users(
        user_id TEXT NOT NULL, created_ms INTEGER NOT NULL, call_id TEXT NOT NULL,
        PRIMARY KEY(user_id, created_ms, call_id)) WITHOUT ROWID;
    PRAGMA user_version = 1;
)";

/// A write and where its result goes.
struct Put {
    std::vector<CallRecord> records;
    Store::Done done;
};

/// Anything else, in its turn.
using Read = std::function<void()>;
using Job = std::variant<Put, Read>;

struct Statements {
    SqliteStatement begin;
    SqliteStatement commit;
    SqliteStatement rollback;
    SqliteStatement putCall;
    SqliteStatement putUser;
    SqliteStatement find;
    SqliteStatement active;
    SqliteStatement historyOfUser;
    SqliteStatement historyOfAll;
};

Result<Statements> prepareAll(sqlite3* database) {
    const auto prepare = [database](const char* sql) {
        return SqliteStatement::prepare(database, sql);
    };
    Statements all;
    all.begin = TRY(prepare("BEGIN IMMEDIATE"));
    all.commit = TRY(prepare("COMMIT"));
    all.rollback = TRY(prepare("ROLLBACK"));
    all.putCall = TRY(prepare(
        "INSERT INTO calls(id, active, status, created_ms, document) VALUES(?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT(id) DO UPDATE SET active = ?2, status = ?3, document = ?5"));
    all.putUser = TRY(prepare(
        "INSERT OR IGNORE INTO call_users(user_id, created_ms, call_id) VALUES(?1, ?2, ?3)"));
    all.find = TRY(prepare("SELECT document FROM calls WHERE id = ?1"));
    all.active = TRY(prepare("SELECT document FROM calls WHERE active = 1 ORDER BY created_ms"));
    all.historyOfUser = TRY(prepare(
        "SELECT c.document, c.created_ms, c.id FROM call_users u JOIN calls c ON c.id = u.call_id "
        "WHERE u.user_id = ?1 AND (u.created_ms, u.call_id) < (?2, ?3) AND c.active = 0 "
        "AND (?4 = '' OR c.status = ?4) ORDER BY u.created_ms DESC, u.call_id DESC LIMIT ?5"));
    all.historyOfAll = TRY(
        prepare("SELECT c.document, c.created_ms, c.id FROM calls c "
                "WHERE ?1 = '' AND (c.created_ms, c.id) < (?2, ?3) AND c.active = 0 "
                "AND (?4 = '' OR c.status = ?4) ORDER BY c.created_ms DESC, c.id DESC LIMIT ?5"));
    return all;
}

class SqliteStore : public Store {
public:
    SqliteStore(SqlitePtr database, Statements statements)
        : database_(std::move(database))
        , statements_(std::move(statements))
        , thread_([this](std::vector<Job> jobs) { work(std::move(jobs)); }) {}

    void put(std::vector<CallRecord> records, Done done) override {
        thread_.post(Put{std::move(records), std::move(done)});
    }

    void find(const std::string& id, std::function<void(Result<std::string>)> done) override {
        thread_.post(Read([this, id, done = std::move(done)] {
            postToMain([done, result = findNow(id)] { done(result); });
        }));
    }

    void history(const HistoryQuery& query,
                 std::function<void(Result<HistoryPage>)> done) override {
        thread_.post(Read([this, query, done = std::move(done)] {
            postToMain([done, result = historyNow(query)] { done(result); });
        }));
    }

    Result<std::vector<std::string>> loadActive() override {
        std::vector<std::string> documents;
        while (TRY(statements_.active.step()))
            documents.push_back(statements_.active.text(0));
        return documents;
    }

private:
    void work(std::vector<Job> jobs) {
        for (std::size_t first = 0; first < jobs.size();) {
            if (auto* read = std::get_if<Read>(&jobs[first])) {
                (*read)();
                ++first;
                continue;
            }
            std::size_t end = first;
            while (end < jobs.size() && std::holds_alternative<Put>(jobs[end]))
                ++end;
            commitPuts(jobs, first, end);
            first = end;
        }
    }

    /// One transaction for many puts; where that fails, one each, so that a record that the
    /// database refuses does not take the others with it.
    void commitPuts(std::vector<Job>& jobs, std::size_t first, std::size_t end) {
        const Result<void> together = transaction(jobs, first, end);
        const bool alone = end - first == 1;
        for (std::size_t i = first; i < end; ++i) {
            const auto result = together || alone ? together : transaction(jobs, i, i + 1);
            postToMain([done = std::get<Put>(jobs[i]).done, result] { done(result); });
        }
    }

    Result<void> transaction(const std::vector<Job>& jobs, std::size_t first, std::size_t end) {
        TRY(statements_.begin.run());
        const Result<void> written = writeAll(jobs, first, end);
        if (!written) {
            // What cannot be rolled back was rolled back by SQLite itself.
            (void)statements_.rollback.run();
            return written;
        }
        return statements_.commit.run();
    }

    Result<void> writeAll(const std::vector<Job>& jobs, std::size_t first, std::size_t end) {
        for (std::size_t i = first; i < end; ++i) {
            for (const CallRecord& record : std::get<Put>(jobs[i]).records) {
                const std::int64_t created = record.createdAt.time_since_epoch().count();
                statements_.putCall.bind(record.id).bind(std::int64_t{record.active});
                statements_.putCall.bind(record.status).bind(created).bind(record.document);
                TRY(statements_.putCall.run());
                for (const std::string& user : record.users) {
                    statements_.putUser.bind(user).bind(created).bind(record.id);
                    TRY(statements_.putUser.run());
                }
            }
        }
        return {};
    }

    Result<std::string> findNow(const std::string& id) {
        SqliteStatement& statement = statements_.find;
        if (!TRY(statement.bind(id).step())) return Error{ErrorCode::NotFound, "no such call"};
        std::string document = statement.text(0);
        statement.reset();
        return document;
    }

    Result<HistoryPage> historyNow(const HistoryQuery& query) {
        const Cursor from = TRY(Cursor::parse(query.cursor));
        SqliteStatement& statement =
            query.userId.empty() ? statements_.historyOfAll : statements_.historyOfUser;
        statement.bind(query.userId).bind(from.createdMs).bind(from.id).bind(query.status);
        // One more than asked for tells whether there is another page.
        statement.bind(std::int64_t{query.limit} + 1);
        HistoryPage page;
        Cursor last;
        while (TRY(statement.step())) {
            if (static_cast<int>(page.documents.size()) == query.limit) {
                page.nextCursor = last.text();
                statement.reset();
                break;
            }
            page.documents.push_back(statement.text(0));
            last = {statement.integer(1), statement.text(2)};
        }
        return page;
    }

    SqlitePtr database_;
    Statements statements_;
    BatchThread<Job> thread_;
};

Result<int> schemaOf(sqlite3* database) {
    auto statement = TRY(SqliteStatement::prepare(database, "PRAGMA user_version"));
    TRY(statement.step());
    return static_cast<int>(statement.integer(0));
}

} // namespace

Result<std::unique_ptr<Store>> openSqliteStore(const std::string& path) {
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(
        path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
        nullptr);
    SqlitePtr database(raw);
    if (opened != SQLITE_OK) return sqliteError(raw, "cannot open " + path);
    sqlite3_busy_timeout(raw, 5000);
    // FULL: a commit survives the loss of power, which is what a 2xx promises.
    TRY(sqliteRun(raw, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"));
    const int schema = TRY(schemaOf(raw));
    if (schema > kSchema)
        return Error{ErrorCode::Conflict, path + " was written by a newer mulliond"};
    if (schema == 0) TRY(sqliteRun(raw, kCreate));
    Statements statements = TRY(prepareAll(raw));
    return std::unique_ptr<Store>(
        std::make_unique<SqliteStore>(std::move(database), std::move(statements)));
}

} // namespace mullion
