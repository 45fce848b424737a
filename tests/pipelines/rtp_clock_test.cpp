#include "pipelines/leg/rtp_clock.h"

#include <cstdlib>
#include <random>

#include "tests/support/suite.h"

using namespace mullion;

namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr int kRate = 48000;
/// 20 ms.
constexpr std::uint32_t kStep = 960;
/// Just before timestamps wrap.
constexpr std::uint32_t kFirst = 0xffffff00;

/// A source that sends a packet each 20 ms of its own clock, over a network that takes `delay`.
struct Source {
    RtpClock clock{kRate};
    std::uint32_t timestamp = kFirst;
    /// Of our clock, ns.
    double at = 1e9;
    /// How much longer its seconds are than ours.
    double drift = 0;

    /// @return how much later than it was sent the next packet is said to be, ms.
    double send(double delayMs) {
        const auto arrival = static_cast<std::int64_t>(at + delayMs * kMs);
        const double late = (static_cast<double>(clock.arrived(timestamp, arrival)) - at) / kMs;
        timestamp += kStep;
        at += 20.0 * kMs * (1 + drift);
        return late;
    }
};

} // namespace

START_TEST(packets_that_come_unevenly_have_even_times) {
    Source source;
    std::mt19937 random(7);
    std::uniform_real_distribution<double> jitter(0, 30);
    double late = 0;
    for (int i = 0; i < 100; ++i)
        source.send(10 + (i % 10 == 0 ? 0 : jitter(random)));
    for (int i = 0; i < 1000; ++i) {
        late = source.send(10 + (i % 10 == 0 ? 0 : jitter(random)));
        ck_assert_double_eq_tol(late, 10, 0.1);
    }
}

END_TEST

START_TEST(a_clock_that_drifts_is_followed) {
    for (const double drift : {-2e-4, 2e-4}) {
        Source source;
        source.drift = drift;
        // Ten minutes, in which it is 120 ms off.
        for (int i = 0; i < 30000; ++i)
            ck_assert_double_eq_tol(source.send(10), 10, 1);
    }
}

END_TEST

START_TEST(a_late_beginning_is_forgotten_at_once) {
    Source source;
    ck_assert_double_eq_tol(source.send(70), 70, 0.01);
    ck_assert_double_eq_tol(source.send(10), 10, 0.01);
    ck_assert_double_eq_tol(source.send(40), 10, 0.01);
}

END_TEST

START_TEST(a_network_that_becomes_slower_is_followed_smoothly) {
    Source source;
    for (int i = 0; i < 200; ++i)
        source.send(10);
    double before = 10;
    for (int i = 0; i < 500; ++i) {
        const double late = source.send(40);
        ck_assert_double_ge(late, before - 0.01);
        ck_assert_double_le(late, before + 0.2);
        before = late;
    }
    ck_assert_double_eq_tol(before, 40, 0.5);
}

END_TEST

START_TEST(a_step_of_the_source_is_followed_within_two_seconds) {
    Source source;
    for (int i = 0; i < 200; ++i)
        source.send(10);
    // Half a second, in which its clock stood still.
    source.at += 500.0 * kMs;
    double late = 0;
    for (int i = 0; i < 101; ++i)
        late = source.send(10);
    ck_assert_double_eq_tol(late, 10, 0.5);
    // As when it was loaded anew.
    source.timestamp += 12345678;
    ck_assert_double_eq_tol(source.send(10), 10, 0.1);
}

END_TEST

/// Of sound: what the mix waits for.
constexpr std::int64_t kUseful = 50 * kMs;

START_TEST(a_source_that_is_slower_than_time_is_heard) {
    // A device that is too busy, and makes three seconds of sound in four.
    Source source{RtpClock(kRate, kUseful)};
    source.drift = 1.0 / 3;
    int heard = 0;
    for (int i = 0; i < 1000; ++i)
        // What comes later than the mix waits is not heard.
        heard += 10 - source.send(10) <= 60 ? 1 : 0;
    ck_assert_int_gt(heard, 600);
    // And all of it, once the device is quick again.
    source.drift = 0;
    source.send(10);
    for (int i = 0; i < 200; ++i)
        ck_assert_double_le(10 - source.send(10), 60);
}

END_TEST

START_TEST(sound_that_is_a_step_late_is_heard_soon) {
    Source source{RtpClock(kRate, kUseful)};
    for (int i = 0; i < 200; ++i)
        source.send(10);
    double late = 0;
    for (int i = 0; i < 7; ++i)
        late = source.send(210);
    ck_assert_double_eq_tol(late, 210, 0.1);
}

END_TEST

START_TEST(what_was_held_back_for_a_moment_keeps_its_time) {
    Source source{RtpClock(kRate, kUseful)};
    for (int i = 0; i < 200; ++i)
        source.send(10);
    // Nothing comes for 400 ms, and then all of it at once.
    for (int i = 0; i < 20; ++i)
        ck_assert_double_eq_tol(source.send(400 - 20 * i), 10, 0.5);
    // One in five is quick: the others are late, and no reason to wait for them.
    for (int i = 0; i < 100; ++i)
        ck_assert_double_eq_tol(source.send(i % 5 == 0 ? 10 : 90), 10, 0.5);
}

END_TEST

START_TEST(timestamps_around_the_newest_have_their_times) {
    Source source;
    for (int i = 0; i < 100; ++i)
        source.send(10);
    const std::uint32_t newest = source.timestamp - kStep;
    const std::int64_t at = source.clock.timeOf(newest);
    ck_assert_int_eq(source.clock.timeOf(newest - 50 * kStep), at - 1000 * kMs);
    ck_assert_int_eq(source.clock.timeOf(newest + 50 * kStep), at + 1000 * kMs);
}

END_TEST

/// The sum of so many would not fit.
START_TEST(leaps_do_not_add_up) {
    Source source;
    for (int i = 0; i < 300'000; ++i) {
        source.timestamp += 0x7fffffff;
        ck_assert_double_eq_tol(source.send(10), 10, 0.1);
    }
}

END_TEST

int main() {
    return test::runSuite(
        "pipelines rtp_clock",
        {packets_that_come_unevenly_have_even_times, a_clock_that_drifts_is_followed,
         a_late_beginning_is_forgotten_at_once, a_network_that_becomes_slower_is_followed_smoothly,
         a_step_of_the_source_is_followed_within_two_seconds,
         a_source_that_is_slower_than_time_is_heard, sound_that_is_a_step_late_is_heard_soon,
         what_was_held_back_for_a_moment_keeps_its_time,
         timestamps_around_the_newest_have_their_times, leaps_do_not_add_up});
}
