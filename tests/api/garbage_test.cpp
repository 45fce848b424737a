// Garbage on the doors: each gets its error, and nothing changes.
#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// `{call}` in a path stands for a call of ada's with bob, `{other}` for one of others.
struct Row {
    const char* method;
    const char* path;
    std::string body;
    int status;
    const char* code;
    const char* contentType = "application/json";
};

const std::vector<Row>& rows() {
    static const std::vector<Row> kRows = {
        // Paths and methods.
        {"GET", "/nope", "", 404, "not_found"},
        {"GET", "/call", "", 404, "not_found"},
        {"GET", "//call/{call}", "", 404, "not_found"},
        {"GET", "/call/{call}/", "", 404, "not_found"},
        {"GET", "/call/{call}/nope", "", 404, "not_found"},
        {"GET", "/call/no%20id", "", 404, "not_found"},
        {"GET", "/call/unknown", "", 404, "not_found"},
        {"POST", "/call/unknown/join", "", 404, "not_found"},
        {"POST", "/call/unknown/answer", "", 404, "not_found"},
        {"DELETE", "/call/initiate", "", 405, "bad_request"},
        {"PUT", "/call/{call}", "{}", 405, "bad_request"},
        {"POST", "/calls/active", "{}", 405, "bad_request"},
        {"OPTIONS", "/calls/active", "", 405, "bad_request"},
        // Bodies that are none.
        {"POST", "/call/initiate", "", 400, "bad_request"},
        {"POST", "/call/initiate", "x", 400, "bad_request"},
        {"POST", "/call/initiate", "{\"participants\":[]", 400, "bad_request"},
        {"POST", "/call/initiate", "[]", 400, "bad_request"},
        {"POST", "/call/initiate", "null", 400, "bad_request"},
        {"POST", "/call/initiate", "{\"participants\":[\"\xff\"]}", 400, "bad_request"},
        {"POST", "/call/initiate", "{\"participants\":[]}", 415, "unsupported_media", "text/plain"},
        {"POST", "/call/initiate", "{\"participants\":[]}", 415, "unsupported_media",
         "application/x-www-form-urlencoded"},
        {"POST", "/call/initiate", std::string(65537, ' '), 413, "too_large"},
        {"POST", "/call/initiate", std::string(3000000, '['), 413, "too_large"},
        {"POST", "/call/initiate", std::string(60000, '['), 400, "bad_request"},
        // Fields.
        {"POST", "/call/initiate", R"({})", 400, "bad_request"},
        {"POST", "/call/initiate", R"({"participants":"bob"})", 400, "bad_request"},
        {"POST", "/call/initiate", R"({"participants":[7]})", 400, "bad_request"},
        {"POST", "/call/initiate", R"({"participants":["a b"]})", 400, "bad_request"},
        {"POST", "/call/initiate", R"({"participants":["ada"]})", 400, "bad_request"},
        {"POST", "/call/initiate", R"({"participants":[],"nope":1})", 400, "bad_request"},
        {"POST", "/call/initiate", R"({"participants":[],"type":"smell"})", 400, "bad_request"},
        {"POST", "/call/initiate", R"({"participants":[],"title":""})", 400, "bad_request"},
        {"POST", "/call/initiate", R"({"participants":[],"title":"a\u0007"})", 400, "bad_request"},
        {"POST", "/call/initiate", R"({"participants":[],"open":"yes"})", 400, "bad_request"},
        {"POST", "/call/initiate", R"({"participants":[],"max_participants":0})", 400,
         "bad_request"},
        {"POST", "/call/initiate", R"({"participants":[],"max_participants":1e9})", 400,
         "bad_request"},
        {"POST", "/call/initiate", R"({"participants":[],"canvas":{"width":1281}})", 400,
         "bad_request"},
        {"POST", "/call/initiate", R"({"participants":[],"canvas":{"depth":3}})", 400,
         "bad_request"},
        {"POST", "/call/initiate", R"({"participants":["b","c"],"max_participants":2})", 409,
         "call_full"},
        {"POST", "/call/initiate", R"({"participants":[],"record":1})", 400, "bad_request"},
        {"POST", "/call/{call}/leave", R"({"why":"x"})", 400, "bad_request"},
        {"PATCH", "/call/{call}", R"({"status":"ended"})", 400, "bad_request"},
        {"PATCH", "/call/{call}", R"({"locked":1})", 400, "bad_request"},
        {"PATCH", "/call/{call}", R"({"max_participants":1})", 409, "conflict"},
        {"PATCH", "/call/{call}", R"({"canvas":{"width":641,"height":360}})", 400, "bad_request"},
        {"PATCH", "/call/{call}/participants/ada", R"({"volume":3})", 400, "bad_request"},
        {"PATCH", "/call/{call}/participants/ada", R"({"role":"king"})", 400, "bad_request"},
        {"PATCH", "/call/{call}/participants/nobody", R"({"role":"host"})", 404, "not_found"},
        {"DELETE", "/call/{call}/participants/nobody", "", 404, "not_found"},
        {"GET", "/calls/history?limit=0", "", 400, "bad_request"},
        {"GET", "/calls/history?limit=abc", "", 400, "bad_request"},
        {"GET", "/calls/history?cursor=%27%20OR%201", "", 400, "bad_request"},
        {"POST", "/token", R"({"user_id":"a b","name":"x"})", 400, "bad_request"},
        {"POST", "/token", R"({"user_id":"a","name":"x","scope":"admin"})", 400, "bad_request"},
        // Somebody else's call, and states.
        {"GET", "/call/{other}", "", 403, "not_member"},
        {"GET", "/call/{other}/participants", "", 403, "not_member"},
        {"GET", "/call/{other}/layout", "", 403, "not_member"},
        {"GET", "/call/{other}/stats", "", 403, "not_member"},
        {"PUT", "/call/{other}/layout", R"({"mode":"grid"})", 403, "not_member"},
        {"PUT", "/call/{other}/participants/cem/rung", R"({"rung":"audio"})", 403, "not_member"},
        {"POST", "/call/{other}/answer", "", 403, "not_member"},
        {"POST", "/call/{other}/reject", "", 403, "not_member"},
        {"POST", "/call/{other}/join", "", 403, "not_member"},
        {"POST", "/call/{other}/leave", "", 403, "not_member"},
        {"POST", "/call/{other}/end", "", 403, "not_member"},
        {"PATCH", "/call/{other}", R"({"locked":true})", 403, "not_member"},
        {"PATCH", "/call/{other}/participants/cem", R"({"audio_muted":true})", 403, "not_member"},
        {"DELETE", "/call/{other}/participants/cem", "", 403, "not_member"},
        {"POST", "/call/{call}/answer", "", 409, "wrong_state"},
        {"POST", "/call/{call}/reject", "", 409, "wrong_state"},
        {"GET", "/calls?status=active", "", 403, "not_allowed"},
    };
    return kRows;
}

std::string filledIn(std::string path, const std::string& call, const std::string& other) {
    for (const auto& [mark, id] : {std::pair("{call}", call), {"{other}", other}})
        if (const auto at = path.find(mark); at != std::string::npos)
            path.replace(at, std::string(mark).size(), id);
    return path;
}

std::string idOf(const Answer& answer) {
    ck_assert_int_eq(answer.status, 201);
    return answer.body["id"].get<std::string>();
}

std::string withoutDuration(Json call) {
    call.erase("duration");
    return toText(call);
}

} // namespace

START_TEST(rest_refuses_and_changes_nothing) {
    const Server server;
    const User ada(server, "ada"), cem(server, "cem");
    const std::string call = idOf(ada.post("/call/initiate", {{"participants", {"bob"}}}));
    const std::string other = idOf(cem.post("/call/initiate", {{"participants", {"dan"}}}));
    const auto snapshot = [&] {
        return withoutDuration(ada.get("/call/" + call).body) +
               withoutDuration(cem.get("/call/" + other).body) +
               std::to_string(ada.get("/calls/active").body["calls"].size());
    };
    const std::string before = snapshot();
    for (const Row& row : rows()) {
        const std::string path = "/api/webrtc" + filledIn(row.path, call, other);
        const Answer answer =
            request(server, row.method, path,
                    {{"Authorization", "Bearer " + ada.token()}, {"Content-Type", row.contentType}},
                    row.body);
        const std::string what = std::string(row.method) + ' ' + path + ' ' +
                                 row.body.substr(0, 60) + ": " + toText(answer.body).substr(0, 300);
        ck_assert_msg(answer.status == row.status, "status %d, %s", answer.status, what.c_str());
        ck_assert_msg(answer.code() == row.code, "%s", what.c_str());
        ck_assert_msg(answer.body["status"] == row.status, "%s", what.c_str());
        for (const char* field : {"type", "title", "detail"})
            ck_assert_msg(answer.body.contains(field), "no %s, %s", field, what.c_str());
        const auto type = answer.headers.find("Content-Type");
        ck_assert_msg(type != answer.headers.end() && type->second == "application/problem+json",
                      "%s", what.c_str());
        ck_assert_int_eq(answer.headers.count("Allow"), row.status == 405);
    }
    ck_assert_msg(snapshot() == before, "%s\n%s", before.c_str(), snapshot().c_str());
}

END_TEST

START_TEST(rest_needs_a_token) {
    const Server server;
    const std::map<std::string, std::string> bad[] = {
        {},
        {{"Authorization", "Basic YTpi"}},
        {{"Authorization", "Bearer"}},
        {{"Authorization", "Bearer "}},
        {{"Authorization", "Bearer a.b.c"}},
        {{"Authorization", "Bearer " + std::string(20000, 'a')}},
    };
    for (const auto& headers : bad) {
        for (const char* path : {"/calls/active", "/call/x", "/ice-servers", "/calls/history"}) {
            const Answer answer =
                request(server, "GET", std::string("/api/webrtc") + path, headers);
            ck_assert_int_eq(answer.status, 401);
            ck_assert_str_eq(answer.code().c_str(), "unauthenticated");
            ck_assert(answer.headers.contains("WWW-Authenticate"));
        }
    }
}

END_TEST

START_TEST(development_tokens_can_be_off) {
    const Server server(Server::Variables{{"MULLION_AUTH_DEV_TOKENS", "false"}});
    const Answer answer =
        request(server, "POST", "/api/webrtc/token", {{"Content-Type", "application/json"}},
                R"({"user_id":"a","name":"a"})");
    ck_assert_int_eq(answer.status, 404);
}

END_TEST

START_TEST(cors_is_for_listed_origins) {
    const Server server(Server::Variables{{"MULLION_CORS_ORIGINS", "https://good.example"}});
    const auto allowed = [&](const std::string& origin, const char* method) {
        const Answer answer = request(server, method, "/healthz", {{"Origin", origin}});
        return answer.headers.contains("Access-Control-Allow-Origin");
    };
    ck_assert(allowed("https://good.example", "GET"));
    ck_assert(allowed("https://good.example", "OPTIONS"));
    ck_assert(allowed(server.url(), "GET"));
    for (const char* origin : {"https://bad.example", "null", "https://good.example.bad.example",
                               "http://good.example", "good.example"})
        ck_assert_msg(!allowed(origin, "GET") && !allowed(origin, "OPTIONS"), "%s", origin);
}

END_TEST

START_TEST(websocket_closes_strangers) {
    const Server server(Server::Variables{{"MULLION_CORS_ORIGINS", "https://good.example"}});
    const User ada(server, "ada");
    ck_assert_int_eq(Device(server, "").closeCode(), 4401);
    // Nothing is said to it before, so that hello is not awaited.
    ck_assert_int_eq(Device(server, ada.token(), "https://bad.example").closeCode(), 4403);
    Device good(server, ada.token(), "https://good.example");
    good.take("hello");
    Device same(server, ada.token(), server.url());
    same.take("hello");
}

END_TEST

START_TEST(websocket_answers_garbage) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob"), cem(server, "cem");
    const std::string call =
        idOf(ada.post("/call/initiate", {{"participants", {"bob"}}, {"open", true}}));
    Device desk(server, ada.token()), stranger(server, cem.token());
    for (const char* text : {"", "x", "[]", "null", "7", "\"hello\"", "{}", "{\"type\":7}",
                             "{\"type\":\"\"}", "{\"type\":\"nope\"}", "{\"seq\":1}"}) {
        desk.sendText(text);
        const Json error = desk.take("error");
        ck_assert_msg(error["code"] == "bad_request", "%s", text);
        ck_assert(!error.contains("ref"));
    }
    const Json bad[] = {
        {{"type", "nope"}, {"call_id", call}},
        {{"type", "webrtc:offer"}, {"call_id", call}},
        {{"type", "webrtc:offer"}, {"call_id", call}, {"sdp", 7}},
        {{"type", "webrtc:offer"}, {"call_id", call}, {"sdp", ""}},
        {{"type", "webrtc:offer"}, {"call_id", call}, {"sdp", std::string(220000, 'x')}},
        {{"type", "webrtc:offer"}, {"call_id", call}, {"sdp", "v=0"}, {"leg", "a b"}},
        {{"type", "webrtc:offer"}, {"call_id", call}, {"sdp", "v=0"}, {"leg", 1}},
        {{"type", "webrtc:offer"}, {"call_id", call}, {"sdp", "v=0"}, {"extra", 1}},
        {{"type", "webrtc:offer"}, {"sdp", "v=0"}},
        {{"type", "webrtc:ice-candidate"}, {"call_id", call}, {"candidate", "x"}},
        {{"type", "webrtc:ice-candidate"}, {"call_id", call}, {"candidate", {{"candidate", 1}}}},
        {{"type", "webrtc:ice-candidate"},
         {"call_id", call},
         {"candidate", {{"candidate", "a\nb"}}}},
        {{"type", "webrtc:ice-candidate"},
         {"call_id", call},
         {"candidate", {{"candidate", "a"}, {"sdpMLineIndex", -1}}}},
        {{"type", "media:muted"}, {"call_id", call}, {"audio_muted", "yes"}},
        {{"type", "webrtc:stats"}, {"call_id", call}, {"rtt", -1}},
        {{"type", "chat:message"}, {"call_id", call}, {"text", std::string(5000, 'x')}},
        {{"type", "chat:message"}, {"call_id", call}},
        {{"type", "reaction"}, {"call_id", call}, {"emoji", ""}},
        {{"type", "resume"}, {"session", "x"}},
        {{"type", "resume"}, {"session", "x"}, {"seq", "1"}},
        {{"type", "auth"}},
    };
    for (const Json& message : bad) {
        const Json answer = desk.ask(message);
        ck_assert_msg(answer.value("code", "") == "bad_request", "%s: %s",
                      toText(message).substr(0, 200).c_str(), toText(answer).c_str());
    }
    const Json offer = {{"type", "webrtc:offer"}, {"call_id", call}, {"sdp", "v=0"}};
    ck_assert(stranger.ask(offer)["code"] == "not_member");
    ck_assert(stranger.ask({{"type", "webrtc:offer"}, {"call_id", "x"}, {"sdp", "v=0"}})["code"] ==
              "not_found");
    ck_assert(desk.ask({{"type", "auth"}, {"access_token", "x"}})["code"] == "unauthenticated");
    ck_assert(desk.ask({{"type", "auth"}, {"access_token", bob.token()}})["code"] == "not_allowed");
    ck_assert(desk.ask({{"type", "auth"}, {"access_token", ada.token()}})["type"] == "ack");
    // After all that it works.
    ck_assert(desk.ask(offer)["type"] == "ack");
}

END_TEST

START_TEST(websocket_closes_floods) {
    const Server server;
    const User ada(server, "ada");
    Device fast(server, ada.token());
    for (int i = 0; i < 2000; ++i)
        fast.sendText("{}");
    ck_assert_int_eq(fast.closeCode(), 4429);
    Device large(server, ada.token());
    large.sendText(std::string(300 * 1024, ' '));
    ck_assert_int_eq(large.closeCode(), 1009);
}

END_TEST

START_TEST(session_is_resumed) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    auto first = std::make_unique<Device>(server, bob.token());
    const std::string session = first->session();
    ada.post("/call/initiate", {{"participants", {"bob"}}, {"title", "one"}});
    first->take("call:incoming");
    const auto seq = first->seq();
    first->drop();
    ada.post("/call/initiate", {{"participants", {"bob"}}, {"title", "two"}});
    Device second(server, bob.token());
    ck_assert(second.ask({{"type", "resume"}, {"session", session}, {"seq", seq}})["type"] ==
              "ack");
    ck_assert(second.take("call:incoming")["call"]["title"] == "two");
    ck_assert_int_gt(second.seq(), seq);
    // What cannot be resumed gets a new hello.
    Device third(server, bob.token());
    third.send({{"type", "resume"}, {"session", "unknown"}, {"seq", 3}});
    third.take("hello");
    // Another user's session is none of mine.
    Device stranger(server, ada.token());
    stranger.send({{"type", "resume"}, {"session", session}, {"seq", 0}});
    ck_assert(stranger.take("hello")["user_id"] == "ada");
    // The connection of before is replaced where it is still there.
    Device fourth(server, bob.token());
    fourth.ask({{"type", "resume"}, {"session", session}, {"seq", second.seq()}});
    ck_assert_int_eq(second.closeCode(), 4409);
}

END_TEST

START_TEST(description_has_the_routes) {
    const Server server;
    const Answer answer = request(server, "GET", "/api/webrtc/openapi.json");
    ck_assert_int_eq(answer.status, 200);
    ck_assert(answer.body["paths"].is_object());
    for (const char* path : {"/healthz", "/metrics"})
        ck_assert_int_eq(request(server, "GET", path).status, 200);
    // Ready once the first spare process is.
    runUntil([&] { return request(server, "GET", "/readyz").status == 200; }, "readiness");
}

END_TEST

START_TEST(web_files_stay_in_their_folder) {
    const TemporaryDir web;
    g_mkdir_with_parents((web.path() + "/root/assets").c_str(), 0700);
    const auto write = [&](const char* name, const char* text) {
        ck_assert(g_file_set_contents((web.path() + name).c_str(), text, -1, nullptr));
    };
    write("/secret", "secret");
    write("/root/index.html", "<p>index</p>");
    write("/root/assets/app-Bx81_aZ9.js", "js");
    write("/root/.hidden", "secret");
    ck_assert_int_eq(symlink("../secret", (web.path() + "/root/link.txt").c_str()), 0);
    const Server server(Server::Variables{{"MULLION_WEB_DIR", web.path() + "/root"}});
    const auto text = [](const Answer& answer) {
        return answer.body.is_string() ? answer.body.get<std::string>() : "";
    };
    for (const char* path : {"/", "/index.html", "/call/abc", "/watch/x"}) {
        const Answer page = request(server, "GET", path);
        ck_assert_msg(page.status == 200 && text(page) == "<p>index</p>", "%s", path);
        ck_assert(page.headers.contains("Content-Security-Policy"));
        ck_assert_str_eq(page.headers.at("Cache-Control").c_str(), "no-cache");
        const Answer again =
            request(server, "GET", path, {{"If-None-Match", page.headers.at("ETag")}});
        ck_assert_int_eq(again.status, 304);
    }
    const Answer script = request(server, "GET", "/assets/app-Bx81_aZ9.js");
    ck_assert(script.headers.at("Cache-Control").find("immutable") != std::string::npos);
    ck_assert(script.headers.at("Content-Type").starts_with("text/javascript"));
    for (const char* path :
         {"/../secret", "/%2e%2e/secret", "/..%2fsecret", "/assets/../../secret", "/link.txt",
          "/.hidden", "/nope.js", "/assets%00.js", "/api/x", "/api", "/a%2f..%2f..%2fsecret"}) {
        const Answer answer = request(server, "GET", path);
        ck_assert_msg(text(answer) != "secret", "%s", path);
        // libsoup itself answers some of them with 400.
        ck_assert_msg(answer.status == 404 || answer.status == 400 ||
                          text(answer) == "<p>index</p>",
                      "%s: %d", path, answer.status);
    }
}

END_TEST

int main() {
    return runSuite("garbage", {rest_refuses_and_changes_nothing, rest_needs_a_token,
                                development_tokens_can_be_off, cors_is_for_listed_origins,
                                websocket_closes_strangers, websocket_answers_garbage,
                                websocket_closes_floods, session_is_resumed,
                                description_has_the_routes, web_files_stay_in_their_folder});
}
