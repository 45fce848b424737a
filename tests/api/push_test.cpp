// Who is rung by Web Push: subscriptions, and what of a call is pushed.
#include <csignal>
#include <fstream>
#include <sys/stat.h>

#include "src/base/base64url.h"
#include "src/notify/p256.h"
#include "tests/support/receiver.h"
#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

constexpr const char* kPoint =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr const char* kAuth = "BTBZMqHH6r4Tts7J_aSIgg";

Json subscription(const std::string& endpoint) {
    return {{"endpoint", endpoint},
            {"expirationTime", nullptr},
            {"keys", {{"p256dh", kPoint}, {"auth", kAuth}}}};
}

/// A push service of ours, and a server that may use it.
struct Town {
    explicit Town(Server::Variables settings = {})
        : server(withService(std::move(settings))) {}

    std::string endpoint(const std::string& name) const { return origin() + "/" + name; }

    std::string origin() const { return "http://127.0.0.1:" + std::to_string(service.port()); }

    void subscribe(const User& user) const {
        const Answer answer = user.post("/push/subscriptions", subscription(endpoint(user.id())));
        ck_assert_msg(answer.status == 201, "%s", toText(answer.body).c_str());
    }

    Server::Variables withService(Server::Variables settings) const {
        settings["MULLION_PUSH_ENDPOINTS"] = "fcm.googleapis.com," + origin();
        return settings;
    }

    void untilPushed(std::size_t count) const {
        runUntil([&] { return service.told.size() >= count; }, "the pushes");
    }

    Receiver service;
    Server server;
};

std::size_t countOf(const User& user) {
    return user.get("/push/subscriptions").body["subscriptions"].size();
}

} // namespace

START_TEST(subscription_is_listed_replaced_and_ended) {
    const Town town;
    const User ada(town.server, "ada");
    const User bob(town.server, "bob");
    const std::string endpoint = "https://fcm.googleapis.com/fcm/send/a:b?c=1&d=2";
    const Answer made = ada.post("/push/subscriptions", subscription(endpoint));
    ck_assert_int_eq(made.status, 201);
    ck_assert(made.body["endpoint"] == endpoint && made.body["expirationTime"].is_null());
    ck_assert_msg(!made.body.contains("keys"), "%s", toText(made.body).c_str());
    ck_assert(ada.post("/push/subscriptions", subscription(endpoint)).body["id"] ==
              made.body["id"]);
    const Json listed = ada.get("/push/subscriptions").body["subscriptions"];
    ck_assert_uint_eq(listed.size(), 1);
    ck_assert(listed[0]["id"] == made.body["id"] && listed[0]["endpoint"] == endpoint);
    // A browser in which somebody else signs in rings for him alone.
    ck_assert_int_eq(bob.post("/push/subscriptions", subscription(endpoint)).status, 201);
    ck_assert_uint_eq(countOf(ada), 0);
    ck_assert_uint_eq(countOf(bob), 1);
    const GCharPtr escaped(g_uri_escape_string(endpoint.c_str(), nullptr, FALSE));
    const std::string byEndpoint = std::string("/push/subscriptions?endpoint=") + escaped.get();
    ck_assert_int_eq(ada.ask("DELETE", byEndpoint).status, 404);
    ck_assert_int_eq(bob.ask("DELETE", byEndpoint).status, 200);
    ck_assert_uint_eq(countOf(bob), 0);
    ck_assert_int_eq(bob.ask("DELETE", byEndpoint).status, 404);
    const Answer again = bob.post("/push/subscriptions", subscription(endpoint));
    const std::string byId = "/push/subscriptions/" + again.body["id"].get<std::string>();
    ck_assert_int_eq(ada.ask("DELETE", byId).status, 404);
    ck_assert_int_eq(bob.ask("DELETE", byId).status, 200);
    ck_assert_uint_eq(countOf(bob), 0);
}

END_TEST

START_TEST(subscription_is_refused_by_field) {
    const Town town;
    const User ada(town.server, "ada");
    const Json good = subscription("https://fcm.googleapis.com/a");

    struct Row {
        const char* pointer;
        Json value;
        const char* code;
        const char* field;
    };

    const Row rows[] = {
        {"/endpoint", nullptr, "bad_request", "endpoint"},
        {"/endpoint", "http://fcm.googleapis.com/a", "bad_request", "endpoint"},
        {"/endpoint", "https://evil.example/a", "not_allowed", "endpoint"},
        {"/endpoint", "https://127.0.0.1/a", "not_allowed", "endpoint"},
        {"/endpoint", "https://fcm.googleapis.com@evil.example/", "bad_request", "endpoint"},
        {"/endpoint", "http://127.0.0.1:1/a", "bad_request", "endpoint"},
        {"/expirationTime", "soon", "bad_request", "expirationTime"},
        {"/expirationTime", 1000, "bad_request", "expirationTime"},
        {"/keys", "none", "bad_request", "keys"},
        {"/keys/auth", "c2hvcnQ", "bad_request", "keys.auth"},
        {"/keys/auth", 7, "bad_request", "keys.auth"},
        {"/keys/p256dh", "c2hvcnQ", "bad_request", "keys.p256dh"},
        {"/keys/more", "x", "bad_request", "keys.more"},
        {"/more", "x", "bad_request", "more"},
    };
    for (const Row& row : rows) {
        Json body = good;
        body[Json::json_pointer(row.pointer)] = row.value;
        const Answer answer = ada.post("/push/subscriptions", body);
        ck_assert_msg(answer.code() == row.code && answer.body.value("field", "") == row.field,
                      "%s = %s: %s", row.pointer, toText(row.value).c_str(),
                      toText(answer.body).c_str());
    }
    const Answer nothing = ada.ask("DELETE", "/push/subscriptions");
    ck_assert(nothing.status == 400 && nothing.body["field"] == "endpoint");
    ck_assert_uint_eq(countOf(ada), 0);
}

END_TEST

START_TEST(key_is_made_once_and_is_ours_alone) {
    Town town;
    std::string key;
    {
        const User ada(town.server, "ada");
        key = ada.get("/push/key").body["key"];
        ck_assert(P256Key::fromPublic(*fromBase64Url(key)).ok());
        town.subscribe(ada);
    }

    struct stat info {};

    ck_assert_int_eq(stat((town.server.dataDir() + "/push-key").c_str(), &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0600);
    town.server.restart(SIGKILL);
    const User ada(town.server, "ada");
    ck_assert(ada.get("/push/key").body["key"] == key);
    ck_assert_uint_eq(countOf(ada), 1);
}

END_TEST

START_TEST(who_has_no_device_is_rung_until_somebody_answers) {
    const Town town;
    const User ada(town.server, "ada");
    const User bob(town.server, "bob");
    const User cem(town.server, "cem");
    town.subscribe(bob);
    town.subscribe(cem);
    const Json call = ada.post("/call/initiate", {{"participants", {"bob", "cem"}}}).body;
    ck_assert(call["participants"][1]["state"] == "invited");
    town.untilPushed(2);
    const auto first = town.service.told[0].headers;
    ck_assert_str_eq(first.at("urgency").c_str(), "high");
    ck_assert_int_le(std::stoi(first.at("ttl")), 30);
    const std::string path = "/call/" + call["id"].get<std::string>();
    // What rings bob goes on when cem has answered.
    ck_assert_int_eq(cem.post(path + "/answer").status, 200);
    town.untilPushed(3);
    ck_assert_int_eq(bob.post(path + "/reject").status, 200);
    town.untilPushed(4);
    ck_assert_int_eq(ada.post(path + "/end").status, 200);
    // He is asked no more, and hears no more of it.
    ck_assert_int_eq(ada.post("/call/initiate", {{"participants", {"bob"}}}).status, 201);
    town.untilPushed(5);
    ck_assert_uint_eq(town.service.told.size(), 5);
    ck_assert_str_eq(town.service.told[2].headers.at("topic").c_str(), first.at("topic").c_str());
    ck_assert(town.service.told[4].headers.at("topic") != first.at("topic"));
    runUntil([&] { return metric(town.server, "mullion_pushes_sent_total") == 5; }, "the figure");
    ck_assert_int_eq(metric(town.server, "mullion_pushes_waiting"), 0);
}

END_TEST

START_TEST(ring_that_runs_out_is_told_and_kept_for_a_day) {
    const Town town(Server::Variables{{"MULLION_CALLS_RING_TIMEOUT", "1"}});
    const User ada(town.server, "ada");
    const User bob(town.server, "bob");
    town.subscribe(bob);
    ck_assert_int_eq(ada.post("/call/initiate", {{"participants", {"bob"}}}).status, 201);
    town.untilPushed(2);
    ck_assert_int_eq(std::stoi(town.service.told[0].headers.at("ttl")), 1);
    ck_assert_int_gt(std::stoi(town.service.told[1].headers.at("ttl")), 86'000);
}

END_TEST

START_TEST(killed_server_rings_again_and_tells_the_end) {
    Town town;
    std::string id;
    {
        const User ada(town.server, "ada");
        const User bob(town.server, "bob");
        town.subscribe(bob);
        id = ada.post("/call/initiate", {{"participants", {"bob"}}}).body["id"];
        town.untilPushed(1);
    }
    town.server.restart(SIGKILL);
    town.untilPushed(2);
    const User bob(town.server, "bob");
    ck_assert_int_eq(bob.post("/call/" + id + "/answer").status, 200);
    town.untilPushed(3);
    for (const auto& told : town.service.told)
        ck_assert_str_eq(told.headers.at("topic").c_str(),
                         town.service.told[0].headers.at("topic").c_str());
    ck_assert_int_gt(std::stoi(town.service.told[2].headers.at("ttl")), 3000);
}

END_TEST

START_TEST(ended_and_erased_subscriptions_are_forgotten) {
    Town town;
    const User ada(town.server, "ada");
    const User bob(town.server, "bob");
    town.subscribe(bob);
    town.service.answer = [](const auto&) { return 410; };
    const Json call = ada.post("/call/initiate", {{"participants", {"bob"}}}).body;
    runUntil([&] { return countOf(bob) == 0; }, "that it is forgotten");
    ck_assert_int_eq(metric(town.server, "mullion_push_subscriptions_gone_total"), 1);
    ck_assert_int_eq(ada.post("/call/" + call["id"].get<std::string>() + "/end").status, 200);
    town.subscribe(bob);
    ck_assert_int_eq(bob.ask("DELETE", "/users/bob").status, 200);
    ck_assert_uint_eq(countOf(bob), 0);
}

END_TEST

int main() {
    return runSuite(
        "api.push",
        {subscription_is_listed_replaced_and_ended, subscription_is_refused_by_field,
         key_is_made_once_and_is_ours_alone, who_has_no_device_is_rung_until_somebody_answers,
         ring_that_runs_out_is_told_and_kept_for_a_day, killed_server_rings_again_and_tells_the_end,
         ended_and_erased_subscriptions_are_forgotten});
}
