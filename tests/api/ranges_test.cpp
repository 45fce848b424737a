// Range headers (RFC 9110, 14.1 and 14.2).
#include "api/ranges.h"

#include <iterator>

#include "tests/support/suite.h"

using namespace mullion;
using mullion::api::RangeRequest;

namespace {

constexpr auto kWhole = RangeRequest::Kind::Whole;
constexpr auto kPart = RangeRequest::Kind::Part;
constexpr auto kNone = RangeRequest::Kind::Unsatisfiable;

struct Row {
    const char* header;
    std::int64_t size;
    RangeRequest::Kind kind;
    std::int64_t offset = 0;
    std::int64_t length = 0;
};

constexpr Row kRows[] = {
    {"", 100, kWhole},
    {"bytes=0-0", 100, kPart, 0, 1},
    {"bytes=0-99", 100, kPart, 0, 100},
    {"bytes=10-19", 100, kPart, 10, 10},
    {"bytes=99-99", 100, kPart, 99, 1},
    {"Bytes=10-19", 100, kPart, 10, 10},
    // Open, and beyond the end.
    {"bytes=0-", 100, kPart, 0, 100},
    {"bytes=40-", 100, kPart, 40, 60},
    {"bytes=40-1000", 100, kPart, 40, 60},
    {"bytes=40-99999999999999999999", 100, kPart, 40, 60},
    // The last so many.
    {"bytes=-1", 100, kPart, 99, 1},
    {"bytes=-100", 100, kPart, 0, 100},
    {"bytes=-1000", 100, kPart, 0, 100},
    {"bytes=-99999999999999999999", 100, kPart, 0, 100},
    {"bytes=-0", 100, kNone},
    // Behind the end.
    {"bytes=100-", 100, kNone},
    {"bytes=100-200", 100, kNone},
    {"bytes=99999999999999999999-", 100, kNone},
    {"bytes=0-", 0, kNone},
    {"bytes=-5", 0, kNone},
    // What may be passed over.
    {"bytes=0-0,5-9", 100, kWhole},
    {"bytes=9-5", 100, kWhole},
    {"bytes=", 100, kWhole},
    {"bytes=-", 100, kWhole},
    {"bytes=5", 100, kWhole},
    {"bytes=--5", 100, kWhole},
    {"bytes=5--9", 100, kWhole},
    {"bytes=+1-2", 100, kWhole},
    {"bytes=a-b", 100, kWhole},
    {"bytes= 1-2", 100, kWhole},
    {"bytes=1-2x", 100, kWhole},
    {"bytes 1-2", 100, kWhole},
    {"lines=1-2", 100, kWhole},
    {"byte", 100, kWhole},
};

} // namespace

START_TEST(header_asks_for_a_range) {
    const Row& row = kRows[_i];
    const RangeRequest got = RangeRequest::parse(row.header, row.size);
    const bool isWhole = row.kind == kWhole;
    ck_assert_msg(got.kind == row.kind, "\"%s\" of %ld is of kind %d", row.header, row.size,
                  static_cast<int>(got.kind));
    ck_assert_msg(
        got.range.offset == row.offset && got.range.length == (isWhole ? row.size : row.length),
        "\"%s\" of %ld: %ld from %ld on", row.header, row.size, got.range.length, got.range.offset);
}

END_TEST

int main() {
    Suite* suite = suite_create("ranges");
    TCase* group = tcase_create("header_asks_for_a_range");
    tcase_add_loop_test(group, header_asks_for_a_range, 0, static_cast<int>(std::size(kRows)));
    suite_add_tcase(suite, group);
    return test::run(suite);
}
