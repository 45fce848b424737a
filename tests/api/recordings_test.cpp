// Recordings by the API, from a call's process that writes a few bytes to what hosts find of them.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;
namespace fs = std::filesystem;

namespace {

/// A call of ada's with bob in it.
struct Talk {
    explicit Talk(const Server& server)
        : ada(server, "ada")
        , bob(server, "bob")
        , path("/call/" + ada.post("/call/initiate", {{"participants", {"bob"}}})
                              .body["id"]
                              .get<std::string>()) {
        ck_assert_int_eq(bob.post(path + "/answer").status, 200);
    }

    /// @return the recording's path.
    std::string record() const {
        const Answer started = ada.post(path + "/recording", Json::object());
        ck_assert_int_eq(started.status, 201);
        return "/recordings/" + started.body["id"].get<std::string>();
    }

    Json become(const std::string& recording, const char* status) const {
        Json shown;
        runUntil(
            [&] {
                shown = ada.get(recording).body;
                return shown["status"] == status;
            },
            status);
        return shown;
    }

    User ada, bob;
    std::string path;
};

/// The files below the recordings' folder whose names have `part` in them.
int filesWith(const Server& server, const char* part) {
    int count = 0;
    std::error_code failed;
    const std::string folder = server.dataDir() + "/recordings";
    for (auto entry = fs::recursive_directory_iterator(folder, failed);
         entry != fs::recursive_directory_iterator(); entry.increment(failed))
        count += entry->path().filename().string().find(part) != std::string::npos ? 1 : 0;
    return count;
}

/// Waits until the process has the recording: only then it has a file.
void awaitFile(const Server& server) {
    runUntil([&] { return filesWith(server, ".growing.") == 1; }, "the file");
}

} // namespace

START_TEST(recording_is_started_paused_stopped_loaded_and_erased) {
    const Server server;
    const Talk talk(server);
    Device desk(server, talk.ada.token());
    const std::string recording = talk.record();
    ck_assert(talk.ada.get(talk.path).body["recording"]["status"] == "recording");
    ck_assert_str_eq(talk.ada.post(talk.path + "/recording", Json::object()).code(), "conflict");
    ck_assert(talk.ada.post(talk.path + "/recording/pause").body["status"] == "paused");
    ck_assert_str_eq(talk.ada.post(talk.path + "/recording/pause").code(), "wrong_state");
    ck_assert(talk.ada.post(talk.path + "/recording/resume").body["status"] == "recording");
    ck_assert_str_eq(talk.ada.ask("DELETE", recording).code(), "wrong_state");
    awaitFile(server);
    ck_assert_int_eq(talk.ada.ask("DELETE", talk.path + "/recording").status, 200);
    ck_assert(talk.ada.get(talk.path).body["recording"].is_null());
    const Json ready = desk.take("recording:ready")["recording"];
    ck_assert(ready["status"] == "ready");
    const Json shown = talk.become(recording, "ready");
    const Json part = shown["parts"][0];
    const std::string url = part["url"];
    const Answer file = request(server, "GET", url.substr(url.find("/api/")));
    ck_assert_int_eq(file.status, 200);
    ck_assert(file.body.get<std::string>().starts_with("recorded by "));
    ck_assert_str_eq(file.headers.at("ETag"), '"' + part["sha256"].get<std::string>() + '"');
    ck_assert_int_eq(talk.ada.ask("DELETE", recording).status, 200);
    ck_assert_str_eq(talk.ada.get(recording).code(), "not_found");
    ck_assert_int_eq(request(server, "GET", url.substr(url.find("/api/"))).status, 404);
    ck_assert_int_eq(filesWith(server, ""), 0);
}

END_TEST

START_TEST(end_of_the_call_ends_its_recording) {
    const Server server;
    const Talk talk(server);
    const std::string recording = talk.record();
    awaitFile(server);
    ck_assert_int_eq(talk.ada.post(talk.path + "/end").status, 200);
    ck_assert(talk.become(recording, "ready")["parts"].size() == 1);
    // Of a call that is over nothing can be recorded, as nothing else can be done in it.
    ck_assert_str_eq(talk.ada.post(talk.path + "/recording", Json::object()).code(), "wrong_state");
    ck_assert_str_eq(talk.ada.post(talk.path + "/recording/pause").code(), "wrong_state");
    ck_assert_str_eq(talk.ada.ask("DELETE", talk.path + "/recording").code(), "wrong_state");
}

END_TEST

START_TEST(process_that_keeps_dying_ends_the_recording) {
    const Server server;
    const Talk talk(server);
    Device desk(server, talk.ada.token());
    const std::string recording = talk.record();
    const std::string id = talk.path.substr(6);
    for (int death = 1; death <= 3; ++death) {
        // Each has the recording before it dies.
        runUntil(
            [&] {
                int starts = 0;
                for (const auto& [pid, message] : server.callLog())
                    starts += message["type"] == "start_recording" ? 1 : 0;
                return starts == death;
            },
            "the recording in a process");
        kill(server.processOf(id), SIGKILL);
    }
    desk.take("call:ended");
    Json shown;
    runUntil(
        [&] {
            shown = talk.ada.get(recording).body;
            return shown.contains("parts") &&
                   (shown["status"] == "ready" || shown["status"] == "failed");
        },
        "its end");
    // The last process may have died before it had a file.
    ck_assert_msg(shown["status"] == "ready" || shown["reason"] == "nothing was recorded", "%s",
                  toText(shown).c_str());
}

END_TEST

START_TEST(killed_server_finishes_after_its_next_start) {
    for (const char* step : {"before", "after"}) {
        const TemporaryDir dir;
        const std::string killer = dir.path() + "/kill";
        Server server(Server::Variables{{"FAKE_FINISH_KILL", killer}});
        const Talk talk(server);
        const std::string recording = talk.record();
        awaitFile(server);
        std::ofstream(killer) << step;
        // Its answer may get lost with the server.
        const int process = server.processOf(talk.path.substr(6));
        kill(process, SIGKILL);
        runUntil([&] { return !fs::exists(killer); }, "the killing");
        server.restart(SIGKILL);
        // In its next process the call goes on, and so does its recording.
        ck_assert(talk.ada.get(recording).body["status"] == "recording");
        ck_assert_int_eq(talk.ada.ask("DELETE", talk.path + "/recording").status, 200);
        talk.become(recording, "ready");
        runUntil([&] { return filesWith(server, ".growing.") == 0; }, "the growing files' end");
        ck_assert_int_ge(filesWith(server, ".1.mp4"), 1);
    }
}

END_TEST

START_TEST(pages_follow_each_other) {
    const Server server;
    const Talk talk(server);
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        ids.push_back(talk.record());
        ck_assert_int_eq(talk.ada.ask("DELETE", talk.path + "/recording").status, 200);
    }
    std::string cursor;
    int count = 0;
    do {
        const Json page = talk.ada.get("/recordings?limit=1&cursor=" + cursor).body;
        count += static_cast<int>(page["recordings"].size());
        cursor = page["next_cursor"].is_null() ? "" : page["next_cursor"].get<std::string>();
    } while (!cursor.empty());
    ck_assert_int_eq(count, 3);
    ck_assert(talk.bob.get("/recordings").body["recordings"].empty());
    ck_assert_str_eq(talk.ada.get("/recordings?status=lost").code(), "bad_request");
    ck_assert_str_eq(talk.ada.get("/recordings?cursor=lost").code(), "bad_request");
}

END_TEST

START_TEST(user_is_forgotten_with_his_recordings) {
    const Server server;
    const Talk talk(server);
    const User cem(server, "cem");
    ck_assert_int_eq(
        talk.ada.ask("PATCH", talk.path + "/participants/bob", {{"role", "host"}}).status, 200);
    const std::string hers = talk.record();
    ck_assert_int_eq(talk.ada.ask("DELETE", talk.path + "/recording").status, 200);
    talk.become(hers, "ready");
    const Answer begun = talk.bob.post(talk.path + "/recording", Json::object());
    ck_assert_int_eq(begun.status, 201);
    const std::string his = "/recordings/" + begun.body["id"].get<std::string>();
    // He has left; his recording of her goes on.
    ck_assert_int_eq(talk.ada.post(talk.path + "/invite", {{"participants", {"cem"}}}).status, 200);
    ck_assert_int_eq(cem.post(talk.path + "/answer").status, 200);
    ck_assert_int_eq(talk.bob.post(talk.path + "/leave").status, 200);
    ck_assert_str_eq(talk.bob.ask("DELETE", "/users/bob").code(), "wrong_state");
    ck_assert_int_eq(talk.ada.ask("DELETE", talk.path + "/recording").status, 200);
    talk.become(his, "ready");
    ck_assert_int_eq(talk.bob.get(hers).status, 200);
    ck_assert_int_eq(talk.bob.ask("DELETE", "/users/bob").status, 200);
    ck_assert_str_eq(talk.ada.get(his).code(), "not_found");
    ck_assert_str_eq(talk.bob.get(hers).code(), "not_allowed");
    ck_assert_int_eq(filesWith(server, ".json"), 2);
    for (const auto& entry : fs::recursive_directory_iterator(server.dataDir() + "/recordings"))
        if (entry.path().extension() == ".json") {
            std::ifstream file(entry.path());
            const std::string text((std::istreambuf_iterator<char>(file)), {});
            ck_assert_msg(text.find("bob") == std::string::npos, "%s", text.c_str());
        }
}

END_TEST

START_TEST(call_shows_the_recording_that_goes_on) {
    const Server server;
    const Talk talk(server);
    const std::string first = talk.record();
    ck_assert_int_eq(talk.ada.ask("DELETE", talk.path + "/recording").status, 200);
    const std::string second = talk.record();
    talk.become(first, "ready");
    const Json shown = talk.ada.get(talk.path).body["recording"];
    ck_assert_str_eq("/recordings/" + shown["id"].get<std::string>(), second);
}

END_TEST

START_TEST(recording_that_a_host_stopped_stays_stopped) {
    Server server;
    const User ada(server, "ada");
    const User bob(server, "bob");
    const Json call = ada.post("/call/initiate",
                               {{"participants", Json::array()}, {"open", true}, {"record", true}})
                          .body;
    const std::string path = "/call/" + call["id"].get<std::string>();
    ck_assert(ada.get(path).body["recording"]["status"] == "recording");
    ck_assert_int_eq(ada.ask("DELETE", path + "/recording").status, 200);
    server.restart(SIGKILL);
    ck_assert_int_eq(bob.post(path + "/join").status, 200);
    ck_assert(ada.get(path).body["recording"].is_null());
}

END_TEST

int main() {
    return runSuite(
        "recordings",
        {recording_is_started_paused_stopped_loaded_and_erased, end_of_the_call_ends_its_recording,
         process_that_keeps_dying_ends_the_recording, killed_server_finishes_after_its_next_start,
         pages_follow_each_other, user_is_forgotten_with_his_recordings,
         call_shows_the_recording_that_goes_on, recording_that_a_host_stopped_stays_stopped});
}
