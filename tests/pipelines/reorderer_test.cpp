#include "pipelines/leg/reorderer.h"

#include <string>

#include "tests/support/suite.h"

using namespace mullion;

namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kAgain = 40 * kMs;

void put(Reorderer& reorderer, int number, int ms = 0) {
    reorderer.put(static_cast<std::uint16_t>(number), GRef<GstBuffer>::adopt(gst_buffer_new()),
                  ms * kMs);
}

/// "7 9-1 ": the packets that go on now, and how many were lost before each.
std::string read(Reorderer& reorderer, int ms = 0) {
    std::string text;
    while (const auto next = reorderer.next(ms * kMs)) {
        text += std::to_string(next->sequence);
        if (next->lost > 0) text += '-' + std::to_string(next->lost);
        text += ' ';
    }
    return text;
}

std::string asked(Reorderer& reorderer, int ms) {
    std::string text;
    const auto numbers = reorderer.missing(ms * kMs, kAgain);
    for (const std::uint16_t number : numbers)
        text += std::to_string(number) + ' ';
    reorderer.setAsked(numbers, ms * kMs);
    return text;
}

} // namespace

START_TEST(what_is_in_order_goes_on_at_once) {
    Reorderer reorderer(50 * kMs);
    std::string all;
    for (int number = 65534; number < 65539; ++number) {
        put(reorderer, number);
        all += read(reorderer);
    }
    ck_assert_str_eq(all.c_str(), "65534 65535 0 1 2 ");
    ck_assert(!reorderer.waits());
}

END_TEST

START_TEST(packets_out_of_order_wait_for_each_other) {
    Reorderer reorderer(50 * kMs);
    for (const int number : {65534, 1, 0}) {
        put(reorderer, number);
        if (number == 65534) ck_assert_str_eq(read(reorderer).c_str(), "65534 ");
    }
    ck_assert_str_eq(read(reorderer, 49).c_str(), "");
    ck_assert(reorderer.waits());
    put(reorderer, 65535);
    ck_assert_str_eq(read(reorderer, 49).c_str(), "65535 0 1 ");
}

END_TEST

START_TEST(what_does_not_come_is_given_up_and_too_late_then) {
    Reorderer reorderer(50 * kMs);
    put(reorderer, 10, 0);
    put(reorderer, 13, 20);
    ck_assert_str_eq(read(reorderer, 69).c_str(), "10 ");
    ck_assert_str_eq(read(reorderer, 70).c_str(), "13-2 ");
    put(reorderer, 11, 71);
    put(reorderer, 14, 72);
    ck_assert_str_eq(read(reorderer, 72).c_str(), "14 ");
    ck_assert(!reorderer.waits());
}

END_TEST

START_TEST(each_hole_has_a_patience_of_its_own) {
    Reorderer reorderer(50 * kMs);
    put(reorderer, 10, 0);
    put(reorderer, 12, 0);
    put(reorderer, 14, 30);
    ck_assert_str_eq(read(reorderer, 50).c_str(), "10 12-1 ");
    ck_assert_str_eq(read(reorderer, 79).c_str(), "");
    ck_assert_str_eq(read(reorderer, 80).c_str(), "14-1 ");
}

END_TEST

START_TEST(what_comes_twice_goes_on_once) {
    Reorderer reorderer(50 * kMs);
    for (const int number : {10, 10, 12, 12, 11, 11, 12})
        put(reorderer, number);
    ck_assert_str_eq(read(reorderer).c_str(), "10 11 12 ");
}

END_TEST

START_TEST(the_missing_are_asked_for_a_few_times_while_they_would_help) {
    Reorderer reorderer(1000 * kMs);
    put(reorderer, 65534, 0);
    put(reorderer, 1, 0);
    ck_assert(reorderer.misses(65535) && reorderer.misses(0) && !reorderer.misses(1));
    ck_assert_str_eq(asked(reorderer, 0).c_str(), "65535 0 ");
    ck_assert_str_eq(asked(reorderer, 39).c_str(), "");
    put(reorderer, 0, 39);
    int times = 1;
    for (int ms = 40; ms < 900; ms += 10)
        times += asked(reorderer, ms) == "65535 ";
    ck_assert_int_eq(times, 8);
    ck_assert_str_eq(read(reorderer, 1000).c_str(), "65534 0-1 1 ");
    ck_assert(!reorderer.misses(65535));
}

END_TEST

/// Each repair takes 200 ms, so that the first is asked for five times.
START_TEST(over_a_long_path_they_are_asked_for_less_often) {
    Reorderer reorderer(1000 * kMs);
    put(reorderer, 0, 0);
    const auto requests = [&](int number, int begin) {
        put(reorderer, number + 1, begin);
        int times = 0;
        for (int ms = begin; ms < begin + 200; ms += 10)
            times += !asked(reorderer, ms).empty();
        put(reorderer, number, begin + 200);
        return times;
    };
    ck_assert_int_eq(requests(1, 0), 5);
    ck_assert_int_eq(requests(3, 1000), 1);
    // One of which the first request was lost does not change much.
    put(reorderer, 6, 2000);
    ck_assert_str_eq(asked(reorderer, 2000).c_str(), "5 ");
    ck_assert_str_eq(asked(reorderer, 2299).c_str(), "");
    ck_assert_str_eq(asked(reorderer, 2300).c_str(), "5 ");
    put(reorderer, 5, 2500);
    ck_assert_int_eq(requests(7, 3000), 1);
}

END_TEST

/// However long repairs took.
START_TEST(they_are_asked_for_twice_before_they_are_given_up) {
    Reorderer reorderer(400 * kMs);
    put(reorderer, 0, 0);
    put(reorderer, 2, 0);
    ck_assert_str_eq(asked(reorderer, 0).c_str(), "1 ");
    put(reorderer, 1, 390);
    put(reorderer, 4, 400);
    ck_assert_str_eq(asked(reorderer, 400).c_str(), "3 ");
    ck_assert_str_eq(asked(reorderer, 599).c_str(), "");
    ck_assert_str_eq(asked(reorderer, 600).c_str(), "3 ");
}

END_TEST

START_TEST(a_leap_begins_anew) {
    Reorderer reorderer(50 * kMs);
    put(reorderer, 10);
    ck_assert_str_eq(read(reorderer).c_str(), "10 ");
    put(reorderer, 30000);
    ck_assert_str_eq(read(reorderer).c_str(), "30000 ");
    put(reorderer, 11);
    put(reorderer, 12);
    ck_assert_str_eq(read(reorderer).c_str(), "11 12 ");
    ck_assert_str_eq(asked(reorderer, 1).c_str(), "");
}

END_TEST

/// Else they would be more with every step.
START_TEST(steps_after_each_other_leave_no_heap_of_holes) {
    Reorderer reorderer(400 * kMs);
    put(reorderer, 0, 0);
    read(reorderer);
    for (int i = 1; i < 50; ++i)
        put(reorderer, i * 900, 0);
    ck_assert_uint_lt(reorderer.missing(0, kAgain).size(), 1000);
}

END_TEST

START_TEST(what_could_not_be_asked_for_is_asked_for_as_often_later) {
    Reorderer reorderer(1000 * kMs);
    put(reorderer, 0, 0);
    put(reorderer, 2, 0);
    for (int ms = 0; ms < 100; ms += 10)
        ck_assert_uint_eq(reorderer.missing(ms * kMs, kAgain).size(), 1);
    int times = 0;
    for (int ms = 100; ms < 900; ms += 10)
        times += asked(reorderer, ms) == "1 ";
    ck_assert_int_eq(times, 8);
}

END_TEST

int main() {
    gst_init(nullptr, nullptr);
    return test::runSuite(
        "pipelines reorderer",
        {what_is_in_order_goes_on_at_once, packets_out_of_order_wait_for_each_other,
         what_does_not_come_is_given_up_and_too_late_then, each_hole_has_a_patience_of_its_own,
         what_comes_twice_goes_on_once, the_missing_are_asked_for_a_few_times_while_they_would_help,
         over_a_long_path_they_are_asked_for_less_often,
         they_are_asked_for_twice_before_they_are_given_up, a_leap_begins_anew,
         steps_after_each_other_leave_no_heap_of_holes,
         what_could_not_be_asked_for_is_asked_for_as_often_later});
}
