// The life of a call, seen by the devices of those in it.
#include <csignal>

#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

std::string callPath(const Json& call, const char* action) {
    return "/call/" + call["id"].get<std::string>() + '/' + action;
}

Json invite(const User& from, const Json& participants) {
    const Answer answer = from.post("/call/initiate", {{"participants", participants}});
    ck_assert_int_eq(answer.status, 201);
    return answer.body;
}

std::string stateOf(const Json& call, const std::string& user) {
    for (const Json& participant : call["participants"])
        if (participant["user_id"] == user) return participant["state"].get<std::string>();
    return "";
}

void expectText(const Json& value, const char* expected) {
    const std::string text = value.is_string() ? value.get<std::string>() : toText(value);
    ck_assert_str_eq(text.c_str(), expected);
}

Json offer(const Json& call, const char* leg, const char* sdp = "v=0\r\n") {
    return {{"type", "webrtc:offer"}, {"call_id", call["id"]}, {"leg", leg}, {"sdp", sdp}};
}

} // namespace

START_TEST(call_is_answered_and_hung_up) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device phone(server, bob.token()), tablet(server, bob.token()), desk(server, ada.token());
    const Json call = invite(ada, {"bob"});
    expectText(call["status"], "ringing");
    expectText(stateOf(call, "ada"), "joined");
    expectText(stateOf(call, "bob"), "ringing");
    expectText(phone.take("call:incoming")["call"]["id"], call["id"].get<std::string>().c_str());
    tablet.take("call:incoming");

    const Answer answered = bob.post(callPath(call, "answer"));
    ck_assert_int_eq(answered.status, 200);
    expectText(answered.body["status"], "active");
    for (Device* device : {&phone, &tablet, &desk})
        device->take("call:answered");
    expectText(desk.take("participant:joined")["participant"]["name"], "Name of bob");

    const Answer left = bob.post(callPath(call, "leave"));
    expectText(left.body["status"], "ended");
    expectText(left.body["end_reason"], "hangup");
    for (Device* device : {&phone, &tablet, &desk})
        device->take("call:ended");
    const Json history = bob.get("/calls/history").body;
    expectText(history["calls"][0]["id"], call["id"].get<std::string>().c_str());
    ck_assert(ada.get("/calls/active").body["calls"].empty());
}

END_TEST

START_TEST(call_is_rejected_on_all_devices) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device phone(server, bob.token()), tablet(server, bob.token()), desk(server, ada.token());
    const Json call = invite(ada, {"bob"});
    const Answer rejected = bob.post(callPath(call, "reject"));
    expectText(rejected.body["status"], "rejected");
    expectText(rejected.body["end_reason"], "all_rejected");
    for (Device* device : {&phone, &tablet, &desk})
        device->take("call:rejected");
}

END_TEST

START_TEST(call_is_cancelled_by_its_creator) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device phone(server, bob.token());
    for (const char* action : {"leave", "end"}) {
        const Json call = invite(ada, {"bob"});
        phone.take("call:incoming");
        expectText(ada.post(callPath(call, action)).body["status"], "cancelled");
        expectText(phone.take("call:cancelled")["call"]["end_reason"], "cancelled");
        expectText(bob.post(callPath(call, "answer")).body["code"], "wrong_state");
    }
}

END_TEST

START_TEST(call_is_missed_after_the_ring_timeout) {
    const Server server(Server::Variables{{"MULLION_CALLS_RING_TIMEOUT", "1"}});
    const User ada(server, "ada"), bob(server, "bob");
    Device phone(server, bob.token());
    const Json call = invite(ada, {"bob", "nobody"});
    const Json missed = phone.take("call:missed")["call"];
    expectText(missed["end_reason"], "timeout");
    expectText(stateOf(missed, "bob"), "missed");
    expectText(stateOf(missed, "nobody"), "missed");
}

END_TEST

START_TEST(late_device_learns_that_it_is_called) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device desk(server, ada.token());
    const Json call = invite(ada, {"bob"});
    expectText(stateOf(call, "bob"), "invited");
    const Device phone(server, bob.token());
    ck_assert(phone.has("hello", {{"user_id", "bob"}}));
    const Json updated = desk.take("participant:updated")["participant"];
    expectText(updated["state"], "ringing");
    expectText(bob.get("/calls/active").body["calls"][0]["id"],
               call["id"].get<std::string>().c_str());
}

END_TEST

START_TEST(group_rings_on_after_the_first_answer) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob"), cem(server, "cem");
    Device bobs(server, bob.token()), cems(server, cem.token());
    const Json call = invite(ada, {"bob", "cem"});
    cems.take("call:incoming");
    bob.post(callPath(call, "answer"));
    bobs.take("call:answered");
    // It is not his answer: his phone rings on.
    cems.take("participant:joined");
    ck_assert(!cems.has("call:answered"));
    const Answer joined = cem.post(callPath(call, "answer"));
    expectText(stateOf(joined.body, "cem"), "joined");
    // The host leaves: whoever has been there longest leads.
    const Json left = ada.post(callPath(call, "leave")).body;
    expectText(left["status"], "active");
    expectText(left["participants"][1]["role"], "host");
    expectText(cem.post(callPath(call, "end")).body["code"], "not_allowed");
    expectText(bob.post(callPath(call, "end")).body["end_reason"], "host_ended");
}

END_TEST

START_TEST(busy_one_is_not_disturbed) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob"), cem(server, "cem");
    const Json talk = invite(ada, {"bob"});
    bob.post(callPath(talk, "answer"));
    const Json call = invite(cem, {"bob"});
    expectText(call["status"], "missed");
    expectText(call["end_reason"], "all_busy");
    expectText(stateOf(call, "bob"), "busy");
}

END_TEST

START_TEST(open_room_is_joined_by_id) {
    const Server server(Server::Variables{{"MULLION_CALLS_EMPTY_TIMEOUT", "1"}});
    const User ada(server, "ada"), bob(server, "bob"), cem(server, "cem");
    Device desk(server, ada.token());
    const Json room =
        ada.post("/call/initiate",
                 {{"participants", Json::array()}, {"open", true}, {"max_participants", 2}})
            .body;
    expectText(room["status"], "active");
    expectText(stateOf(bob.post(callPath(room, "join")).body, "bob"), "joined");
    // A page that is loaded again joins again.
    ck_assert_int_eq(bob.post(callPath(room, "join")).status, 200);
    expectText(cem.post(callPath(room, "join")).body["code"], "call_full");
    const std::string path = "/call/" + room["id"].get<std::string>();
    ck_assert_int_eq(ada.ask("PATCH", path, {{"locked", true}}).status, 200);
    bob.post(callPath(room, "leave"));
    expectText(cem.post(callPath(room, "join")).body["code"], "locked");
    ada.post(callPath(room, "leave"));
    expectText(desk.take("call:ended")["call"]["end_reason"], "all_left");
}

END_TEST

START_TEST(removed_one_stays_out) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device phone(server, bob.token());
    const Json room =
        ada.post("/call/initiate", {{"participants", Json::array()}, {"open", true}}).body;
    bob.post(callPath(room, "join"));
    ck_assert_int_eq(bob.ask("DELETE", callPath(room, "participants/ada")).status, 403);
    const Answer removed = ada.ask("DELETE", callPath(room, "participants/bob"));
    expectText(stateOf(removed.body, "bob"), "removed");
    phone.take("participant:left", Json::object());
    expectText(bob.post(callPath(room, "join")).body["code"], "not_allowed");
}

END_TEST

START_TEST(mute_is_ones_own_and_the_hosts) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    const Json call = invite(ada, {"bob"});
    bob.post(callPath(call, "answer"));
    const std::string bobs = callPath(call, "participants/bob");
    const std::string adas = callPath(call, "participants/ada");
    ck_assert_int_eq(bob.ask("PATCH", bobs, {{"audio_muted", true}}).status, 200);
    expectText(ada.ask("PATCH", bobs, {{"audio_muted", false}}).body["code"], "not_allowed");
    expectText(bob.ask("PATCH", adas, {{"audio_muted", true}}).body["code"], "not_allowed");
    ck_assert_int_eq(bob.ask("PATCH", bobs, {{"audio_muted", false}}).status, 200);
    ck_assert_int_eq(ada.ask("PATCH", bobs, {{"audio_muted", true}}).status, 200);
    Device phone(server, bob.token());
    const Json ack = phone.ask({{"type", "media:muted"},
                                {"call_id", call["id"]},
                                {"audio_muted", false},
                                {"video_muted", true},
                                {"screen", true}});
    expectText(ack["type"], "ack");
    const Json people = bob.get(callPath(call, "participants")).body["participants"];
    ck_assert(people[1]["audio_muted"] == false && people[1]["video_muted"] == true &&
              people[1]["screen"] == true);
}

END_TEST

START_TEST(key_makes_one_call_of_two_requests) {
    const Server server;
    const User ada(server, "ada");
    const std::map<std::string, std::string> headers = {{"Authorization", "Bearer " + ada.token()},
                                                        {"Content-Type", "application/json"},
                                                        {"Idempotency-Key", "k1"}};
    const char* path = "/api/webrtc/call/initiate";
    const Answer first = request(server, "POST", path, headers, R"({"participants":["b"]})");
    const Answer second = request(server, "POST", path, headers, R"({"participants":["b"]})");
    ck_assert_int_eq(second.status, 201);
    ck_assert(first.body["id"] == second.body["id"]);
    const Answer other = request(server, "POST", path, headers, R"({"participants":["c"]})");
    expectText(other.body["code"], "conflict");
    ck_assert_uint_eq(ada.get("/calls/active").body["calls"].size(), 1);
}

END_TEST

START_TEST(signalling_goes_both_ways) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device desk(server, ada.token()), phone(server, bob.token()), tablet(server, bob.token());
    const Json call = invite(ada, {"bob"});
    expectText(phone.ask(offer(call, "leg-b"))["code"], "wrong_state");
    bob.post(callPath(call, "answer"));
    expectText(phone.ask(offer(call, "leg-b"))["type"], "ack");
    phone.take("webrtc:answer", {{"leg", "leg-b"}});
    phone.take("webrtc:ice-candidate", {{"leg", "leg-b"}});
    phone.take("webrtc:ice-candidate", {{"candidate", nullptr}});
    phone.take("leg:state", {{"state", "connected"}});
    phone.take("media:constraints", {{"source", "camera"}});
    desk.take("participant:updated");
    // Only the device that offered is answered.
    ck_assert(!tablet.has("webrtc:answer"));
    expectText(desk.ask(offer(call, "leg-b"))["code"], "conflict");
    expectText(desk.ask(offer(call, "leg-a", "refuse"))["code"], "bad_request");
    desk.take("leg:closed", {{"reason", "refused"}});
    expectText(desk.ask({{"type", "webrtc:ice-candidate"},
                         {"call_id", call["id"]},
                         {"leg", "leg-b"},
                         {"candidate", nullptr}})["code"],
               "conflict");
    // The second device of a user takes the seat over.
    expectText(tablet.ask(offer(call, "leg-b2"))["type"], "ack");
    tablet.take("leg:state", {{"state", "connected"}});
    phone.take("leg:closed", {{"leg", "leg-b"}, {"reason", "replaced"}});
    // Without a name each offer is a new leg.
    desk.send({{"type", "webrtc:offer"}, {"call_id", call["id"]}, {"sdp", "v=0"}});
    const Json answer = desk.take("webrtc:answer");
    ck_assert(!answer["leg"].get<std::string>().empty());
    expectText(bob.get(callPath(call, "layout")).body["tiles"][1]["user_id"], "bob");
}

END_TEST

START_TEST(leg_is_offered_once) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device desk(server, ada.token()), phone(server, bob.token());
    const Json call = invite(ada, {"bob"});
    bob.post(callPath(call, "answer"));
    expectText(phone.ask(offer(call, "leg-b"))["type"], "ack");
    phone.take("leg:state", {{"state", "connected"}});
    expectText(phone.ask(offer(call, "leg-b"))["code"], "conflict");
    expectText(phone.ask(offer(call, "leg-b2", "refuse"))["code"], "bad_request");
    phone.take("leg:closed", {{"leg", "leg-b2"}});
    // What there was has not been touched.
    ck_assert(!phone.has("leg:closed", {{"leg", "leg-b"}}));
    const Json people = bob.get(callPath(call, "participants")).body["participants"];
    expectText(people[1]["state"], "connected");
}

END_TEST

START_TEST(offers_are_limited) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device desk(server, ada.token()), phone(server, bob.token());
    const Json call = invite(ada, {"bob"});
    bob.post(callPath(call, "answer"));
    for (int i = 0; i < 10; ++i) {
        const std::string leg = "leg-" + std::to_string(i);
        expectText(phone.ask(offer(call, leg.c_str(), "refuse"))["code"], "bad_request");
    }
    expectText(phone.ask(offer(call, "leg-10"))["code"], "too_many_requests");
    expectText(desk.ask(offer(call, "leg-a"))["type"], "ack");
}

END_TEST

START_TEST(unanswered_offer_learns_why_its_leg_closed) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device phone(server, bob.token()), tablet(server, bob.token());
    const Json call = invite(ada, {"bob"});
    bob.post(callPath(call, "answer"));
    const auto offerUnheard = [&](const char* leg) {
        Json message = offer(call, leg, "unheard");
        message["ref"] = leg;
        phone.send(message);
    };
    offerUnheard("leg-b1");
    // The tablet comes by another connection: the process must know the first leg before.
    runUntil(
        [&] {
            for (const auto& [pid, message] : server.callLog())
                if (message["type"] == "offer") return true;
            return false;
        },
        "the first offer");
    expectText(tablet.ask(offer(call, "leg-b2"))["type"], "ack");
    expectText(phone.take("error", {{"ref", "leg-b1"}})["code"], "conflict");
    offerUnheard("leg-b3");
    phone.ask({{"type", "webrtc:stats"}, {"call_id", call["id"]}});
    bob.post(callPath(call, "leave"));
    expectText(phone.take("error", {{"ref", "leg-b3"}})["code"], "wrong_state");
}

END_TEST

START_TEST(chat_and_reactions_reach_everybody) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device desk(server, ada.token()), phone(server, bob.token());
    const Json call = invite(ada, {"bob"});
    expectText(
        phone.ask({{"type", "chat:message"}, {"call_id", call["id"]}, {"text", "hi"}})["code"],
        "wrong_state");
    bob.post(callPath(call, "answer"));
    phone.ask({{"type", "chat:message"}, {"call_id", call["id"]}, {"id", "m1"}, {"text", "hi"}});
    const Json message = desk.take("chat:message");
    expectText(message["user_id"], "bob");
    expectText(message["id"], "m1");
    ck_assert(message.contains("at"));
    desk.send({{"type", "reaction"}, {"call_id", call["id"]}, {"emoji", "👏"}});
    expectText(phone.take("reaction")["emoji"], "👏");
    expectText(
        phone.ask({{"type", "webrtc:stats"}, {"call_id", call["id"]}, {"rtt", 0.02}})["type"],
        "ack");
}

END_TEST

START_TEST(message_to_a_call_that_is_over_is_told_so) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob"), cem(server, "cem");
    Device phone(server, bob.token()), cems(server, cem.token());
    const Json call = invite(ada, {"bob"});
    bob.post(callPath(call, "reject"));
    const Json words = {{"type", "chat:message"}, {"call_id", call["id"]}, {"text", "hi"}};
    expectText(phone.ask(words)["code"], "wrong_state");
    expectText(phone.ask(offer(call, "leg-b"))["code"], "wrong_state");
    expectText(cems.ask(words)["code"], "not_member");
    expectText(cems.ask(offer({{"id", "never-was"}}, "leg-c"))["code"], "not_found");
}

END_TEST

START_TEST(answer_is_told_to_those_who_are_there) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob"), cem(server, "cem"), dan(server, "dan");
    Device cems(server, cem.token()), dans(server, dan.token());
    const Json call = ada.post("/call/initiate",
                               {{"participants", {"bob", "cem"}}, {"open", true}, {"lobby", true}})
                          .body;
    cem.post(callPath(call, "reject"));
    expectText(stateOf(dan.post(callPath(call, "join")).body, "dan"), "waiting");
    bob.post(callPath(call, "answer"));
    dans.take("call:updated");
    ck_assert(!dans.has("call:answered"));
    cems.ask({{"type", "webrtc:stats"}, {"call_id", call["id"]}});
    ck_assert(!cems.has("call:answered"));
}

END_TEST

START_TEST(permanent_call_that_nobody_answers_was_not_answered) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device phone(server, bob.token());
    const Json call =
        ada.post("/call/initiate", {{"participants", {"bob"}}, {"permanent", true}}).body;
    ck_assert(call["answered_at"].is_null());
    bob.post(callPath(call, "reject"));
    const Json told = phone.take("call:rejected");
    expectText(told["call"]["status"], "rejected");
    phone.ask({{"type", "webrtc:stats"}, {"call_id", call["id"]}});
    // He is told once.
    ck_assert_int_eq(phone.seq(), told["seq"].get<std::int64_t>());
    const Json past = ada.get("/calls/history").body["calls"][0];
    ck_assert(past["answered_at"].is_null());
    ck_assert(past["duration"] == 0);
}

END_TEST

START_TEST(guest_of_a_permanent_room_has_its_gathering_alone) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    const Json room =
        ada.post("/call/initiate",
                 {{"participants", Json::array()}, {"open", true}, {"permanent", true}})
            .body;
    bob.post(callPath(room, "join"));
    // The first ends the gathering, the second gives the room up.
    ada.post(callPath(room, "end"));
    ada.post(callPath(room, "end"));
    const Json calls = bob.get("/calls/history").body["calls"];
    ck_assert_uint_eq(calls.size(), 1);
    ck_assert(calls[0]["room_id"] == room["id"]);
    ck_assert_uint_eq(ada.get("/calls/history").body["calls"].size(), 2);
}

END_TEST

START_TEST(lost_media_keeps_the_seat_for_a_while) {
    const Server server(Server::Variables{{"MULLION_CALLS_RECONNECT_GRACE", "1"}});
    const User ada(server, "ada"), bob(server, "bob");
    Device desk(server, ada.token()), phone(server, bob.token());
    const Json call = invite(ada, {"bob"});
    bob.post(callPath(call, "answer"));
    phone.ask(offer(call, "leg-b"));
    phone.take("leg:state", {{"state", "connected"}});
    // The WebSocket alone is not the media.
    phone.drop();
    kill(server.processOf(call["id"].get<std::string>()), SIGKILL);
    const Json lost = desk.take("participant:updated");
    (void)lost;
    const Json left = desk.take("participant:left");
    expectText(left["participant"]["user_id"], "bob");
    expectText(desk.take("call:ended")["call"]["end_reason"], "hangup");
}

END_TEST

int main() {
    return runSuite("calls", {call_is_answered_and_hung_up,
                              call_is_rejected_on_all_devices,
                              call_is_cancelled_by_its_creator,
                              call_is_missed_after_the_ring_timeout,
                              late_device_learns_that_it_is_called,
                              group_rings_on_after_the_first_answer,
                              busy_one_is_not_disturbed,
                              open_room_is_joined_by_id,
                              removed_one_stays_out,
                              mute_is_ones_own_and_the_hosts,
                              key_makes_one_call_of_two_requests,
                              signalling_goes_both_ways,
                              leg_is_offered_once,
                              offers_are_limited,
                              unanswered_offer_learns_why_its_leg_closed,
                              chat_and_reactions_reach_everybody,
                              message_to_a_call_that_is_over_is_told_so,
                              answer_is_told_to_those_who_are_there,
                              permanent_call_that_nobody_answers_was_not_answered,
                              guest_of_a_permanent_room_has_its_gathering_alone,
                              lost_media_keeps_the_seat_for_a_while});
}
