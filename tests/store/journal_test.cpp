#include "src/store/journal.h"

#include <csignal>
#include <sys/resource.h>

#include "src/store/changes_json.h"
#include "tests/store/conformance.h"
#include "tests/support/temporary_dir.h"

using namespace mullion;
using test::TemporaryDir;

namespace {

std::unique_ptr<Journal> open(const std::string& path) {
    auto journal = Journal::open(path);
    ck_assert_msg(journal.ok(), "%s", journal ? "" : journal.error().message.c_str());
    return std::move(*journal);
}

void append(Journal& journal, const std::string& line) {
    ck_assert(
        test::waitFor<void>([&](Journal::Done done) { journal.append(line, done); }, "the line")
            .ok());
}

} // namespace

START_TEST(journal_keeps_lines_in_order) {
    const TemporaryDir dir;
    const std::string path = dir.path() + "/journal";
    {
        const auto journal = open(path);
        for (int i = 0; i < 100; ++i)
            journal->append(std::to_string(i), [](Result<void>) {});
    }
    const auto lines = open(path)->takeLines();
    ck_assert_uint_eq(lines.size(), 100);
    for (std::size_t i = 0; i < 100; ++i)
        ck_assert_str_eq(lines[i], std::to_string(i));
}

END_TEST

START_TEST(torn_line_is_dropped_and_written_over) {
    const TemporaryDir dir;
    const std::string path = dir.path() + "/journal";
    append(*open(path), "first");
    const auto size = std::filesystem::file_size(path);
    append(*open(path), "second");
    const auto whole = std::filesystem::file_size(path);
    // At every place where a write can end.
    for (auto end = size; end < whole; ++end) {
        std::filesystem::resize_file(path, end);
        const auto journal = open(path);
        const auto lines = journal->takeLines();
        ck_assert_uint_eq(lines.size(), 1);
        append(*journal, "second");
    }
    // A block that never reached the disk reads as zeros.
    std::filesystem::resize_file(path, size);
    std::filesystem::resize_file(path, whole);
    ck_assert_uint_eq(open(path)->takeLines().size(), 1);
}

END_TEST

START_TEST(cleared_journal_is_empty) {
    const TemporaryDir dir;
    const std::string path = dir.path() + "/journal";
    {
        const auto journal = open(path);
        journal->append("before", [](Result<void>) {});
        journal->clear([](Result<void>) {});
        journal->append("after", [](Result<void>) {});
    }
    const auto lines = open(path)->takeLines();
    ck_assert_uint_eq(lines.size(), 1);
    ck_assert_str_eq(lines[0], "after");
}

END_TEST

START_TEST(write_that_fails_is_told_and_leaves_nothing) {
    const TemporaryDir dir;
    const std::string path = dir.path() + "/journal";
    const auto journal = open(path);
    append(*journal, "first");
    // The second fits in part only.
    const rlimit limit{40, 40};
    std::signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto failed = test::waitFor<void>(
        [&](Journal::Done done) { journal->append("second", done); }, "the refusal");
    test::expectCode("no room", failed.error(), ErrorCode::Unavailable);
    const auto lines = open(path)->takeLines();
    ck_assert_uint_eq(lines.size(), 1);
    ck_assert(!Journal::open("/no/such/folder/journal").ok());
}

END_TEST

START_TEST(changes_survive_their_text) {
    Changes changes;
    changes.calls = {test::record("c1", true), test::record("c2", false, 5, {"u1", "u2"})};
    changes.calls[1].permanent = true;
    changes.links = {{"l1", "c1", test::hourAgo(), "{}"}, {"l2", "c1", {}, "\"\n"}};
    changes.removedLinks = {"l3"};
    changes.messages = {test::message("m1", "c1", 7, "u2")};
    changes.pushes = {{"p1", "u1", test::hourAgo(), "{}"}};
    changes.removedPushes = {{"p2", "u1"}};
    const std::string text = toText(changes);
    ck_assert(text.find('\n') == std::string::npos);
    const auto read = changesFrom(text);
    ck_assert(read.ok());
    ck_assert_str_eq(toText(*read), text);
    ck_assert(read->calls[1].endedAt == changes.calls[1].endedAt && read->calls[1].permanent);
    ck_assert(!read->links[1].expiresAt && read->links[1].document == "\"\n");
    for (const char* none : {"", "{}", "[1]", R"({"calls":[{}],"links":[]})"})
        ck_assert_msg(!changesFrom(none).ok(), "%s was taken", none);
}

END_TEST

int main() {
    return test::runSuite("journal",
                          {journal_keeps_lines_in_order, torn_line_is_dropped_and_written_over,
                           cleared_journal_is_empty, write_that_fails_is_told_and_leaves_nothing,
                           changes_survive_their_text});
}
