// What every Store must do; each backend runs all of it.
#include <filesystem>
#include <functional>

#include "src/store/cursor.h"
#include "src/store/sqlite_store.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
using test::runUntil;

namespace {

/// A folder that goes with the test.
struct TemporaryDir {
    std::string path;

    TemporaryDir() {
        char pattern[] = "/tmp/mullion-store-XXXXXX";
        ck_assert_ptr_nonnull(mkdtemp(pattern));
        path = pattern;
    }

    ~TemporaryDir() { std::filesystem::remove_all(path); }
};

std::unique_ptr<Store> openStore(const TemporaryDir& dir) {
    auto store = openSqliteStore(dir.path + "/mullion.db");
    ck_assert_msg(store.ok(), "%s", store ? "" : store.error().message.c_str());
    return std::move(*store);
}

CallRecord record(const std::string& id, bool active, int second,
                  std::vector<std::string> users = {"u1"}) {
    return {id,
            active,
            active ? "active" : "ended",
            Timestamp(std::chrono::seconds(1700000000 + second)),
            std::move(users),
            "{\"id\":\"" + id + "\"}"};
}

Result<void> put(Store& store, std::vector<CallRecord> records) {
    std::optional<Result<void>> outcome;
    store.put(std::move(records), [&](Result<void> result) { outcome = std::move(result); });
    ck_assert(!outcome);
    runUntil([&] { return outcome.has_value(); }, "the commit");
    return *outcome;
}

Result<HistoryPage> history(Store& store, const HistoryQuery& query) {
    std::optional<Result<HistoryPage>> outcome;
    store.history(query, [&](Result<HistoryPage> page) { outcome = std::move(page); });
    runUntil([&] { return outcome.has_value(); }, "the page");
    return *outcome;
}

Result<std::string> find(Store& store, const std::string& id) {
    std::optional<Result<std::string>> outcome;
    store.find(id, [&](Result<std::string> found) { outcome = std::move(found); });
    runUntil([&] { return outcome.has_value(); }, "the call");
    return *outcome;
}

} // namespace

START_TEST(store_keeps_calls_over_a_restart) {
    const TemporaryDir dir;
    {
        const auto store = openStore(dir);
        ck_assert(put(*store, {record("c1", true, 1), record("c2", true, 2)}).ok());
        ck_assert(put(*store, {record("c1", false, 1)}).ok());
    }
    const auto store = openStore(dir);
    const auto active = store->loadActive();
    ck_assert(active.ok());
    ck_assert_uint_eq(active->size(), 1);
    ck_assert_str_eq(active->at(0).c_str(), "{\"id\":\"c2\"}");
    ck_assert(find(*store, "c1").ok());
    ck_assert_int_eq(static_cast<int>(find(*store, "nope").error().code),
                     static_cast<int>(ErrorCode::NotFound));
}

END_TEST

START_TEST(store_writes_what_was_queued_before_it_closes) {
    const TemporaryDir dir;
    {
        const auto store = openStore(dir);
        for (int i = 0; i < 100; ++i)
            store->put({record("c" + std::to_string(i), true, i)}, [](Result<void>) {});
    }
    const auto store = openStore(dir);
    const auto active = store->loadActive();
    ck_assert_uint_eq(active->size(), 100);
}

END_TEST

START_TEST(store_answers_in_order) {
    const TemporaryDir dir;
    const auto store = openStore(dir);
    std::vector<int> order;
    for (int i = 0; i < 50; ++i) {
        store->put({record("c", true, 1)}, [&order, i](Result<void>) { order.push_back(2 * i); });
        store->find("c", [&order, i](Result<std::string> found) {
            ck_assert(found.ok());
            order.push_back(2 * i + 1);
        });
    }
    runUntil([&] { return order.size() == 100; }, "all answers");
    for (int i = 0; i < 100; ++i)
        ck_assert_int_eq(order[static_cast<std::size_t>(i)], i);
}

END_TEST

START_TEST(history_pages_without_gap_or_repeat) {
    const TemporaryDir dir;
    const auto store = openStore(dir);
    std::vector<CallRecord> records;
    // Several calls of the same moment, others' calls and active ones among them.
    for (int i = 0; i < 25; ++i)
        records.push_back(record("c" + std::to_string(100 + i), false, i / 3));
    records.push_back(record("active", true, 3));
    records.push_back(record("other", false, 3, {"u2"}));
    ck_assert(put(*store, records).ok());
    std::vector<std::string> seen;
    HistoryQuery query{"u1", "", "", 10};
    do {
        const auto page = history(*store, query);
        ck_assert(page.ok());
        seen.insert(seen.end(), page->documents.begin(), page->documents.end());
        query.cursor = page->nextCursor;
    } while (!query.cursor.empty());
    ck_assert_uint_eq(seen.size(), 25);
    for (int i = 0; i < 25; ++i) {
        const std::string expected = "{\"id\":\"c" + std::to_string(124 - i) + "\"}";
        ck_assert_str_eq(seen[static_cast<std::size_t>(i)].c_str(), expected.c_str());
    }
    const auto everybody = history(*store, {"", "", "", 100});
    ck_assert_uint_eq(everybody->documents.size(), 26);
    const auto missed = history(*store, {"u1", "missed", "", 100});
    ck_assert_uint_eq(missed->documents.size(), 0);
}

END_TEST

START_TEST(history_refuses_foreign_cursors) {
    const TemporaryDir dir;
    const auto store = openStore(dir);
    for (const char* cursor : {"x", "-1-c", "12", "12-", "12-a b", "99999999999999999999-a"}) {
        const auto page = history(*store, {"u1", "", cursor, 10});
        ck_assert_msg(!page.ok(), "%s was taken", cursor);
        ck_assert_int_eq(static_cast<int>(page.error().code),
                         static_cast<int>(ErrorCode::BadRequest));
    }
}

END_TEST

START_TEST(store_says_why_it_cannot_open) {
    const TemporaryDir dir;
    ck_assert(!openSqliteStore(dir.path + "/no/such/folder/mullion.db").ok());
    ck_assert(!openSqliteStore(dir.path).ok());
}

END_TEST

int main() {
    return test::runSuite(
        "store", {store_keeps_calls_over_a_restart, store_writes_what_was_queued_before_it_closes,
                  store_answers_in_order, history_pages_without_gap_or_repeat,
                  history_refuses_foreign_cursors, store_says_why_it_cannot_open});
}
