#include "src/store/sqlite_store.h"

#include "src/store/sqlite_statement.h"
#include "tests/store/conformance.h"
#include "tests/support/temporary_dir.h"

using namespace mullion;
using test::TemporaryDir;

namespace {

class SqliteBackend : public test::Backend {
public:
    std::unique_ptr<Store> open() override {
        auto store = openSqliteStore(file());
        ck_assert_msg(store.ok(), "%s", store ? "" : store.error().message.c_str());
        return std::move(*store);
    }

    std::string file() const { return dir_.path() + "/mullion.db"; }

private:
    TemporaryDir dir_ = {};
};

/// A database as the first version wrote it.
void writeVersion1(const std::string& path) {
    sqlite3* raw = nullptr;
    ck_assert_int_eq(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    const SqlitePtr database(raw);
    const auto made = sqliteRun(raw, R"(
        CREATE TABLE calls(
            id TEXT PRIMARY KEY, active INTEGER NOT NULL, status TEXT NOT NULL,
            created_ms INTEGER NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX calls_active ON calls(active) WHERE active = 1;
        CREATE INDEX calls_ended ON calls(created_ms, id) WHERE active = 0;
        CREATE TABLE call_users(
            user_id TEXT NOT NULL, created_ms INTEGER NOT NULL, call_id TEXT NOT NULL,
            PRIMARY KEY(user_id, created_ms, call_id)) WITHOUT ROWID;
        PRAGMA user_version = 1;
        INSERT INTO calls VALUES('old', 0, 'ended', 1700000000000, '{"id":"old"}');
        INSERT INTO call_users VALUES('u1', 1700000000000, 'old');
        INSERT INTO calls VALUES('live', 1, 'active', 1700000001000, '{"id":"live"}');
    )");
    ck_assert(made.ok());
}

Result<int> sweep(Store& store, Timestamp before) {
    return test::waitFor<int>([&](Store::Found<int> done) { store.sweep(before, done); },
                              "the sweep");
}

} // namespace

START_TEST(database_of_version_1_is_brought_up_to_date) {
    SqliteBackend backend;
    writeVersion1(backend.file());
    for (int opened = 0; opened < 2; ++opened) {
        const auto store = backend.open();
        ck_assert_uint_eq(store->loadActive()->size(), 1);
        ck_assert_uint_eq(test::history(*store, {"u1", "", "", 10})->documents.size(), 1);
        ck_assert(test::put(*store, {.links = {{"code", "live", {}, "{}"}}}).ok());
    }
    const auto store = backend.open();
    ck_assert(test::findLink(*store, "code").ok());
    ck_assert_int_eq(*sweep(*store, now()), 1);
}

END_TEST

START_TEST(database_of_a_newer_version_is_refused) {
    SqliteBackend backend;
    backend.open();
    {
        sqlite3* raw = nullptr;
        ck_assert_int_eq(sqlite3_open(backend.file().c_str(), &raw), SQLITE_OK);
        const SqlitePtr database(raw);
        ck_assert(sqliteRun(raw, "PRAGMA user_version = 99").ok());
    }
    test::expectCode("newer", openSqliteStore(backend.file()).error(), ErrorCode::Conflict);
}

END_TEST

START_TEST(sweep_takes_what_ended_long_ago) {
    SqliteBackend backend;
    const auto store = backend.open();
    Changes changes;
    // More than are swept at once.
    for (int i = 0; i < 500; ++i)
        changes.calls.push_back(test::record("c" + std::to_string(1000 + i), false, i));
    changes.calls.push_back(test::record("live", true));
    CallRecord room = test::record("room", false);
    room.permanent = true;
    changes.calls.push_back(room);
    changes.links = {{"code", "room", {}, "{}"}};
    changes.messages = {test::message("m1", "c1000"), test::message("m2", "live")};
    ck_assert(test::put(*store, changes).ok());
    ck_assert_int_eq(*sweep(*store, test::hourAgo() + std::chrono::seconds(451)), 451);
    ck_assert_uint_eq(test::history(*store, {"", "", "", 1000})->documents.size(), 50);
    ck_assert_uint_eq(test::history(*store, {"u1", "", "", 1000})->documents.size(), 50);
    ck_assert(!test::findLink(*store, "code").ok());
    ck_assert_uint_eq(test::messages(*store, {"c1000", "", 10})->documents.size(), 0);
    ck_assert_uint_eq(test::messages(*store, {"live", "", 10})->documents.size(), 1);
    ck_assert_int_eq(*sweep(*store, test::hourAgo()), 0);
}

END_TEST

START_TEST(store_says_why_it_cannot_open) {
    const TemporaryDir dir;
    ck_assert(!openSqliteStore(dir.path() + "/no/such/folder/mullion.db").ok());
    ck_assert(!openSqliteStore(dir.path()).ok());
}

END_TEST

int main() {
    Suite* suite = suite_create("sqlite store");
    test::addConformanceTests(suite,
                              {{"sqlite", [] { return std::make_unique<SqliteBackend>(); }}});
    test::addTests(suite, {database_of_version_1_is_brought_up_to_date,
                           database_of_a_newer_version_is_refused, sweep_takes_what_ended_long_ago,
                           store_says_why_it_cannot_open});
    return test::run(suite);
}
