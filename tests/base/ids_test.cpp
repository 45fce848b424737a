#include "src/base/ids.h"

#include <set>

#include "src/base/timestamp.h"
#include "tests/support/suite.h"

using namespace mullion;

START_TEST(new_ids_are_valid_and_differ) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = newId();
        ck_assert(isValidId(id));
        ck_assert_int_eq(id.size(), 22);
        ck_assert(seen.insert(id).second);
    }
}

END_TEST

START_TEST(ids_from_outside_are_checked) {
    for (const char* good : {"u1", "a@b.example", "A-b_c:9"})
        ck_assert(isValidId(good));
    for (const char* bad : {"", ".", "..", "a/b", "a b", "a\nb", "é"})
        ck_assert(!isValidId(bad));
    ck_assert(!isValidId(std::string(129, 'a')));
}

END_TEST

START_TEST(timestamps_survive_their_text) {
    const Timestamp time(std::chrono::milliseconds(1764000000123));
    ck_assert(formatTimestamp(time) == "2025-11-24T16:00:00.123Z");
    ck_assert(*parseTimestamp("2025-11-24T16:00:00.123Z") == time);
    ck_assert(*parseTimestamp("2025-11-24T17:00:00.123+01:00") == time);
    ck_assert(!parseTimestamp("yesterday").ok());
}

END_TEST

int main() {
    return test::runSuite("base.ids", {new_ids_are_valid_and_differ, ids_from_outside_are_checked,
                                       timestamps_survive_their_text});
}
