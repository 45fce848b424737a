// What webhooks have to deliver outlives the program.
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "src/notify/outbox.h"
#include "tests/support/suite.h"
#include "tests/support/temporary_dir.h"

using namespace mullion;

namespace {

std::unique_ptr<Outbox> openAt(const std::string& path) {
    auto outbox = Outbox::open(path);
    ck_assert_msg(outbox.ok(), "%s", outbox ? "" : outbox.error().message.c_str());
    return std::move(*outbox);
}

std::vector<Outbox::Entry> entriesFor(std::initializer_list<const char*> urls, const char* id) {
    std::vector<Outbox::Entry> entries;
    for (const char* url : urls)
        entries.push_back({0, url, id, "c1", *parseTimestamp("2026-11-27T12:00:00.500Z")});
    return entries;
}

} // namespace

START_TEST(outbox_keeps_what_it_took_over_a_kill) {
    const test::TemporaryDir dir;
    const std::string path = dir.path() + "/outbox.db";
    const pid_t child = fork();
    if (child == 0) {
        const auto outbox = openAt(path);
        auto first = entriesFor({"http://a", "http://b"}, "e1");
        auto second = entriesFor({"http://a"}, "e2");
        if (!outbox->put(first, "one") || !outbox->put(second, "two")) _exit(1);
        if (!outbox->remove(first[1].number)) _exit(1);
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    const auto outbox = openAt(path);
    const auto entries = outbox->load();
    ck_assert(entries.ok());
    ck_assert_uint_eq(entries->size(), 2);
    const Outbox::Entry& first = (*entries)[0];
    ck_assert_str_eq(first.url, "http://a");
    ck_assert_str_eq(first.id, "e1");
    ck_assert_str_eq(first.callId, "c1");
    ck_assert_str_eq(formatTimestamp(first.at), "2026-11-27T12:00:00.500Z");
    ck_assert_int_eq(first.bytes, 3);
    ck_assert_str_eq(outbox->body(first.number)->c_str(), "one");
    ck_assert_str_eq((*entries)[1].id, "e2");
    ck_assert(!outbox->body(first.number + 100).ok());
    // Numbers are not given again.
    ck_assert(outbox->remove((*entries)[1].number).ok());
    auto third = entriesFor({"http://a"}, "e3");
    ck_assert(outbox->put(third, "three").ok());
    ck_assert_int_gt(third[0].number, (*entries)[1].number);
}

END_TEST

START_TEST(outbox_of_a_newer_program_is_left_alone) {
    const test::TemporaryDir dir;
    const std::string path = dir.path() + "/outbox.db";
    openAt(path);
    sqlite3* raw = nullptr;
    sqlite3_open(path.c_str(), &raw);
    const SqlitePtr database(raw);
    ck_assert(sqliteRun(raw, "PRAGMA user_version = 99").ok());
    const auto refused = Outbox::open(path);
    ck_assert(!refused.ok() && refused.error().code == ErrorCode::Conflict);
}

END_TEST

int main() {
    return test::runSuite("notify.outbox", {outbox_keeps_what_it_took_over_a_kill,
                                            outbox_of_a_newer_program_is_left_alone});
}
