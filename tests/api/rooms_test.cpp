// Rooms: who is let in and how, and what is said there.
#include <csignal>

#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

std::string pathOf(const Json& call, const std::string& rest = "") {
    return "/call/" + call["id"].get<std::string>() + rest;
}

Json room(const User& host, Json wishes = Json::object()) {
    wishes["participants"] = Json::array();
    const Answer made = host.post("/call/initiate", wishes);
    ck_assert_int_eq(made.status, 201);
    return made.body;
}

Json participant(const Json& call, const std::string& user) {
    for (const Json& candidate : call["participants"])
        if (candidate["user_id"] == user) return candidate;
    return {{"state", "none"}, {"role", "none"}};
}

std::string text(const Json& value) {
    return value.is_string() ? value.get<std::string>() : toText(value);
}

/// As a guest: with the token of a link, or without any.
Answer asGuest(const Server& server, const std::string& method, const std::string& path,
               const std::string& token, const Json& body = Json::object()) {
    std::map<std::string, std::string> headers = {{"Content-Type", "application/json"}};
    if (!token.empty()) headers["Authorization"] = "Bearer " + token;
    return request(server, method, "/api/webrtc" + path, headers, toText(body));
}

} // namespace

START_TEST(more_people_are_invited) {
    const Server server(Server::Variables{{"MULLION_CALLS_RING_TIMEOUT", "2"}});
    const User ada(server, "ada"), bob(server, "bob"), cem(server, "cem");
    Device phone(server, bob.token());
    const Json call = room(ada, {{"max_participants", 2}});
    ck_assert_str_eq(bob.post(pathOf(call, "/invite"), {{"participants", {"cem"}}}).code(),
                     "not_member");
    ck_assert_str_eq(ada.post(pathOf(call, "/invite"), {{"participants", {"bob", "cem"}}}).code(),
                     "call_full");
    ck_assert_str_eq(ada.post(pathOf(call, "/invite"), {{"participants", {"ada"}}}).code(),
                     "bad_request");
    const Answer invited = ada.post(pathOf(call, "/invite"), {{"participants", {"bob"}}});
    ck_assert_int_eq(invited.status, 200);
    ck_assert_str_eq(text(participant(invited.body, "bob")["state"]), "ringing");
    ck_assert_str_eq(text(phone.take("call:incoming")["call"]["id"]), text(call["id"]));
    // Each rings for a time of his own, however long the call is there.
    phone.take("call:missed");
    ada.post(pathOf(call, "/invite"), {{"participants", {"bob"}}});
    phone.take("call:incoming");
    ck_assert_int_eq(bob.post(pathOf(call, "/answer")).status, 200);
    ck_assert_int_eq(ada.ask("DELETE", pathOf(call, "/participants/bob")).status, 200);
    ck_assert_str_eq(bob.post(pathOf(call, "/join")).code(), "not_allowed");
    // An invitation takes a removal back.
    ada.post(pathOf(call, "/invite"), {{"participants", {"bob"}}});
    ck_assert_int_eq(bob.post(pathOf(call, "/answer")).status, 200);
}

END_TEST

START_TEST(lobby_lets_in_whom_the_host_admits) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob"), cem(server, "cem");
    Device desk(server, ada.token()), phone(server, bob.token());
    const Json call = room(ada, {{"open", true}, {"lobby", true}});
    ck_assert_str_eq(text(participant(bob.post(pathOf(call, "/join")).body, "bob")["state"]),
                     "waiting");
    ck_assert_str_eq(text(desk.take("participant:waiting")["participant"]["user_id"]), "bob");
    ck_assert_str_eq(bob.get(pathOf(call, "/lobby")).code(), "not_allowed");
    ck_assert_str_eq(bob.post(pathOf(call, "/lobby/bob/admit")).code(), "not_allowed");
    ck_assert_str_eq(ada.post(pathOf(call, "/lobby/cem/admit")).code(), "not_found");
    ck_assert_str_eq(text(ada.get(pathOf(call, "/lobby")).body["participants"][0]["user_id"]),
                     "bob");
    // Who waits has no place for media and says nothing.
    ck_assert_str_eq(
        text(phone.ask(
            {{"type", "chat:message"}, {"call_id", call["id"]}, {"text", "hey"}})["code"]),
        "wrong_state");
    ck_assert_str_eq(
        text(participant(ada.post(pathOf(call, "/lobby/bob/admit")).body, "bob")["state"]),
        "joined");
    phone.take("call:answered");
    ck_assert_str_eq(ada.post(pathOf(call, "/lobby/bob/admit")).code(), "wrong_state");
    cem.post(pathOf(call, "/join"));
    ck_assert_int_eq(ada.post(pathOf(call, "/lobby/cem/deny")).status, 200);
    ck_assert_str_eq(cem.post(pathOf(call, "/join")).code(), "not_allowed");
    ck_assert(ada.get(pathOf(call, "/lobby")).body["participants"].empty());
}

END_TEST

START_TEST(link_lets_a_guest_into_its_call_alone) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    const Json call = room(ada), other = room(ada, {{"open", true}});
    ck_assert_str_eq(bob.post(pathOf(call, "/links"), Json::object()).code(), "not_member");
    const Answer link = ada.post(pathOf(call, "/links"), {{"role", "viewer"}});
    ck_assert_int_eq(link.status, 201);
    const std::string code = text(link.body["code"]);
    ck_assert_str_eq(text(link.body["url"]), server.url() + pathOf(call) + "?link=" + code);
    const std::string path = "/links/" + code + "/token";
    ck_assert_str_eq(asGuest(server, "POST", path, "").code(), "bad_request");
    const Answer guest = asGuest(server, "POST", path, "", {{"name", "Zoë"}});
    ck_assert_int_eq(guest.status, 200);
    const std::string token = text(guest.body["token"]);
    const Answer joined = asGuest(server, "POST", pathOf(call, "/join"), token);
    ck_assert_int_eq(joined.status, 200);
    const Json seat = participant(joined.body, text(guest.body["user_id"]));
    ck_assert_str_eq(text(seat["role"]), "viewer");
    ck_assert_str_eq(text(seat["name"]), "Zoë");
    ck_assert_str_eq(asGuest(server, "POST", pathOf(other, "/join"), token).code(), "not_allowed");
    ck_assert_str_eq(
        asGuest(server, "POST", "/call/initiate", token, {{"participants", Json::array()}}).code(),
        "not_allowed");
    // The code is good for its own call only, and not once it was taken back.
    ck_assert_str_eq(
        asGuest(server, "POST", pathOf(other, "/links/" + code + "/token"), "", {{"name", "Zoë"}})
            .code(),
        "not_found");
    ck_assert_uint_eq(ada.get(pathOf(call, "/links")).body["links"].size(), 1);
    ck_assert_int_eq(ada.ask("DELETE", pathOf(call, "/links/" + code)).status, 200);
    ck_assert_str_eq(asGuest(server, "POST", path, "", {{"name", "Zoë"}}).code(), "not_found");
}

END_TEST

START_TEST(pin_cannot_be_tried_out) {
    const Server server;
    const User ada(server, "ada");
    const Json call = room(ada);
    ck_assert_str_eq(ada.post(pathOf(call, "/links"), {{"pin", "123"}}).code(), "bad_request");
    ck_assert_str_eq(
        ada.post(pathOf(call, "/links"), {{"expires_at", "2020-01-01T00:00:00Z"}}).code(),
        "bad_request");
    const std::string path =
        "/links/" + text(ada.post(pathOf(call, "/links"), {{"pin", "4711"}}).body["code"]) +
        "/token";
    const auto enter = [&](const char* pin) {
        return asGuest(server, "POST", path, "", {{"name", "Zoë"}, {"pin", pin}});
    };
    ck_assert_str_eq(asGuest(server, "POST", path, "", {{"name", "Zoë"}}).code(), "not_allowed");
    ck_assert_int_eq(enter("4711").status, 200);
    for (int i = 0; i < 5; ++i)
        ck_assert_str_eq(enter("4712").code(), "not_allowed");
    ck_assert_str_eq(enter("4711").code(), "too_many_requests");
}

END_TEST

START_TEST(chat_is_kept_with_the_call) {
    Server server;
    const User ada(server, "ada"), bob(server, "bob"), eve(server, "eve");
    Device desk(server, ada.token()), phone(server, bob.token());
    const Json call = room(ada, {{"open", true}});
    bob.post(pathOf(call, "/join"));
    const Json hello = {
        {"type", "chat:message"}, {"call_id", call["id"]}, {"id", "m1"}, {"text", "hello"}};
    ck_assert_str_eq(text(desk.ask(hello)["type"]), "ack");
    ck_assert_str_eq(text(phone.take("chat:message")["user_id"]), "ada");
    // Sent again after a lost connection it is known.
    ck_assert_str_eq(text(desk.ask(hello)["type"]), "ack");
    phone.ask({{"type", "reaction"}, {"call_id", call["id"]}, {"emoji", "👍"}});
    phone.ask({{"type", "chat:message"}, {"call_id", call["id"]}, {"text", "hi"}});
    server.restart(SIGKILL);
    const Json first = bob.get(pathOf(call, "/chat?limit=1")).body;
    ck_assert_uint_eq(first["messages"].size(), 1);
    ck_assert_str_eq(text(first["messages"][0]["id"]), "m1");
    Json messages = first["messages"];
    for (Json page = first; page["next_cursor"].is_string();) {
        page = bob.get(pathOf(call, "/chat?limit=1&cursor=") + text(page["next_cursor"])).body;
        for (const Json& message : page["messages"])
            messages.push_back(message);
    }
    ck_assert_uint_eq(messages.size(), 2);
    ck_assert_str_eq(text(messages[1]["text"]), "hi");
    ck_assert_str_eq(text(ada.get(pathOf(call, "/reactions")).body["reactions"][0]["emoji"]), "👍");
    ck_assert_str_eq(eve.get(pathOf(call, "/chat")).code(), "not_member");
    ada.post(pathOf(call, "/end"));
    ck_assert_uint_eq(ada.get(pathOf(call, "/chat")).body["messages"].size(), 2);
}

END_TEST

START_TEST(permanent_room_gathers_again) {
    Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device desk(server, ada.token());
    const Json call = room(ada, {{"open", true}, {"permanent", true}, {"title", "Kitchen"}});
    bob.post(pathOf(call, "/join"));
    desk.ask({{"type", "chat:message"}, {"call_id", call["id"]}, {"text", "first"}});
    ada.post(pathOf(call, "/end"));
    const Json ended = desk.take("call:ended")["call"];
    ck_assert_str_eq(text(ended["id"]), text(call["id"]));
    ck_assert_str_eq(text(ended["end_reason"]), "host_ended");
    server.restart(SIGKILL);
    // The room waits, empty; what was in it is a call of the history.
    const Json empty = ada.get(pathOf(call)).body;
    ck_assert_str_eq(text(empty["status"]), "active");
    ck_assert_int_eq(empty["duration"].get<int>(), 0);
    ck_assert_uint_eq(empty["participants"].size(), 1);
    const Json past = bob.get("/calls/history").body["calls"];
    ck_assert_uint_eq(past.size(), 1);
    ck_assert_str_eq(text(past[0]["room_id"]), text(call["id"]));
    ck_assert(past[0]["id"] != call["id"]);
    ck_assert_str_eq(text(bob.get(pathOf(past[0], "/chat")).body["messages"][0]["text"]), "first");
    const Answer again = bob.post(pathOf(call, "/join"));
    ck_assert_int_eq(again.status, 200);
    ck_assert_str_eq(text(again.body["title"]), "Kitchen");
    ck_assert(bob.get(pathOf(call, "/chat")).body["messages"].empty());
    bob.post(pathOf(call, "/end"));
    ck_assert_uint_eq(bob.get("/calls/history").body["calls"].size(), 2);
    // Whoever made it gives it up while nobody is there.
    ck_assert_str_eq(text(ada.post(pathOf(call, "/end")).body["status"]), "ended");
    ck_assert_str_eq(bob.post(pathOf(call, "/join")).code(), "wrong_state");
}

END_TEST

START_TEST(nobody_is_unmuted_but_asked) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    Device phone(server, bob.token());
    const Json call = room(ada, {{"open", true}});
    bob.post(pathOf(call, "/join"));
    ck_assert_str_eq(bob.post(pathOf(call, "/participants/ada/ask-unmute"), Json::object()).code(),
                     "not_allowed");
    ck_assert_str_eq(
        ada.ask("PATCH", pathOf(call, "/participants/bob"), {{"audio_muted", false}}).code(),
        "not_allowed");
    ck_assert_int_eq(
        ada.post(pathOf(call, "/participants/bob/ask-unmute"), {{"video", true}}).status, 200);
    const Json asked = phone.take("media:unmute_asked");
    ck_assert_str_eq(text(asked["user_id"]), "ada");
    ck_assert(asked["audio"] == true && asked["video"] == true);
}

END_TEST

START_TEST(user_is_forgotten) {
    Server server;
    const User ada(server, "ada"), bob(server, "bob");
    std::optional<Device> phone(std::in_place, server, bob.token());
    const Json call = room(ada, {{"open", true}});
    bob.post(pathOf(call, "/join"));
    phone->ask({{"type", "chat:message"}, {"call_id", call["id"]}, {"text", "secret"}});
    ck_assert(bob.get("/users/bob/presence").body["online"] == true);
    ck_assert_str_eq(bob.get("/users/ada/presence").code(), "not_allowed");
    ck_assert_str_eq(ada.ask("DELETE", "/users/bob").code(), "not_allowed");
    ck_assert_str_eq(bob.ask("DELETE", "/users/bob").code(), "wrong_state");
    bob.post(pathOf(call, "/leave"));
    ck_assert_int_eq(bob.ask("DELETE", "/users/bob").status, 200);
    ck_assert(ada.get(pathOf(call, "/chat")).body["messages"].empty());
    ck_assert_str_eq(text(participant(ada.get(pathOf(call)).body, "bob")["state"]), "none");
    const Json direct = ada.post("/call/initiate", {{"participants", {"bob"}}}).body;
    bob.post(pathOf(direct, "/reject"));
    ck_assert_uint_eq(bob.get("/calls/history").body["calls"].size(), 1);
    ck_assert_int_eq(bob.ask("DELETE", "/users/bob").status, 200);
    ck_assert(bob.get("/calls/history").body["calls"].empty());
    const Json seen = ada.get("/calls/history").body["calls"][0];
    ck_assert_str_eq(text(seen["status"]), "rejected");
    ck_assert_str_eq(text(participant(seen, "bob")["state"]), "none");
    ck_assert_str_eq(text(participant(seen, "erased")["name"]), "");
}

END_TEST

int main() {
    return runSuite("rooms", {more_people_are_invited, lobby_lets_in_whom_the_host_admits,
                              link_lets_a_guest_into_its_call_alone, pin_cannot_be_tried_out,
                              chat_is_kept_with_the_call, permanent_room_gathers_again,
                              nobody_is_unmuted_but_asked, user_is_forgotten});
}
