// Snapshots of calls, and the signed URLs by which pages load them.
#include <csignal>
#include <fstream>
#include <sys/socket.h>

#include "src/auth/api_keys.h"
#include "tests/support/raw_client.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

const std::string kBase = "/api/webrtc";

/// Keys of a service and of an admin.
struct Keys {
    ApiKeys::Made service = *ApiKeys::make("backend", Scope::Service);
    ApiKeys::Made admin = *ApiKeys::make("root", Scope::Admin);
    TemporaryDir dir = {};

    Keys() { std::ofstream(path()) << service.line << '\n' << admin.line << '\n'; }

    std::string path() const { return dir.path() + "/keys"; }

    Server::Variables settings() const { return {{"MULLION_AUTH_API_KEYS_FILE", path()}}; }
};

Answer askWithKey(const Server& server, const std::string& key, const std::string& path) {
    return request(server, "GET", kBase + path, {{"X-Api-Key", key}});
}

/// An open room with a lobby, of ada's.
struct Room {
    explicit Room(const Server& on)
        : server(on)
        , ada(on, "ada") {
        id = ada.post("/call/initiate",
                      {{"participants", Json::array()}, {"open", true}, {"lobby", true}})
                 .body["id"]
                 .get<std::string>();
    }

    std::string path(const std::string& rest = "") const {
        return "/call/" + id + (rest.empty() ? "" : "/") + rest;
    }

    /// Somebody who was invited and has come.
    User guest(const std::string& name) const {
        User user(server, name);
        ada.post(path("invite"), {{"participants", {name}}});
        ck_assert_int_eq(user.post(path("join")).status, 200);
        return user;
    }

    /// From the root, with its signature.
    std::string signedPath(const User& user) const {
        const Answer answer = user.get(path("snapshot"));
        ck_assert_msg(answer.status == 200, "%s", toText(answer.body).c_str());
        return rootOf(answer.body["url"]);
    }

    /// What of a URL of ours stands behind the host, whose port changes with every start.
    std::string rootOf(const std::string& url) const {
        ck_assert_msg(url.starts_with(server.url() + "/"), "%s", url.c_str());
        return url.substr(server.url().size());
    }

    const Server& server;
    User ada;
    std::string id;
};

bool isJpeg(const Answer& answer) {
    return answer.status == 200 && answer.body.is_string() &&
           answer.body.get_ref<const std::string&>().starts_with("\xff\xd8\xff") &&
           answer.headers.at("Content-Type") == "image/jpeg";
}

void expectJpeg(const Answer& answer, int width = 0) {
    ck_assert_msg(isJpeg(answer), "%d %s", answer.status, answer.code().c_str());
    ck_assert_str_eq(answer.headers.at("Cache-Control"), "no-store");
    const auto& bytes = answer.body.get_ref<const std::string&>();
    ck_assert_str_eq(answer.headers.at("Content-Length"), std::to_string(bytes.size()));
    ck_assert(bytes.find("width=" + std::to_string(width) + "\xff") != std::string::npos);
}

void expectCode(const Answer& answer, int status, const char* code) {
    ck_assert_str_eq(answer.code(), code);
    ck_assert_int_eq(answer.status, status);
}

} // namespace

START_TEST(snapshot_is_for_those_in_the_call) {
    const Keys keys;
    const Server server(keys.settings());
    const Room room(server);
    const User bob = room.guest("bob"), vera = room.guest("vera"), eve = room.guest("eve"),
               fay = room.guest("fay"), wes(server, "wes"), sam(server, "sam"), ivy(server, "ivy");
    room.ada.ask("PATCH", room.path("participants/vera"), {{"role", "viewer"}});
    room.ada.ask("DELETE", room.path("participants/eve"));
    fay.post(room.path("leave"));
    wes.post(room.path("join"));
    room.ada.post(room.path("invite"), {{"participants", {"ivy"}}});
    for (const char* what : {"snapshot", "snapshot.jpg"}) {
        for (const User* user : {&room.ada, &bob, &vera})
            ck_assert_msg(user->get(room.path(what)).status == 200, "%s %s", user->id().c_str(),
                          what);
        // Removed, gone, in the lobby, asked to come, a stranger.
        for (const User* user : {&eve, &fay, &wes, &ivy, &sam})
            expectCode(user->get(room.path(what)), 403, "not_member");
        for (const std::string& key : {keys.service.key, keys.admin.key})
            ck_assert_int_eq(askWithKey(server, key, room.path(what)).status, 200);
        expectCode(request(server, "GET", kBase + room.path(what)), 401, "unauthenticated");
        expectCode(askWithKey(server, "mk_guess", room.path(what)), 401, "unauthenticated");
        expectCode(room.ada.get("/call/unknown/" + std::string(what)), 404, "not_found");
    }
    expectJpeg(bob.get(room.path("snapshot.jpg")));
}

END_TEST

START_TEST(page_loads_the_snapshot_by_its_url) {
    Server server;
    const Room room(server);
    const User bob = room.guest("bob");
    const Answer answer = bob.get(room.path("snapshot"));
    const auto expiry = parseTimestamp(answer.body["expires_at"].get<std::string>());
    ck_assert(expiry.ok() && *expiry > now() + std::chrono::minutes(1));
    const std::string path = room.rootOf(answer.body["url"]);
    expectJpeg(request(server, "GET", path));
    // The rest of the query is not signed.
    expectJpeg(request(server, "GET", path + "&width=320"), 320);
    const Answer head = request(server, "HEAD", path);
    ck_assert_int_eq(head.status, 200);
    ck_assert_str_eq(head.headers.at("Content-Type"), "image/jpeg");
    ck_assert_str_eq(head.body.get<std::string>(), "");
    for (const char* width : {"15", "1921", "0", "-320", "x", "320px", "1e3", "99999999999"})
        expectCode(request(server, "GET", path + "&width=" + width), 400, "bad_request");
    // It outlives a restart, and what its user may do counts at the time of use.
    server.restart(SIGTERM);
    expectJpeg(request(server, "GET", path));
    const User ada(server, "ada");
    ada.ask("DELETE", room.path("participants/bob"));
    expectCode(request(server, "GET", path), 403, "not_member");
}

END_TEST

START_TEST(signature_is_good_for_nothing_else) {
    // Guesses are many here.
    const Server server(Server::Variables{{"MULLION_LIMITS_REFUSED_PER_ADDRESS", "1000"}});
    const Room room(server), other(server);
    const std::string path = room.signedPath(room.ada);
    const auto query = path.find('?');
    const std::string signature = path.substr(query);
    const auto refused = [&](const std::string& method, const std::string& where) {
        expectCode(request(server, method, where), 401, "unauthenticated");
    };
    refused("GET", kBase + other.path("snapshot.jpg") + signature);
    refused("GET", kBase + room.path("snapshot") + signature);
    refused("GET", kBase + room.path() + signature);
    refused("GET", kBase + room.path("stats") + signature);
    refused("POST", kBase + room.path("end") + signature);
    refused("GET", kBase + "/calls/active" + signature);
    // Ways round. What libsoup straightens before anybody looks at it is the same path.
    const std::string below = kBase + "/call/";
    const std::string file = room.id + "/snapshot.jpg";
    const std::string foreign = other.id + "/snapshot.jpg";
    for (const auto& [where, status] : std::initializer_list<std::pair<std::string, const char*>>{
             {below + other.id + "/../" + file, "200"},
             {below + file + "/../../" + foreign, "401"},
             {below + room.id + "/%2e%2e/" + foreign, "401"},
             {below + "/" + file, "404"},
             {below + other.id + "%2f..%2f" + file, "401"},
             {below + file + "%00", "404"},
             {below + file + "/", "404"}}) {
        const RawClient client(server);
        client.send("GET " + where + signature +
                    " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        const std::string answer = client.readAll();
        ck_assert_msg(answer.substr(9, 3) == status, "%s: %s", where.c_str(), answer.c_str());
    }
    refused("GET", path + "x");
    refused("GET", path.substr(0, path.size() - 1));
    refused("GET", path.substr(0, query) + "?sig=");
    refused("GET", path.substr(0, query) + "?sig=1.YWRh.AAAA");
    refused("GET", path.substr(0, query) + "?sig=" + std::string(5000, 'A'));
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE"})
        expectCode(request(server, method, path), 405, "bad_request");
    ck_assert(room.ada.get(room.path()).body["status"] == "active");
    expectJpeg(request(server, "GET", path));
    // A bad header is not made good by a signature.
    expectCode(request(server, "GET", path, {{"Authorization", "Bearer guess"}}), 401,
               "unauthenticated");
}

END_TEST

START_TEST(service_signs_for_pages_of_its_own) {
    const Keys keys;
    const Server server(keys.settings());
    const Room room(server);
    for (const std::string& key : {keys.service.key, keys.admin.key}) {
        const std::string path =
            room.rootOf(askWithKey(server, key, room.path("snapshot")).body["url"]);
        expectJpeg(request(server, "GET", path));
        // It names nobody.
        ck_assert_int_eq(
            std::count(path.begin() + static_cast<long>(path.find('?')), path.end(), '.'), 1);
        expectCode(request(server, "GET", path, {{"X-User-Id", "ada"}}), 200, "");
    }
    expectCode(askWithKey(server, keys.admin.key, "/call/unknown/snapshot"), 404, "not_found");
}

END_TEST

START_TEST(call_has_to_be_active) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    const std::string id =
        ada.post("/call/initiate", {{"participants", {"bob"}}}).body["id"].get<std::string>();
    const std::string path = "/call/" + id + "/snapshot.jpg";
    expectCode(ada.get(path), 409, "wrong_state");
    bob.post("/call/" + id + "/answer");
    expectJpeg(ada.get(path));
    ada.post("/call/" + id + "/end");
    expectCode(ada.get(path), 409, "wrong_state");
    expectCode(ada.get("/call/" + id + "/snapshot"), 409, "wrong_state");
}

END_TEST

START_TEST(process_that_is_away_is_told) {
    const TemporaryDir dir;
    std::ofstream(dir.path() + "/broken") << "";
    const Server broken(Server::Variables{{"FAKE_CALL_BROKEN", dir.path() + "/broken"}});
    const Room without(broken);
    expectCode(without.ada.get(without.path("snapshot.jpg")), 503, "unavailable");

    const Server server;
    const Room room(server);
    Device desk(server, room.ada.token());
    const auto offer = [&](const char* leg, const char* sdp) {
        desk.ask({{"type", "webrtc:offer"}, {"call_id", room.id}, {"leg", leg}, {"sdp", sdp}});
    };
    offer("one", "bad snapshots");
    expectCode(room.ada.get(room.path("snapshot.jpg")), 500, "internal");
    offer("two", "no snapshots");
    const Answer late = room.ada.get(room.path("snapshot.jpg"));
    expectCode(late, 503, "unavailable");
    ck_assert_str_eq(late.body["detail"].get<std::string>(),
                     "the call's media process does not answer");
    // It dies while a picture is awaited; the one after it takes pictures.
    const RawClient client(server);
    client.send("GET " + room.signedPath(room.ada) +
                "&width=100 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const auto asked = [&] {
        for (const auto& [pid, message] : server.callLog())
            if (message["type"] == "take_snapshot" && message["width"] == 100) return true;
        return false;
    };
    runUntil(asked, "the request");
    kill(server.processOf(room.id), SIGKILL);
    const std::string answer = client.readAll();
    ck_assert_msg(answer.starts_with("HTTP/1.1 503") &&
                      answer.find("the call's media process has gone") != std::string::npos,
                  "%s", answer.c_str());
    runUntil([&] { return isJpeg(room.ada.get(room.path("snapshot.jpg"))); }, "a picture");
}

END_TEST

START_TEST(signatures_are_not_logged) {
    const Server server(Server::Variables{{"MULLION_LOG_LEVEL", "debug"}});
    const Room room(server);
    const std::string path = room.signedPath(room.ada);
    expectJpeg(request(server, "GET", path));
    expectCode(request(server, "GET", path + "forged"), 401, "unauthenticated");
    const std::string mac = path.substr(path.rfind('.') + 1);
    std::string log;
    // What was answered is in the log, so that what came with it would be too.
    runUntil(
        [&] {
            log += server.log();
            const auto first = log.find("/snapshot.jpg");
            return first != std::string::npos &&
                   log.find("/snapshot.jpg", first + 1) != std::string::npos;
        },
        "a line about each");
    ck_assert(log.find(mac) == std::string::npos);
    ck_assert(log.find("sig=") == std::string::npos);
}

END_TEST

int main() {
    return runSuite(
        "signed", {snapshot_is_for_those_in_the_call, page_loads_the_snapshot_by_its_url,
                   signature_is_good_for_nothing_else, service_signs_for_pages_of_its_own,
                   call_has_to_be_active, process_that_is_away_is_told, signatures_are_not_logged});
}
