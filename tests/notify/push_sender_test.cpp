// Pushes against services that take, refuse, hang and end subscriptions.
#include "src/notify/push_sender.h"

#include "src/base/base64url.h"
#include "tests/support/receiver.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

constexpr const char* kPoint =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr const char* kAuth = "BTBZMqHH6r4Tts7J_aSIgg";

/// A sender to one push service, quick to try again.
struct Post {
    Post() {
        claimMainThread();
        options.firstRetry = std::chrono::milliseconds(20);
        options.lastRetry = std::chrono::milliseconds(100);
    }

    PushSender& open() {
        auto made =
            PushEndpoints::create({service.url().substr(0, service.url().rfind('/'))}, true);
        ck_assert(made.ok());
        endpoints = std::make_unique<PushEndpoints>(std::move(*made));
        sender = std::make_unique<PushSender>(
            options, *vapid, *endpoints,
            [this](const PushMessage& message) { gone.push_back(message.subscription); });
        return *sender;
    }

    /// What is sent is as long as `size`, by which it is known.
    void send(std::size_t size, const char* subscription = "s1", const char* topic = "t1") {
        if (!sender) open();
        sender->send({subscription, "bob", service.url(), *PushKeys::parse(kPoint, kAuth),
                      std::string(size, 'x'), topic, now() + life, ""});
    }

    void drained() {
        runUntil([&] { return sender->figures().waiting == 0; }, "that nothing waits");
    }

    /// The sizes of what came, without what encryption adds.
    std::string sizes() const {
        std::string all;
        for (const auto& told : service.told)
            all += std::to_string(told.body.size() - 103) + ' ';
        return all;
    }

    Receiver service;
    PushSender::Options options = {};
    std::chrono::milliseconds life = std::chrono::seconds(30);
    Result<Vapid> vapid = Vapid::create("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", "");
    std::unique_ptr<PushEndpoints> endpoints = {};
    std::vector<std::string> gone = {};
    std::unique_ptr<PushSender> sender = {};
};

} // namespace

START_TEST(push_says_how_urgent_it_is_and_how_long_of_use) {
    Post post;
    post.send(10);
    post.drained();
    ck_assert_uint_eq(post.service.told.size(), 1);
    const auto& headers = post.service.told[0].headers;
    ck_assert_str_eq(headers.at("urgency").c_str(), "high");
    ck_assert_str_eq(headers.at("topic").c_str(), "t1");
    ck_assert_str_eq(headers.at("content-encoding").c_str(), "aes128gcm");
    ck_assert(headers.at("authorization").starts_with("vapid t="));
    const int ttl = std::stoi(headers.at("ttl"));
    ck_assert_msg(ttl > 0 && ttl <= 30, "%d", ttl);
    ck_assert_int_eq(post.sender->figures().sent, 1);
}

END_TEST

START_TEST(ended_subscription_is_told) {
    for (const int status : {404, 410}) {
        Post post;
        post.service.answer = [&](const auto&) { return status; };
        post.send(10);
        post.drained();
        ck_assert_uint_eq(post.gone.size(), 1);
        ck_assert_str_eq(post.gone[0].c_str(), "s1");
        ck_assert_int_eq(post.sender->figures().gone, 1);
    }
}

END_TEST

START_TEST(busy_service_is_asked_again) {
    for (const int status : {429, 500, 503}) {
        Post post;
        int refusals = 2;
        post.service.answer = [&](const auto&) { return refusals-- > 0 ? status : 201; };
        post.send(10);
        post.drained();
        ck_assert_uint_eq(post.service.told.size(), 3);
        ck_assert_int_eq(post.sender->figures().sent, 1);
        ck_assert_int_eq(post.sender->figures().failed, 2);
        ck_assert(post.gone.empty());
    }
}

END_TEST

START_TEST(service_is_asked_again_when_it_wants_to_be) {
    Post post;
    int refusals = 1;
    post.service.headers = {{"Retry-After", "1"}};
    post.service.answer = [&](const auto&) { return refusals-- > 0 ? 503 : 201; };
    const auto begin = g_get_monotonic_time();
    post.send(10);
    post.drained();
    ck_assert_int_eq(post.sender->figures().sent, 1);
    ck_assert_int_ge(g_get_monotonic_time() - begin, 1'000'000);
}

END_TEST

START_TEST(push_is_given_up_when_it_would_come_too_late) {
    Post post;
    post.service.headers = {{"Retry-After", "60"}};
    post.service.answer = [](const auto&) { return 503; };
    post.send(10);
    post.drained();
    ck_assert_uint_eq(post.service.told.size(), 1);
    ck_assert_int_eq(post.sender->figures().dropped, 1);
    // What is of no use any more is not sent at all.
    post.life = std::chrono::milliseconds(0);
    post.send(10);
    ck_assert_uint_eq(post.sender->figures().waiting, 0);
    ck_assert_int_eq(post.sender->figures().dropped, 2);
}

END_TEST

START_TEST(refused_push_is_given_up) {
    for (const int status : {400, 403, 413}) {
        Post post;
        post.service.answer = [&](const auto&) { return status; };
        post.send(10);
        post.drained();
        ck_assert_uint_eq(post.service.told.size(), 1);
        ck_assert_int_eq(post.sender->figures().dropped, 1);
        ck_assert(post.gone.empty());
    }
}

END_TEST

START_TEST(newest_of_a_topic_takes_the_place_of_what_waits) {
    Post post;
    int refusals = 1;
    post.service.answer = [&](const auto&) { return refusals-- > 0 ? 503 : 201; };
    post.options.firstRetry = std::chrono::milliseconds(500);
    post.send(10);
    post.send(10, "s2");
    runUntil([&] { return post.sender->figures().failed == 1 && post.sender->figures().sent == 1; },
             "that one is refused and the other taken");
    post.send(20);
    post.send(20, "s2");
    post.drained();
    ck_assert_int_eq(post.sender->figures().sent, 3);
    // The ring of one of the two was refused and never tried again; the other's came through.
    ck_assert_msg(post.sizes().starts_with("10 10 20 20 "), "%s", post.sizes().c_str());
}

END_TEST

START_TEST(end_of_a_ring_follows_it_when_that_is_on_its_way) {
    Post post;
    post.send(10);
    post.send(15);
    post.send(20);
    post.drained();
    // The first may have been taken back before it was sent; the last comes last, once.
    ck_assert_msg(post.sizes().ends_with("20 "), "%s", post.sizes().c_str());
    ck_assert(post.sizes().find("15") == std::string::npos);
}

END_TEST

START_TEST(service_that_hangs_delays_no_other_browser) {
    Post post;
    post.options.timeout = std::chrono::minutes(10);
    int hanging = 3;
    post.service.answer = [&](const auto&) { return hanging-- > 0 ? 0 : 201; };
    for (const char* name : {"a", "b", "c", "d", "e"})
        post.send(10, name);
    runUntil([&] { return post.sender->figures().sent == 2; }, "the others");
    ck_assert_uint_eq(post.sender->figures().waiting, 3);
}

END_TEST

START_TEST(queue_is_bounded) {
    Post post;
    post.options.maxWaiting = 3;
    post.service.answer = [](const auto&) { return 0; };
    for (const char* name : {"a", "b", "c", "d", "e"})
        post.send(10, name);
    ck_assert_uint_eq(post.sender->figures().waiting, 3);
    ck_assert_int_eq(post.sender->figures().dropped, 2);
}

END_TEST

START_TEST(place_that_is_allowed_no_more_is_not_called) {
    Post post;
    post.open();
    post.sender->send({"s1", "bob", "https://elsewhere.example/", *PushKeys::parse(kPoint, kAuth),
                       "x", "t1", now() + post.life, ""});
    post.drained();
    ck_assert_int_eq(post.sender->figures().dropped, 1);
}

END_TEST

int main() {
    return runSuite("notify.push_sender",
                    {push_says_how_urgent_it_is_and_how_long_of_use, ended_subscription_is_told,
                     busy_service_is_asked_again, service_is_asked_again_when_it_wants_to_be,
                     push_is_given_up_when_it_would_come_too_late, refused_push_is_given_up,
                     newest_of_a_topic_takes_the_place_of_what_waits,
                     end_of_a_ring_follows_it_when_that_is_on_its_way,
                     service_that_hangs_delays_no_other_browser, queue_is_bounded,
                     place_that_is_allowed_no_more_is_not_called});
}
