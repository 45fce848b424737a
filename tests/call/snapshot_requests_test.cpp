// Requests for snapshots: shared, limited, given up.
#include "src/call/snapshot_requests.h"

#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

using Options = SnapshotRequests::Options;

/// Requests whose process answers when the test says so.
struct Desk {
    explicit Desk(Options options = {.goodFor = std::chrono::hours(1)})
        : requests(options, [this](const std::string& callId, const wire::TakeSnapshot& request) {
            if (away) return Result<void>(Error{ErrorCode::Unavailable, "away"});
            asked.emplace_back(callId, request);
            return Result<void>();
        }) {}

    void take(const std::string& callId, int width = 0) {
        requests.take(callId, width, [this](const Result<SnapshotRequests::Picture>& picture) {
            answers.push_back(picture ? **picture
                                      : std::string("error: ") + picture.error().message);
            if (!picture) codes.push_back(picture.error().code);
        });
    }

    void answer(std::size_t number, const std::string& jpeg) {
        const auto& [callId, request] = asked.at(number);
        requests.onTaken(callId, {request.request, "", std::make_shared<const std::string>(jpeg)});
    }

    bool away = false;
    std::vector<std::pair<std::string, wire::TakeSnapshot>> asked = {};
    std::vector<std::string> answers = {};
    std::vector<ErrorCode> codes = {};
    SnapshotRequests requests;
};

} // namespace

START_TEST(those_of_one_width_are_shared) {
    Desk desk;
    for (int i = 0; i < 5; ++i)
        desk.take("c1");
    desk.take("c1", 320);
    desk.take("c2");
    ck_assert_uint_eq(desk.asked.size(), 3);
    ck_assert_int_eq(desk.asked[1].second.width, 320);
    ck_assert(desk.answers.empty());
    desk.answer(0, "whole");
    ck_assert(desk.answers == std::vector<std::string>(5, "whole"));
    // Who comes soon after gets the same.
    desk.take("c1");
    ck_assert_uint_eq(desk.asked.size(), 3);
    ck_assert_str_eq(desk.answers.back(), "whole");
    desk.answer(1, "small");
    ck_assert_str_eq(desk.answers.back(), "small");
    desk.answer(2, "other");
    ck_assert_str_eq(desk.answers.back(), "other");
    ck_assert_uint_eq(desk.answers.size(), 8);
}

END_TEST

START_TEST(picture_grows_old) {
    Desk desk({.goodFor = std::chrono::milliseconds(1)});
    desk.take("c1");
    desk.answer(0, "first");
    test::runUntil(
        [&] {
            desk.take("c1");
            return desk.asked.size() == 2;
        },
        "another one");
    desk.answer(1, "second");
    ck_assert_str_eq(desk.answers.back(), "second");
}

END_TEST

START_TEST(loop_over_widths_is_stopped) {
    Desk desk({.perSecond = 0.01, .goodFor = std::chrono::hours(1)});
    // The burst is twice the rate: with this one nothing.
    desk.take("c1");
    ck_assert(desk.codes == std::vector{ErrorCode::TooManyRequests});
    Desk usual({.perSecond = 0.5});
    usual.take("c1", 16);
    usual.take("c1", 17);
    usual.take("c1", 16);
    ck_assert_uint_eq(usual.asked.size(), 1);
    ck_assert(usual.codes == std::vector{ErrorCode::TooManyRequests});
    // Another call has its own.
    usual.take("c2", 17);
    ck_assert_uint_eq(usual.asked.size(), 2);
}

END_TEST

START_TEST(process_that_fails_is_told_to_all_who_wait) {
    Desk desk({.deadline = std::chrono::milliseconds(1)});
    desk.take("c1");
    desk.take("c1");
    test::runUntil([&] { return desk.answers.size() == 2; }, "the deadline");
    ck_assert(desk.codes == std::vector(2, ErrorCode::Unavailable));
    // A late answer is nobody's, and so is another call's.
    desk.answer(0, "late");
    ck_assert_uint_eq(desk.answers.size(), 2);

    Desk other;
    other.take("c1");
    other.take("c1", 320);
    other.take("c2");
    other.requests.onTaken(
        "c2", {other.asked[0].second.request, "", std::make_shared<const std::string>("foreign")});
    ck_assert(other.answers.empty());
    other.requests.onLost("c1");
    ck_assert(other.codes == std::vector(2, ErrorCode::Unavailable));
    other.requests.onTaken("c2", {other.asked[2].second.request, "no memory"});
    ck_assert(other.codes.back() == ErrorCode::Internal);
    other.away = true;
    for (int i = 0; i < 100; ++i) {
        other.take("c3");
        ck_assert_str_eq(other.answers.back(), "error: away");
    }
    other.away = false;
    other.take("c3");
    ck_assert_str_eq(other.asked.back().first, "c3");
}

END_TEST

int main() {
    return test::runSuite("snapshot requests", {those_of_one_width_are_shared, picture_grows_old,
                                                loop_over_widths_is_stopped,
                                                process_that_fails_is_told_to_all_who_wait});
}
