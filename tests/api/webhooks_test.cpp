// What other servers are told of calls, whatever becomes of us or of them.
#include <csignal>
#include <fstream>
#include <set>

#include "src/notify/signature.h"
#include "tests/support/receiver.h"
#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

Server::Variables toldTo(const std::string& urls) {
    return {{"MULLION_WEBHOOKS_URLS", urls}};
}

std::string secretOf(const Server& server) {
    std::string secret;
    std::ifstream(server.dataDir() + "/webhook-secret") >> secret;
    return "whsec_" + secret;
}

/// A call of ada's with bob, from its beginning to its end.
std::string talk(const User& ada, const User& bob) {
    const Answer call = ada.post("/call/initiate", {{"participants", {"bob"}}});
    ck_assert_int_eq(call.status, 201);
    const std::string id = call.body["id"];
    ck_assert_int_eq(bob.post("/call/" + id + "/answer").status, 200);
    ck_assert_int_eq(bob.post("/call/" + id + "/leave").status, 200);
    return id;
}

/// Each once: after a kill some may come twice.
std::string typesOnce(const Receiver& receiver, const std::string& call) {
    std::set<std::string> seen;
    std::string types;
    for (const auto& told : receiver.told) {
        const Json event = told.json();
        if (event["call_id"] == call && seen.insert(event["id"]).second)
            types += event["type"].get<std::string>() + '\n';
    }
    return types;
}

constexpr const char* kCourse =
    "call:incoming\ncall:answered\nparticipant:joined\nparticipant:left\ncall:ended\n";

} // namespace

START_TEST(course_of_a_call_is_told_in_order) {
    Receiver receiver;
    const Server server(toldTo(receiver.url()));
    const User ada(server, "ada");
    const User bob(server, "bob");
    const std::string id = talk(ada, bob);
    runUntil([&] { return receiver.count("call:ended") == 1; }, "the end");
    ck_assert_str_eq(typesOnce(receiver, id), kCourse);
    const std::string key = *webhookKey(secretOf(server));
    for (const auto& told : receiver.told)
        ck_assert_str_eq(told.headers.at("webhook-signature"),
                         webhookSignature(key, told.headers.at("webhook-id"),
                                          std::stoll(told.headers.at("webhook-timestamp")),
                                          told.body));
    // He was asked without a device of his being there, and that is told too.
    const Json incoming = receiver.told[0].json();
    ck_assert(incoming["call"]["participants"][1]["state"] == "invited");
    ck_assert(receiver.told[2].json()["participant"]["user_id"] == "bob");
    const Json ended = receiver.told[4].json();
    ck_assert(ended["call"]["end_reason"] == "hangup" && ended["call"]["id"] == id);
    runUntil([&] { return metric(server, "mullion_webhooks_waiting") == 0; }, "the last answer");
    ck_assert_int_eq(metric(server, "mullion_webhooks_sent_total"), 5);
    ck_assert_int_eq(metric(server, "mullion_webhooks_failed_total"), 0);
}

END_TEST

START_TEST(event_is_told_once_however_many_devices_hear_it) {
    Receiver receiver;
    const Server server(toldTo(receiver.url()));
    const User ada(server, "ada");
    const User bob(server, "bob");
    const User cem(server, "cem");
    const Device desk(server, ada.token());
    const Device bobs(server, bob.token());
    const Device cems(server, cem.token());
    const Answer call = ada.post("/call/initiate", {{"participants", {"bob", "cem"}}});
    const std::string path = "/call/" + call.body["id"].get<std::string>();
    ck_assert_int_eq(bob.post(path + "/answer").status, 200);
    ck_assert_int_eq(cem.post(path + "/answer").status, 200);
    ck_assert_int_eq(ada.post(path + "/end").status, 200);
    runUntil([&] { return receiver.count("call:ended") == 1; }, "the end");
    ck_assert_str_eq(receiver.types(), "call:incoming\ncall:answered\nparticipant:joined\n"
                                       "participant:joined\ncall:ended\n");
}

END_TEST

START_TEST(recording_is_told_until_it_is_ready) {
    Receiver receiver;
    Server::Variables settings = toldTo(receiver.url());
    settings["MULLION_WEBHOOKS_EVENTS"] = "recording:*, call:ended";
    const Server server(settings);
    const User ada(server, "ada");
    const Json call =
        ada.post("/call/initiate", {{"participants", Json::array()}, {"record", true}}).body;
    const std::string path = "/call/" + call["id"].get<std::string>();
    runUntil([&] { return server.processOf(call["id"]) != 0; }, "its process");
    ck_assert_int_eq(ada.post(path + "/recording/pause").status, 200);
    ck_assert_int_eq(ada.post(path + "/recording/resume").status, 200);
    ck_assert_int_eq(ada.ask("DELETE", path + "/recording").status, 200);
    runUntil([&] { return receiver.told.size() >= 5; }, "its end");
    ck_assert_str_eq(
        receiver.types().substr(0, 74),
        "recording:started\nrecording:paused\nrecording:started\nrecording:stopped\nrec");
    const Json last = receiver.told[4].json()["recording"];
    ck_assert(last["status"] == "ready" || last["status"] == "failed");
}

END_TEST

START_TEST(nothing_is_lost_when_the_server_is_killed) {
    int port = 0;
    {
        const Receiver nobody;
        port = nobody.port();
    }
    Server server(toldTo("http://127.0.0.1:" + std::to_string(port) + "/hook"));
    std::vector<std::string> calls;
    {
        const User ada(server, "ada");
        const User bob(server, "bob");
        for (int i = 0; i < 3; ++i)
            calls.push_back(talk(ada, bob));
    }
    server.restart(SIGKILL);
    ck_assert_int_eq(metric(server, "mullion_webhooks_waiting"), 15);
    Receiver receiver(port);
    runUntil([&] { return receiver.count("call:ended") >= 3; }, "the ends");
    for (const std::string& call : calls)
        ck_assert_str_eq(typesOnce(receiver, call), kCourse);
}

END_TEST

START_TEST(receiver_that_hangs_delays_nothing) {
    Receiver hanging;
    Receiver good;
    hanging.answer = [](const auto&) { return 0; };
    const Server server(toldTo(hanging.url() + "," + good.url()));
    const User ada(server, "ada");
    const User bob(server, "bob");
    for (int i = 0; i < 10; ++i)
        talk(ada, bob);
    runUntil([&] { return good.count("call:ended") == 10; }, "all at the other");
    ck_assert_int_eq(hanging.count("call:ended"), 0);
    ck_assert_int_ge(metric(server, "mullion_webhooks_waiting"), 50);
}

END_TEST

int main() {
    return runSuite("api.webhooks",
                    {course_of_a_call_is_told_in_order,
                     event_is_told_once_however_many_devices_hear_it,
                     recording_is_told_until_it_is_ready, nothing_is_lost_when_the_server_is_killed,
                     receiver_that_hangs_delays_nothing});
}
