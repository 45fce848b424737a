#include "tests/store/conformance.h"

#include "src/base/main_loop.h"

namespace mullion::test {

namespace {

std::vector<BackendKind>& kinds() {
    static std::vector<BackendKind> all;
    return all;
}

std::unique_ptr<Backend> backend(int kind) {
    return kinds().at(static_cast<std::size_t>(kind)).create();
}

std::string documentOf(const std::string& id) {
    return "{\"id\":\"" + id + "\"}";
}

LinkRecord link(const std::string& code, const std::string& callId,
                std::optional<Timestamp> expiresAt = {}) {
    return {code, callId, expiresAt, documentOf(code)};
}

Result<void> eraseUser(Store& store, const std::string& userId) {
    const auto rewrite = [](const std::string& document) { return document + " without him"; };
    return waitFor<void>([&](Store::Done done) { store.eraseUser(userId, rewrite, done); },
                         "the erasing");
}

PushRecord push(const std::string& id, const std::string& userId, int second = 0) {
    return {id, userId, hourAgo() + std::chrono::seconds(second), documentOf(id)};
}

std::vector<PushRecord> pushesOf(Store& store, const std::string& userId) {
    using Pushes = std::vector<PushRecord>;
    return *waitFor<Pushes>([&](Store::Found<Pushes> done) { store.pushesOf(userId, done); },
                            "the pushes");
}

Result<Presence> findPresence(Store& store, const std::string& userId) {
    return waitFor<Presence>([&](Store::Found<Presence> done) { store.findPresence(userId, done); },
                             "the presence");
}

} // namespace

Timestamp hourAgo() {
    static const Timestamp time = now() - std::chrono::hours(1);
    return time;
}

CallRecord record(const std::string& id, bool active, int second, std::vector<std::string> users) {
    const Timestamp created = hourAgo() + std::chrono::seconds(second);
    CallRecord record{id,      active,           active ? "active" : "ended",
                      created, std::move(users), documentOf(id)};
    if (!active) record.endedAt = created + std::chrono::seconds(1);
    return record;
}

ChatRecord message(const std::string& id, const std::string& callId, int second,
                   const std::string& userId) {
    return {id, callId, userId, hourAgo() + std::chrono::seconds(second), documentOf(id)};
}

Result<void> put(Store& store, Changes changes) {
    return waitFor<void>([&](Store::Done done) { store.put(changes, done); }, "the commit");
}

Result<Page> history(Store& store, const HistoryQuery& query) {
    return waitFor<Page>([&](Store::Found<Page> done) { store.history(query, done); },
                         "the history");
}

Result<Page> messages(Store& store, const ChatQuery& query) {
    return waitFor<Page>([&](Store::Found<Page> done) { store.messages(query, done); },
                         "the messages");
}

Result<std::string> find(Store& store, const std::string& id) {
    return waitFor<std::string>([&](Store::Found<std::string> done) { store.find(id, done); },
                                "the call");
}

Result<LinkRecord> findLink(Store& store, const std::string& code) {
    return waitFor<LinkRecord>([&](Store::Found<LinkRecord> done) { store.findLink(code, done); },
                               "the link");
}

Result<std::vector<LinkRecord>> linksOf(Store& store, const std::string& callId) {
    using Links = std::vector<LinkRecord>;
    return waitFor<Links>([&](Store::Found<Links> done) { store.linksOf(callId, done); },
                          "the links");
}

void expectCode(const char* what, const Error& error, ErrorCode code) {
    ck_assert_msg(error.code == code, "%s: code %d, %s", what, static_cast<int>(error.code),
                  error.message.c_str());
}

START_TEST(store_keeps_calls_over_a_restart) {
    const auto dataOf = backend(_i);
    {
        const auto store = dataOf->open();
        ck_assert(put(*store, {.calls = {record("c1", true, 1), record("c2", true, 2)}}).ok());
        ck_assert(put(*store, {.calls = {record("c1", false, 1)}}).ok());
        ck_assert(store->state().healthy);
        ck_assert_uint_eq(store->state().waiting, 0);
    }
    const auto store = dataOf->open();
    const auto active = store->loadActive();
    ck_assert(active.ok());
    ck_assert_uint_eq(active->size(), 1);
    ck_assert_str_eq(active->at(0), documentOf("c2"));
    ck_assert(find(*store, "c1").ok());
    expectCode("an unknown call", find(*store, "nope").error(), ErrorCode::NotFound);
}

END_TEST

START_TEST(store_writes_what_was_queued_before_it_closes) {
    const auto dataOf = backend(_i);
    {
        const auto store = dataOf->open();
        for (int i = 0; i < 100; ++i)
            store->put({.calls = {record("c" + std::to_string(i), true, i)}}, [](Result<void>) {});
    }
    const auto store = dataOf->open();
    const auto active = store->loadActive();
    ck_assert_uint_eq(active->size(), 100);
}

END_TEST

START_TEST(store_answers_in_order) {
    const auto dataOf = backend(_i);
    const auto store = dataOf->open();
    std::vector<int> order;
    for (int i = 0; i < 50; ++i) {
        store->put({.calls = {record("c", true, 1)}},
                   [&order, i](Result<void>) { order.push_back(2 * i); });
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
    const auto dataOf = backend(_i);
    const auto store = dataOf->open();
    std::vector<CallRecord> records;
    // Several calls of the same moment, others' calls and active ones among them.
    for (int i = 0; i < 25; ++i)
        records.push_back(record("c" + std::to_string(100 + i), false, i / 3));
    records.push_back(record("active", true, 3));
    records.push_back(record("other", false, 3, {"u2"}));
    ck_assert(put(*store, {.calls = records}).ok());
    std::vector<std::string> seen;
    HistoryQuery query{"u1", "", "", 10};
    do {
        const auto page = history(*store, query);
        ck_assert(page.ok());
        seen.insert(seen.end(), page->documents.begin(), page->documents.end());
        query.cursor = page->nextCursor;
    } while (!query.cursor.empty());
    ck_assert_uint_eq(seen.size(), 25);
    for (int i = 0; i < 25; ++i)
        ck_assert_str_eq(seen[static_cast<std::size_t>(i)],
                         documentOf("c" + std::to_string(124 - i)));
    const auto everybody = history(*store, {"", "", "", 100});
    ck_assert_uint_eq(everybody->documents.size(), 26);
    const auto missed = history(*store, {"u1", "missed", "", 100});
    ck_assert_uint_eq(missed->documents.size(), 0);
}

END_TEST

START_TEST(history_of_one_status_pages_over_the_others) {
    const auto dataOf = backend(_i);
    const auto store = dataOf->open();
    Changes changes;
    for (int i = 0; i < 60; ++i) {
        changes.calls.push_back(record("c" + std::to_string(100 + i), false, i));
        if (i % 20 == 0) changes.calls.back().status = "missed";
    }
    ck_assert(put(*store, changes).ok());
    const auto first = history(*store, {"u1", "missed", "", 2});
    ck_assert_uint_eq(first->documents.size(), 2);
    ck_assert(!first->nextCursor.empty());
    const auto second = history(*store, {"u1", "missed", first->nextCursor, 2});
    ck_assert_uint_eq(second->documents.size(), 1);
    ck_assert_str_eq(second->documents[0], documentOf("c100"));
    ck_assert_str_eq(second->nextCursor, "");
}

END_TEST

START_TEST(cursors_that_are_none_are_refused) {
    const auto dataOf = backend(_i);
    const auto store = dataOf->open();
    for (const char* cursor : {"x", "-1-c", "12", "12-", "12-a b", "99999999999999999999-a"}) {
        const auto page = history(*store, {"u1", "", cursor, 10});
        ck_assert_msg(!page.ok(), "%s was taken", cursor);
        expectCode(cursor, page.error(), ErrorCode::BadRequest);
        expectCode(cursor, messages(*store, {"c1", cursor, 10}).error(), ErrorCode::BadRequest);
    }
}

END_TEST

START_TEST(links_are_found_until_they_or_their_calls_end) {
    const auto dataOf = backend(_i);
    const auto store = dataOf->open();
    const Timestamp soon = now() + std::chrono::hours(1);
    Changes changes;
    changes.calls = {record("c1", true), record("room", true)};
    changes.links = {link("b", "c1", soon), link("a", "c1"), link("late", "c1", hourAgo()),
                     link("r", "room")};
    ck_assert(put(*store, changes).ok());
    const auto found = findLink(*store, "b");
    ck_assert(found.ok());
    ck_assert_str_eq(found->callId, "c1");
    ck_assert_str_eq(found->document, documentOf("b"));
    ck_assert(found->expiresAt == soon);
    ck_assert(!findLink(*store, "a")->expiresAt);
    expectCode("expired", findLink(*store, "late").error(), ErrorCode::NotFound);
    const auto links = linksOf(*store, "c1");
    ck_assert_uint_eq(links->size(), 2);
    ck_assert_str_eq(links->at(0).code, "a");
    ck_assert(put(*store, {.removedLinks = {"a", "unknown"}}).ok());
    ck_assert_uint_eq(linksOf(*store, "c1")->size(), 1);
    // The room may begin again, the call may not.
    CallRecord room = record("room", false);
    room.permanent = true;
    ck_assert(put(*store, {.calls = {record("c1", false), room}}).ok());
    expectCode("of an ended call", findLink(*store, "b").error(), ErrorCode::NotFound);
    ck_assert_uint_eq(linksOf(*store, "c1")->size(), 0);
    ck_assert(findLink(*store, "r").ok());
}

END_TEST

START_TEST(messages_page_oldest_first) {
    const auto dataOf = backend(_i);
    const auto store = dataOf->open();
    Changes changes;
    changes.calls = {record("c1", true)};
    for (int i = 0; i < 25; ++i)
        changes.messages.push_back(message("m" + std::to_string(100 + i), "c1", i / 3));
    changes.messages.push_back(message("other", "c2"));
    ck_assert(put(*store, changes).ok());
    // The same again is the same message.
    ck_assert(put(*store, {.messages = {changes.messages[3]}}).ok());
    std::vector<std::string> seen;
    ChatQuery query{"c1", "", 10};
    do {
        const auto page = messages(*store, query);
        ck_assert(page.ok());
        seen.insert(seen.end(), page->documents.begin(), page->documents.end());
        query.cursor = page->nextCursor;
    } while (!query.cursor.empty());
    ck_assert_uint_eq(seen.size(), 25);
    for (int i = 0; i < 25; ++i)
        ck_assert_str_eq(seen[static_cast<std::size_t>(i)],
                         documentOf("m" + std::to_string(100 + i)));
    ck_assert_uint_eq(messages(*store, {"c3", "", 10})->documents.size(), 0);
}

END_TEST

START_TEST(erased_user_is_nowhere) {
    const auto dataOf = backend(_i);
    const auto store = dataOf->open();
    Changes changes;
    changes.calls = {record("c1", false, 1, {"u1", "u2"}), record("c2", false, 2, {"u2"})};
    changes.messages = {message("m1", "c1", 1, "u1"), message("m2", "c1", 2, "u2")};
    ck_assert(put(*store, changes).ok());
    store->putPresence({{"u1", true, now()}});
    ck_assert(eraseUser(*store, "u1").ok());
    ck_assert_uint_eq(history(*store, {"u1", "", "", 10})->documents.size(), 0);
    const auto kept = history(*store, {"u2", "", "", 10});
    ck_assert_uint_eq(kept->documents.size(), 2);
    ck_assert_str_eq(kept->documents[0], documentOf("c2"));
    ck_assert_str_eq(kept->documents[1], documentOf("c1") + " without him");
    ck_assert_str_eq(*find(*store, "c1"), documentOf("c1") + " without him");
    const auto chat = messages(*store, {"c1", "", 10});
    ck_assert_uint_eq(chat->documents.size(), 1);
    ck_assert_str_eq(chat->documents[0], documentOf("m2"));
    expectCode("presence", findPresence(*store, "u1").error(), ErrorCode::NotFound);
    ck_assert(eraseUser(*store, "unknown").ok());
}

END_TEST

START_TEST(pushes_are_the_newest_of_their_user) {
    const auto dataOf = backend(_i);
    {
        const auto store = dataOf->open();
        Changes changes;
        for (int i = 0; i < kMaxPushes + 2; ++i)
            changes.pushes.push_back(push("p" + std::to_string(100 + i), "u1", i));
        changes.pushes.push_back(push("other", "u2"));
        ck_assert(put(*store, changes).ok());
    }
    const auto store = dataOf->open();
    const auto pushes = pushesOf(*store, "u1");
    ck_assert_uint_eq(pushes.size(), kMaxPushes);
    // The two oldest have gone, the others come by age.
    for (int i = 0; i < kMaxPushes; ++i) {
        const PushRecord& found = pushes[static_cast<std::size_t>(i)];
        const std::string id = "p" + std::to_string(102 + i);
        ck_assert_str_eq(found.id, id);
        ck_assert_str_eq(found.userId, "u1");
        ck_assert_str_eq(found.document, documentOf(id));
        ck_assert(found.at == hourAgo() + std::chrono::seconds(i + 2));
    }
    // The same again is the same one, and the newest.
    ck_assert(put(*store, {.pushes = {push("p102", "u1", 100)}}).ok());
    ck_assert_uint_eq(pushesOf(*store, "u1").size(), kMaxPushes);
    ck_assert_str_eq(pushesOf(*store, "u1").back().id, "p102");
    ck_assert_str_eq(pushesOf(*store, "u2")[0].id, "other");
}

END_TEST

START_TEST(push_belongs_to_who_put_it_last) {
    const auto dataOf = backend(_i);
    const auto store = dataOf->open();
    ck_assert(put(*store, {.pushes = {push("browser", "u1"), push("phone", "u1", 1)}}).ok());
    ck_assert(put(*store, {.pushes = {push("browser", "u2", 2)}}).ok());
    ck_assert_uint_eq(pushesOf(*store, "u1").size(), 1);
    ck_assert_uint_eq(pushesOf(*store, "u2").size(), 1);
    // What is another's now is not taken back by who had it.
    ck_assert(put(*store, {.removedPushes = {{"browser", "u1"}, {"unknown", "u1"}}}).ok());
    ck_assert_uint_eq(pushesOf(*store, "u2").size(), 1);
    ck_assert(put(*store, {.removedPushes = {{"browser", "u2"}}}).ok());
    ck_assert_uint_eq(pushesOf(*store, "u2").size(), 0);
    ck_assert(put(*store, {.pushes = {push("browser", "u2", 3)}}).ok());
    ck_assert(eraseUser(*store, "u1").ok());
    ck_assert_uint_eq(pushesOf(*store, "u1").size(), 0);
    ck_assert_uint_eq(pushesOf(*store, "u2").size(), 1);
}

END_TEST

START_TEST(presence_is_the_last_that_was_put) {
    const auto dataOf = backend(_i);
    const auto store = dataOf->open();
    const Timestamp at = now();
    store->putPresence({{"u1", true, hourAgo()}, {"u2", true, at}});
    store->putPresence({{"u1", false, at}});
    const auto presence = findPresence(*store, "u1");
    ck_assert(presence.ok());
    ck_assert(!presence->online && presence->at == at);
    ck_assert(findPresence(*store, "u2")->online);
    expectCode("a stranger", findPresence(*store, "u3").error(), ErrorCode::NotFound);
}

END_TEST

void addConformanceTests(Suite* suite, std::vector<BackendKind> all) {
    kinds() = std::move(all);
    const TTest* const tests[] = {store_keeps_calls_over_a_restart,
                                  store_writes_what_was_queued_before_it_closes,
                                  store_answers_in_order,
                                  history_pages_without_gap_or_repeat,
                                  history_of_one_status_pages_over_the_others,
                                  cursors_that_are_none_are_refused,
                                  links_are_found_until_they_or_their_calls_end,
                                  messages_page_oldest_first,
                                  erased_user_is_nowhere,
                                  pushes_are_the_newest_of_their_user,
                                  push_belongs_to_who_put_it_last,
                                  presence_is_the_last_that_was_put};
    for (std::size_t kind = 0; kind < kinds().size(); ++kind) {
        TCase* group = tcase_create(kinds()[kind].name.c_str());
        tcase_set_timeout(group, 120);
        for (const TTest* test : tests)
            tcase_add_loop_test(group, test, static_cast<int>(kind), static_cast<int>(kind) + 1);
        suite_add_tcase(suite, group);
    }
}

} // namespace mullion::test
