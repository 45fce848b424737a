// DESIGN. One connection, owned by one thread. Requests queue; the thread takes all that wait and
// commits neighbouring writes in one transaction (one flush of the disk for many calls), then posts
// the answers to main in the order of the requests. Reads see what was written before them.
// loadActive() uses the connection before the thread has its first job.
#include "src/store/sqlite_store.h"

#include <variant>

#include "src/base/batch_thread.h"
#include "src/base/main_loop.h"
#include "src/store/sqlite_reader.h"
#include "src/store/sqlite_schema.h"
#include "src/store/sqlite_writer.h"

namespace mullion {

namespace {

/// How many calls are swept at once, so that other writes find their turn.
constexpr int kSweepBatch = 200;

/// A write and where its result goes.
struct Put {
    Changes changes;
    Store::Done done;
};

/// Anything else, in its turn.
using Task = std::function<void()>;
using Job = std::variant<Put, Task>;

class SqliteStore : public Store {
public:
    SqliteStore(SqlitePtr database, SqliteReader reader, SqliteWriter writer)
        : database_(std::move(database))
        , reader_(std::move(reader))
        , writer_(std::move(writer))
        , thread_([this](std::vector<Job> jobs) { work(std::move(jobs)); }) {}

    void put(Changes changes, Done done) override {
        state_->waiting += 1;
        thread_.post(Put{std::move(changes), noting(std::move(done))});
    }

    void find(const std::string& id, Found<std::string> done) override {
        ask<std::string>([this, id] { return reader_.find(id); }, std::move(done));
    }

    void history(const HistoryQuery& query, Found<Page> done) override {
        ask<Page>([this, query] { return reader_.history(query); }, std::move(done));
    }

    Result<std::vector<std::string>> loadActive() override { return reader_.active(); }

    void findLink(const std::string& code, Found<LinkRecord> done) override {
        ask<LinkRecord>([this, code] { return reader_.link(code); }, std::move(done));
    }

    void linksOf(const std::string& callId, Found<std::vector<LinkRecord>> done) override {
        ask<std::vector<LinkRecord>>([this, callId] { return reader_.links(callId); },
                                     std::move(done));
    }

    void messages(const ChatQuery& query, Found<Page> done) override {
        ask<Page>([this, query] { return reader_.messages(query); }, std::move(done));
    }

    void pushesOf(const std::string& userId, Found<std::vector<PushRecord>> done) override {
        ask<std::vector<PushRecord>>([this, userId] { return reader_.pushes(userId); },
                                     std::move(done));
    }

    void eraseUser(const std::string& userId, Rewrite rewrite, Done done) override {
        const auto erase = [this, userId, rewrite = std::move(rewrite)] {
            return transaction([&] { return writer_.eraseUser(userId, rewrite); });
        };
        state_->waiting += 1;
        ask<void>(erase, noting(std::move(done)));
    }

    void sweep(Timestamp before, Found<int> done) override {
        thread_.post(Task([this, before, done = std::move(done)] { sweepOn(before, 0, done); }));
    }

    void putPresence(std::vector<Presence> seen) override {
        thread_.post(Task([this, seen = std::move(seen)] {
            // The next ones tell as much.
            (void)transaction([&] { return writer_.write(seen); });
        }));
    }

    void findPresence(const std::string& userId, Found<Presence> done) override {
        ask<Presence>([this, userId] { return reader_.presence(userId); }, std::move(done));
    }

    StoreState state() const override { return *state_; }

    void onLost(std::function<void()>) override {
        // What SQLite has committed stays.
    }

private:
    /// Runs on the thread and answers on main.
    template <typename T>
    void ask(std::function<Result<T>()> question, Found<T> done) {
        thread_.post(Task([question = std::move(question), done = std::move(done)] {
            postToMain([done, result = question()] { done(result); });
        }));
    }

    /// `done` which also keeps state(), for answers that come after the store has gone too.
    Done noting(Done done) {
        return [state = state_, done = std::move(done)](const Result<void>& result) {
            state->waiting -= 1;
            state->healthy = result.ok();
            state->reason = result ? "" : result.error().message;
            done(result);
        };
    }

    void work(std::vector<Job> jobs) {
        for (std::size_t first = 0; first < jobs.size();) {
            if (auto* task = std::get_if<Task>(&jobs[first])) {
                (*task)();
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
        const auto write = [&](std::size_t from, std::size_t to) {
            return transaction([&]() -> Result<void> {
                for (std::size_t i = from; i < to; ++i)
                    TRY(writer_.write(std::get<Put>(jobs[i]).changes));
                return {};
            });
        };
        const Result<void> together = write(first, end);
        const bool alone = end - first == 1;
        for (std::size_t i = first; i < end; ++i) {
            const auto result = together || alone ? together : write(i, i + 1);
            postToMain([done = std::get<Put>(jobs[i]).done, result] { done(result); });
        }
    }

    template <typename Write>
    Result<void> transaction(const Write& write) {
        TRY(writer_.begin());
        const Result<void> written = write();
        const Result<void> done = written ? writer_.commit() : written;
        // A commit that failed has left it open; what cannot be rolled back SQLite has itself.
        if (!done) (void)writer_.rollback();
        return done;
    }

    void sweepOn(Timestamp before, int swept, const Found<int>& done) {
        int count = 0;
        const auto result = transaction([&]() -> Result<void> {
            count = TRY(writer_.sweep(before, kSweepBatch));
            return {};
        });
        if (!result) return postToMain([done, error = result.error()] { done(error); });
        swept += count;
        if (count < kSweepBatch) return postToMain([done, swept] { done(swept); });
        thread_.post(Task([this, before, swept, done] { sweepOn(before, swept, done); }));
    }

    SqlitePtr database_;
    /// Main-bound.
    std::shared_ptr<StoreState> state_ = std::make_shared<StoreState>();
    /// The thread's.
    SqliteReader reader_;
    SqliteWriter writer_;
    BatchThread<Job> thread_;
};

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
    TRY(prepareSqliteSchema(raw, path));
    SqliteReader reader = TRY(SqliteReader::create(raw));
    SqliteWriter writer = TRY(SqliteWriter::create(raw));
    return std::unique_ptr<Store>(
        std::make_unique<SqliteStore>(std::move(database), std::move(reader), std::move(writer)));
}

} // namespace mullion
