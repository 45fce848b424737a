// Broadcasts by the API, from a call's process that writes a few bytes to what those see who watch.
#include <csignal>
#include <filesystem>

#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// A call of ada's with bob in it.
struct Talk {
    explicit Talk(const Server& server)
        : server(server)
        , ada(server, "ada")
        , bob(server, "bob")
        , path(
              "/call/" +
              ada.post("/call/initiate", {{"participants", {"bob"}}}).body["id"].get<std::string>())
        , all(path + "/broadcasts") {
        ck_assert_int_eq(bob.post(path + "/answer").status, 200);
    }

    Json start(const Json& body) const {
        const Answer started = ada.post(all, body);
        ck_assert_msg(started.status == 201, "%s", toText(started.body).c_str());
        return started.body;
    }

    Json become(const Json& broadcast, const std::string& status) const {
        Json shown;
        runUntil(
            [&] {
                shown = ada.get(pathOf(broadcast)).body;
                return shown["status"] == status;
            },
            status.c_str());
        return shown;
    }

    std::string pathOf(const Json& broadcast) const {
        return all + '/' + broadcast["id"].get<std::string>();
    }

    /// What a browser without a token gets that has the broadcast's address, in its folder.
    Answer load(const Json& broadcast, const std::string& file, const std::string& more = "",
                const std::map<std::string, std::string>& headers = {}) const {
        const std::string url = broadcast["urls"][0];
        const std::string from = url.substr(url.find("/api/"));
        const auto query = from.find('?');
        std::string rest = query == std::string::npos ? "" : from.substr(query);
        if (!more.empty()) rest += (rest.empty() ? '?' : '&') + more;
        return request(server, "GET", from.substr(0, from.rfind('/', query) + 1) + file + rest,
                       headers);
    }

    const Server& server;
    User ada, bob;
    std::string path;
    std::string all;
};

bool has(const Answer& answer, const std::string& text) {
    return answer.body.is_string() &&
           answer.body.get<std::string>().find(text) != std::string::npos;
}

} // namespace

START_TEST(hls_is_started_watched_and_stopped) {
    const Server server;
    const Talk talk(server);
    Device desk(server, talk.bob.token());
    const Json begun = talk.start({{"kind", "hls"}});
    const Json started = desk.take("broadcast:started")["broadcast"];
    ck_assert(started["id"] == begun["id"] && started["urls"].empty());
    ck_assert(talk.ada.get(talk.path).body["broadcasts"][0]["status"] == "live");

    const Answer master = talk.load(begun, "index.m3u8");
    ck_assert_int_eq(master.status, 200);
    ck_assert_str_eq(master.headers.at("Content-Type"), "application/vnd.apple.mpegurl");
    ck_assert_str_eq(master.headers.at("Access-Control-Allow-Origin"), "*");
    ck_assert(has(master, "CODECS=\"avc1,mp4a\"\nmedia.m3u8?sig="));
    ck_assert(has(talk.load(begun, "media.m3u8"), "URI=\"1.1.m4s"));
    ck_assert(has(talk.load(begun, "media.m3u8", "_HLS_msn=1&_HLS_part=1"), "URI=\"1.1.m4s"));
    ck_assert(talk.load(begun, "init.0.mp4").body == "init");
    const Answer part = talk.load(begun, "1.m4s", "", {{"Range", "bytes=3-5"}});
    ck_assert_int_eq(part.status, 206);
    ck_assert(part.body == "two");
    ck_assert(talk.load(begun, "1.0.m4s").body == "one");
    ck_assert(talk.load(begun, "1.1.m4s").body == "two");
    ck_assert_int_eq(talk.become(begun, "live")["viewers"].get<int>(), 1);

    // What is in its folder besides is nobody's.
    for (const char* file : {"broadcast.json", "parts.jsonl", "7.m4s", "init.mp4", "x.m4s"})
        ck_assert_int_eq(talk.load(begun, file).status, 404);
    ck_assert_str_eq(talk.load(begun, "media.m3u8", "_HLS_msn=9").code(), "bad_request");
    ck_assert_str_eq(talk.load(begun, "media.m3u8", "_HLS_part=1").code(), "bad_request");

    ck_assert(talk.ada.ask("DELETE", talk.pathOf(begun)).body["status"] == "stopped");
    ck_assert(desk.take("broadcast:stopped")["broadcast"]["id"] == begun["id"]);
    ck_assert_str_eq(talk.ada.ask("DELETE", talk.pathOf(begun)).code(), "wrong_state");
    ck_assert(talk.ada.get(talk.path).body["broadcasts"].empty());
    // Those who watch see the rest and its end.
    runUntil([&] { return has(talk.load(begun, "media.m3u8"), "#EXT-X-ENDLIST"); }, "the end");
    ck_assert(has(talk.load(begun, "media.m3u8"), "#EXTINF:1.000,\n2.m4s"));
}

END_TEST

START_TEST(part_that_is_asked_for_too_early_is_waited_for) {
    const Server server;
    const Talk talk(server);
    const Json begun = talk.start({{"kind", "hls"}, {"public", true}});
    ck_assert(begun["urls"][0].get<std::string>().find("sig=") == std::string::npos);
    ck_assert_int_eq(talk.load(begun, "index.m3u8").status, 200);
    // The third part comes when it is stopped; who asks for it gets no answer before.
    auto soup = GRef<SoupSession>::adopt(soup_session_new());
    const std::string url = begun["urls"][0];
    const auto message = GRef<SoupMessage>::adopt(
        soup_message_new("GET", (url.substr(0, url.rfind('/')) + "/2.2.m4s").c_str()));
    bool answered = false;
    soup_session_send_and_read_async(
        soup.get(), message.get(), G_PRIORITY_DEFAULT, nullptr,
        [](GObject* session, GAsyncResult* result, void* told) {
            const GPtr<GBytes, g_bytes_unref> bytes(
                soup_session_send_and_read_finish(SOUP_SESSION(session), result, nullptr));
            *static_cast<bool*>(told) = true;
        },
        &answered);
    // Others are served meanwhile, and it still waits.
    for (int i = 0; i < 5; ++i)
        ck_assert_int_eq(talk.load(begun, "media.m3u8").status, 200);
    ck_assert(!answered);
    talk.ada.ask("DELETE", talk.pathOf(begun));
    runUntil([&] { return answered; }, "the answer");
    ck_assert_int_eq(soup_message_get_status(message.get()), 200);
}

END_TEST

START_TEST(who_may_not_watch_does_not) {
    const Server server;
    const Talk talk(server);
    const User eve(server, "eve");
    const Json begun = talk.start({{"kind", "hls"}});
    const std::string path = talk.pathOf(begun) + "/media.m3u8";
    ck_assert_int_eq(talk.bob.get(path).status, 200);
    ck_assert_str_eq(eve.get(path).code(), "not_allowed");
    ck_assert_str_eq(request(server, "GET", "/api/webrtc" + path).code(), "unauthenticated");
    ck_assert_int_eq(request(server, "GET", "/api/webrtc" + path + "?sig=9999999999.x").status,
                     401);
    // Another's signature is none for this one.
    const Json other = talk.start({{"kind", "hls"}});
    const std::string url = other["urls"][0];
    ck_assert_int_eq(
        request(server, "GET", "/api/webrtc" + path + url.substr(url.find('?'))).status, 401);
    // A participant starts none, lists none and stops none.
    ck_assert_str_eq(talk.bob.post(talk.all, {{"kind", "hls"}}).code(), "not_allowed");
    ck_assert_str_eq(talk.bob.get(talk.all).code(), "not_allowed");
    ck_assert_str_eq(talk.bob.ask("DELETE", talk.pathOf(begun)).code(), "not_allowed");
}

END_TEST

START_TEST(wrong_requests_are_refused_by_their_field) {
    const Server server(
        Server::Variables{{"MULLION_BROADCASTS_TARGETS", "rtmp://ok.example/,srt://"},
                          {"MULLION_BROADCASTS_MAX_PER_CALL", "2"}});
    const Talk talk(server);

    struct Row {
        Json body;
        const char* code;
        const char* field;
    };

    const Row rows[] = {
        {Json::object(), "bad_request", "kind"},
        {{{"kind", "dash"}}, "bad_request", "kind"},
        {{{"kind", "hls"}, {"colour", 1}}, "bad_request", "colour"},
        {{{"kind", "hls"}, {"url", "rtmp://ok.example/a"}}, "bad_request", "url"},
        {{{"kind", "rtmp"}}, "bad_request", "url"},
        {{{"kind", "rtmp"}, {"url", "http://ok.example/a"}}, "bad_request", "url"},
        {{{"kind", "rtmp"}, {"url", "rtmp:///a"}}, "bad_request", "url"},
        {{{"kind", "rtmp"}, {"url", "rtmp://ok.example/a b"}}, "bad_request", "url"},
        {{{"kind", "rtmp"}, {"url", "rtmp://bad.example/a"}}, "not_allowed", "url"},
        {{{"kind", "srt"}, {"url", "file:///etc/passwd"}}, "bad_request", "url"},
        {{{"kind", "srt"}, {"passphrase", "short"}}, "bad_request", "passphrase"},
        {{{"kind", "rtsp"}, {"passphrase", "0123456789"}}, "bad_request", "passphrase"},
        {{{"kind", "srt"}, {"playlist", "event"}}, "bad_request", "playlist"},
        {{{"kind", "hls"}, {"playlist", "vod"}}, "bad_request", "playlist"},
    };
    for (const Row& row : rows) {
        const Answer refused = talk.ada.post(talk.all, row.body);
        ck_assert_msg(refused.code() == row.code && refused.body.value("field", "") == row.field,
                      "%s: %s", toText(row.body).c_str(), toText(refused.body).c_str());
    }
    ck_assert(talk.ada.get(talk.all).body["broadcasts"].empty());
    const Json pushed = talk.start({{"kind", "rtmp"}, {"url", "rtmp://ok.example/live/secret"}});
    ck_assert(pushed["urls"] == Json::array({"rtmp://ok.example/live/…"}));
    ck_assert_str_eq(
        talk.ada.post(talk.all, {{"kind", "rtmp"}, {"url", "rtmp://ok.example/live/secret"}})
            .code(),
        "conflict");
    const Json taken = talk.start({{"kind", "srt"}, {"passphrase", "0123456789"}});
    ck_assert(taken["urls"][0].get<std::string>().starts_with("srt://127.0.0.1:97"));
    ck_assert_str_eq(talk.ada.post(talk.all, {{"kind", "hls"}}).code(), "at_capacity");
    talk.ada.ask("DELETE", talk.pathOf(pushed));
    const Json rtsp = talk.start({{"kind", "rtsp"}});
    ck_assert(rtsp["urls"][0].get<std::string>().starts_with("rtsp://viewer:"));
    ck_assert(rtsp["urls"][0] != taken["urls"][0]);
    // What somebody else has is passed over.
    talk.ada.ask("DELETE", talk.pathOf(rtsp));
    const auto portOf = [](const Json& broadcast) {
        const std::string url = broadcast["urls"][0];
        return std::stoi(url.substr(url.find("127.0.0.1:") + 10));
    };
    const auto other = GRef<GSocketListener>::adopt(g_socket_listener_new());
    ck_assert(g_socket_listener_add_inet_port(other.get(), static_cast<guint16>(portOf(rtsp)),
                                              nullptr, nullptr));
    ck_assert_int_ne(portOf(talk.start({{"kind", "rtsp"}})), portOf(rtsp));
    talk.ada.post(talk.path + "/end");
    ck_assert_str_eq(talk.ada.post(talk.all, {{"kind", "hls"}}).code(), "wrong_state");
}

END_TEST

START_TEST(failure_and_retries_are_told) {
    const Server server;
    const Talk talk(server);
    Device desk(server, talk.ada.token());
    const Json away = talk.start({{"kind", "rtmp"}, {"url", "rtmp://away.example/live"}});
    ck_assert(desk.take("broadcast:updated")["broadcast"]["status"] == "retrying");
    ck_assert(talk.become(away, "retrying")["reason"] == "away");
    talk.start({{"kind", "rtmp"}, {"url", "rtmp://fails.example/live"}});
    const Json failed = desk.take("broadcast:failed")["broadcast"];
    ck_assert(failed["reason"] == "no" && failed["urls"][0] == "rtmp://fails.example/…");
}

END_TEST

START_TEST(hls_goes_on_whoever_dies) {
    Server server;
    const Talk talk(server);
    const Json begun = talk.start({{"kind", "hls"}, {"playlist", "event"}, {"public", true}});
    const std::string id = talk.path.substr(6);
    talk.become(begun, "live");
    kill(server.processOf(id), SIGKILL);
    // The next process begins another segment, with an init file of its own.
    runUntil([&] { return has(talk.load(begun, "media.m3u8"), "URI=\"4.1.m4s\""); },
             "all of the next");
    const Answer list = talk.load(begun, "media.m3u8");
    ck_assert(has(list, "#EXTINF:0.720,\n2.m4s\n#EXT-X-DISCONTINUITY\n"
                        "#EXT-X-MAP:URI=\"init.1.mp4\"\n"));
    server.restart(SIGKILL);
    Json moved = begun;
    const std::string url = begun["urls"][0];
    moved["urls"][0] = server.url() + url.substr(url.find("/api/"));
    ck_assert(talk.load(moved, "media.m3u8").body == list.body);
    ck_assert(talk.ada.get(talk.path).body["broadcasts"][0]["id"] == begun["id"]);
    ck_assert(talk.ada.ask("DELETE", talk.pathOf(begun)).body["status"] == "stopped");
    runUntil([&] { return has(talk.load(moved, "media.m3u8"), "#EXT-X-ENDLIST"); }, "the end");
}

END_TEST

START_TEST(end_of_the_call_ends_its_broadcasts) {
    const Server server;
    const Talk talk(server);
    const Json begun = talk.start({{"kind", "hls"}});
    talk.become(begun, "live");
    talk.ada.post(talk.path + "/end");
    runUntil([&] { return has(talk.load(begun, "media.m3u8"), "#EXT-X-ENDLIST"); }, "the end");
}

END_TEST

int main() {
    return runSuite("api broadcasts",
                    {hls_is_started_watched_and_stopped,
                     part_that_is_asked_for_too_early_is_waited_for, who_may_not_watch_does_not,
                     wrong_requests_are_refused_by_their_field, failure_and_retries_are_told,
                     hls_goes_on_whoever_dies, end_of_the_call_ends_its_broadcasts});
}
