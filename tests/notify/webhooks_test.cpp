// Webhooks against receivers that take, refuse, hang and go away.
#include "src/notify/webhooks.h"

#include "src/base/json_values.h"
#include "src/notify/events.h"
#include "src/notify/signature.h"
#include "tests/support/receiver.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"
#include "tests/support/temporary_dir.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// Webhooks with an outbox of their own, quick to try again.
class Post {
public:
    explicit Post(std::vector<std::string> urls) {
        claimMainThread();
        options.urls = std::move(urls);
        options.key = std::string(32, 'k');
        options.events = {std::begin(kToldEvents), std::end(kToldEvents)};
        options.firstRetry = std::chrono::milliseconds(20);
        options.lastRetry = std::chrono::milliseconds(100);
    }

    Webhooks& open() {
        webhooks_.reset();
        auto opened = Webhooks::open(options, dir_.path() + "/outbox.db");
        ck_assert(opened.ok());
        webhooks_ = std::move(*opened);
        return *webhooks_;
    }

    Webhooks& hooks() { return webhooks_ ? *webhooks_ : open(); }

    void take(const char* type, const char* callId, const char* mark = "") {
        hooks().take({{"type", type}, {"call_id", callId}, {"mark", mark}});
    }

    void drained() {
        runUntil([&] { return hooks().figures().waiting == 0; }, "an empty outbox");
    }

    Webhooks::Options options = {};

private:
    TemporaryDir dir_ = {};
    std::unique_ptr<Webhooks> webhooks_ = {};
};

/// A port on which nobody listens.
int deadPort() {
    return Receiver().port();
}

std::string marks(const Receiver& receiver) {
    std::string all;
    for (const auto& told : receiver.told)
        all += told.json()["mark"].get<std::string>() + ' ';
    return all;
}

} // namespace

START_TEST(event_is_told_signed_and_whole) {
    Receiver receiver;
    Post post({receiver.url()});
    post.take("call:ended", "c1", "x");
    post.take("call:updated", "c1");
    post.take("chat:message", "c1");
    post.drained();
    ck_assert_uint_eq(receiver.told.size(), 1);
    const Receiver::Told& told = receiver.told[0];
    const Json event = told.json();
    ck_assert(event["type"] == "call:ended" && event["call_id"] == "c1" && event["mark"] == "x");
    ck_assert(event["id"] == told.headers.at("webhook-id"));
    ck_assert(parseTimestamp(event["at"].get<std::string>()).ok());
    ck_assert_str_eq(told.headers.at("content-type"), "application/json");
    const std::string seconds = told.headers.at("webhook-timestamp");
    ck_assert_str_eq(told.headers.at("webhook-signature"),
                     webhookSignature(std::string(32, 'k'), told.headers.at("webhook-id"),
                                      std::stoll(seconds), told.body));
    ck_assert_int_eq(post.hooks().figures().sent, 1);
}

END_TEST

START_TEST(only_chosen_events_are_told) {
    Receiver receiver;
    Post post({receiver.url()});
    post.options.events = {"call:ended"};
    post.take("call:answered", "c1");
    post.take("call:ended", "c1");
    post.drained();
    ck_assert_str_eq(receiver.types(), "call:ended\n");
}

END_TEST

START_TEST(refused_event_is_tried_again_in_the_order_of_its_call) {
    Receiver receiver;
    Post post({receiver.url()});
    int refusals = 3;
    receiver.answer = [&](const auto&) { return refusals-- > 0 ? 500 : 204; };
    for (const char* mark : {"1", "2", "3"})
        post.take("call:ended", "c1", mark);
    post.drained();
    ck_assert_str_eq(marks(receiver), "1 1 1 1 2 3 ");
    // The same event under the same id, signed anew.
    ck_assert(receiver.told[0].headers.at("webhook-id") ==
              receiver.told[3].headers.at("webhook-id"));
    ck_assert(receiver.told[0].body == receiver.told[3].body);
    ck_assert_int_eq(post.hooks().figures().failed, 3);
    ck_assert_int_eq(post.hooks().figures().sent, 3);
}

END_TEST

START_TEST(event_that_is_never_taken_steps_aside) {
    Receiver receiver;
    Post post({receiver.url()});
    receiver.answer = [&](const auto& told) { return told.json()["mark"] == "bad" ? 400 : 200; };
    for (const char* mark : {"bad", "2", "3"})
        post.take("call:ended", "c1", mark);
    runUntil([&] { return post.hooks().figures().sent == 2; }, "those behind it");
    ck_assert_str_eq(marks(receiver).substr(0, 24), "bad bad bad bad bad 2 3 ");
    ck_assert_uint_eq(post.hooks().figures().waiting, 1);
}

END_TEST

START_TEST(redirect_is_no_success_and_not_followed) {
    Receiver elsewhere;
    Receiver receiver;
    Post post({receiver.url()});
    receiver.headers = {{"Location", elsewhere.url()}};
    receiver.answer = [&](const auto&) { return 307; };
    post.take("call:ended", "c1");
    runUntil([&] { return post.hooks().figures().failed >= 2; }, "two tries");
    ck_assert(elsewhere.told.empty());
}

END_TEST

START_TEST(gone_receiver_is_told_no_more) {
    Receiver receiver;
    Receiver other;
    Post post({receiver.url(), other.url()});
    receiver.answer = [&](const auto&) { return 410; };
    post.take("call:ended", "c1", "1");
    post.take("call:ended", "c1", "2");
    post.drained();
    post.take("call:ended", "c2", "3");
    post.drained();
    ck_assert_str_eq(marks(receiver), "1 ");
    ck_assert_uint_eq(other.told.size(), 3);
    ck_assert_int_eq(post.hooks().figures().dropped, 2);
    // Until a restart.
    receiver.answer = [&](const auto&) { return 200; };
    post.open();
    post.take("call:ended", "c2", "4");
    post.drained();
    ck_assert_str_eq(marks(receiver), "1 4 ");
}

END_TEST

START_TEST(receiver_that_hangs_or_is_dead_delays_nobody_else) {
    Receiver hanging;
    Receiver good;
    Post post({hanging.url(), "http://127.0.0.1:" + std::to_string(deadPort()) + "/", good.url()});
    hanging.answer = [](const auto&) { return 0; };
    post.options.timeout = std::chrono::minutes(10);
    for (int call = 0; call < 50; ++call)
        for (const char* type : {"call:incoming", "call:answered", "call:ended"})
            post.take(type, ("c" + std::to_string(call)).c_str());
    const auto atOnce = post.options.atOnce;
    runUntil([&] { return post.hooks().figures().sent == 150 && hanging.told.size() == atOnce; },
             "all events at the one that takes them");
    ck_assert_uint_eq(post.hooks().figures().waiting, 300);
    // No more than so many at once, and one event of a call at a time.
    ck_assert_int_eq(hanging.count("call:incoming"), static_cast<int>(atOnce));
}

END_TEST

START_TEST(timeout_is_a_failure_that_is_tried_again) {
    Receiver receiver;
    Post post({receiver.url()});
    post.options.timeout = std::chrono::milliseconds(50);
    int silent = 2;
    receiver.answer = [&](const auto&) { return silent-- > 0 ? 0 : 200; };
    post.take("call:ended", "c1");
    post.drained();
    ck_assert_int_eq(post.hooks().figures().sent, 1);
    ck_assert_int_ge(post.hooks().figures().failed, 2);
}

END_TEST

START_TEST(dead_receiver_gets_all_when_it_is_back) {
    const int port = deadPort();
    Post post({"http://127.0.0.1:" + std::to_string(port) + "/hook"});
    for (const char* mark : {"1", "2", "3"})
        post.take("call:ended", "c1", mark);
    runUntil([&] { return post.hooks().figures().failed >= 2; }, "two tries");
    Receiver receiver(port);
    post.drained();
    ck_assert_str_eq(marks(receiver), "1 2 3 ");
}

END_TEST

START_TEST(restart_goes_on_with_what_waits) {
    const int port = deadPort();
    Post post({"http://127.0.0.1:" + std::to_string(port) + "/hook"});
    for (const char* mark : {"1", "2"})
        post.take("call:ended", "c1", mark);
    post.open();
    ck_assert_uint_eq(post.hooks().figures().waiting, 2);
    post.take("call:ended", "c1", "3");
    Receiver receiver(port);
    post.drained();
    ck_assert_str_eq(marks(receiver), "1 2 3 ");
    // One that is not in the settings any more is told nothing.
    post.options.urls = {"http://127.0.0.1:1/"};
    post.open();
    post.take("call:ended", "c1", "4");
    post.options.urls = {receiver.url()};
    post.open();
    ck_assert_uint_eq(post.hooks().figures().waiting, 0);
    ck_assert_int_eq(post.hooks().figures().dropped, 1);
}

END_TEST

START_TEST(outbox_is_bounded_and_drops_the_oldest) {
    for (const bool byBytes : {false, true}) {
        const int port = deadPort();
        Post post({"http://127.0.0.1:" + std::to_string(port) + "/hook"});
        if (byBytes)
            post.options.maxBytes = 400;
        else
            post.options.maxWaiting = 3;
        for (const char* mark : {"1", "2", "3", "4", "5"})
            post.take("call:ended", "c1", mark);
        ck_assert_uint_eq(post.hooks().figures().waiting, 3);
        ck_assert_int_eq(post.hooks().figures().dropped, 2);
        Receiver receiver(port);
        post.drained();
        // The first may have been on its way.
        ck_assert_msg(marks(receiver).ends_with("3 4 5 ") && receiver.told.size() <= 4, "%s",
                      marks(receiver).c_str());
    }
}

END_TEST

START_TEST(event_that_is_too_old_is_given_up) {
    Receiver receiver;
    Post post({receiver.url()});
    post.options.keepFor = std::chrono::milliseconds(200);
    receiver.answer = [&](const auto& told) { return told.json()["mark"] == "old" ? 503 : 200; };
    post.take("call:ended", "c1", "old");
    post.drained();
    ck_assert_int_eq(post.hooks().figures().dropped, 1);
    post.take("call:ended", "c1", "new");
    post.drained();
    ck_assert_int_eq(post.hooks().figures().sent, 1);
}

END_TEST

int main() {
    return runSuite("notify.webhooks",
                    {event_is_told_signed_and_whole, only_chosen_events_are_told,
                     refused_event_is_tried_again_in_the_order_of_its_call,
                     event_that_is_never_taken_steps_aside, redirect_is_no_success_and_not_followed,
                     gone_receiver_is_told_no_more,
                     receiver_that_hangs_or_is_dead_delays_nobody_else,
                     timeout_is_a_failure_that_is_tried_again,
                     dead_receiver_gets_all_when_it_is_back, restart_goes_on_with_what_waits,
                     outbox_is_bounded_and_drops_the_oldest, event_that_is_too_old_is_given_up});
}
