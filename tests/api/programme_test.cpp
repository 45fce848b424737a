// The programme of a call and the sounds in it, by the API.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// A red PNG of 3 × 2 pixels.
std::string redPng() {
    gsize size = 0;
    const GPtr<guchar, g_free> bytes(
        g_base64_decode("iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP4z8AAQQxwFgBB0g"
                        "X7h/C5SAAAAABJRU5ErkJggg==",
                        &size));
    return {reinterpret_cast<const char*>(bytes.get()), size};
}

/// A room of ada's in which bob is too.
struct Room {
    explicit Room(const Server& server)
        : server(server)
        , ada(server, "ada")
        , bob(server, "bob")
        , id(ada.post("/call/initiate", {{"participants", Json::array()}, {"open", true}})
                 .body["id"]
                 .get<std::string>())
        , path("/call/" + id) {
        ck_assert_int_eq(bob.post(path + "/join").status, 200);
        runUntil([&] { return server.processOf(id) != 0; }, "the process");
    }

    Answer upload(const std::string& to, const std::string& type, const std::string& body,
                  const User& who) const {
        return request(server, "POST", "/api/webrtc" + path + to,
                       {{"authorization", "Bearer " + who.token()}, {"content-type", type}}, body);
    }

    Answer change(const Json& patch) const { return ada.ask("PATCH", path + "/programme", patch); }

    /// What the call's process was told of the programme last; null: nothing.
    Json told() const {
        Json last;
        for (const auto& [pid, message] : server.callLog())
            if (pid == server.processOf(id) && message["type"] == "set_programme") last = message;
        return last;
    }

    const Server& server;
    User ada, bob;
    std::string id;
    std::string path;
};

} // namespace

START_TEST(programme_is_changed_field_by_field) {
    const Server server;
    const Room room(server);
    Device desk(server, room.bob.token());
    ck_assert(room.ada.get(room.path).body["programme"].is_null());
    ck_assert(room.ada.get(room.path + "/programme").body["logo"].is_null());
    const Answer image = room.upload("/images", "image/png", redPng(), room.ada);
    ck_assert_msg(image.status == 201, "%s", toText(image.body).c_str());
    const Json& id = image.body["id"];

    const Answer first = room.change({{"logo", {{"image", id}}}});
    ck_assert_msg(first.status == 200, "%s", toText(first.body).c_str());
    ck_assert(first.body["logo"]["corner"] == "top-right");
    ck_assert(first.body["logo"]["height"] == 0.1);
    ck_assert(desk.take("call:updated")["call"]["programme"] == first.body);
    const Answer second =
        room.change({{"lower_third", {{"title", "Ada"}}}, {"layout", {{"mode", "solo"}}}});
    ck_assert(second.body["logo"] == first.body["logo"]);
    ck_assert(second.body["lower_third"]["title"] == "Ada");
    const Answer third = room.change({{"logo", nullptr}});
    ck_assert(third.body["logo"].is_null() && third.body["layout"]["mode"] == "solo");
    runUntil([&] { return room.told()["programme"] == third.body; }, "the process is told");
    ck_assert(room.told()["images"] == server.dataDir() + "/images/" + room.id);

    const Answer none = room.ada.ask("DELETE", room.path + "/programme");
    ck_assert(none.status == 200 && none.body["layout"].is_null());
    ck_assert(room.ada.get(room.path).body["programme"].is_null());
}

END_TEST

START_TEST(what_makes_no_programme_is_refused_and_changes_nothing) {
    const Server server;
    const Room room(server);
    for (const auto& [field, patch] : std::map<std::string, Json>{
             {"logo", {{"logo", {{"image", "unknown"}}}}},
             {"background", {{"background", {{"image", "unknown"}}}}},
             {"slate", {{"slate", {{"image", "unknown"}}}}},
             {"lower_third", {{"lower_third", {{"title", "a\nb"}}}}},
             {"layout",
              {{"layout",
                {{"mode", "custom"},
                 {"regions", {{{"x", 1200}, {"y", 0}, {"width", 200}, {"height", 100}}}}}}}},
             {"hat", {{"hat", 1}}}}) {
        const Answer answer = room.change(patch);
        ck_assert_msg(answer.status == 400 && answer.body["field"] == field, "%s: %s",
                      field.c_str(), toText(answer.body).c_str());
    }
    ck_assert(room.change({{"slate", Json::object()}}).status == 400);
    ck_assert(room.change({{"logo", {{"image", "x"}, {"height", 2}}}}).status == 400);
    ck_assert(room.ada.get(room.path).body["programme"].is_null());
    ck_assert(room.told().is_null());
}

END_TEST

START_TEST(images_are_checked_kept_and_removed) {
    const Server server;
    const Room room(server);
    const Answer image = room.upload("/images", "image/png", redPng(), room.ada);
    ck_assert(image.body["width"] == 3 && image.body["height"] == 2);
    const std::string id = image.body["id"];
    ck_assert(room.upload("/images", "image/jpeg", redPng(), room.ada).body == image.body);
    const Answer list = room.ada.get(room.path + "/images");
    ck_assert_int_eq(static_cast<int>(list.body["images"].size()), 1);
    ck_assert_int_eq(room.ada.get(room.path + "/images/" + id).status, 200);

    ck_assert_str_eq(room.upload("/images", "image/png", "no image", room.ada).code().c_str(),
                     "unsupported_media");
    ck_assert_str_eq(
        room.upload("/images", "image/png", redPng().substr(0, 50), room.ada).code().c_str(),
        "unsupported_media");
    ck_assert_str_eq(room.upload("/images", "application/json", redPng(), room.ada).code().c_str(),
                     "unsupported_media");
    ck_assert_str_eq(room.upload("/images", "image/png", "", room.ada).code().c_str(),
                     "bad_request");
    ck_assert_str_eq(room.upload("/images", "image/png", redPng(), room.bob).code().c_str(),
                     "not_allowed");
    // Whoever is known may send more than a page of text; nobody may send anything.
    const std::string large(1 << 20, 'x');
    ck_assert_str_eq(room.upload("/images", "image/png", large, room.ada).code().c_str(),
                     "unsupported_media");
    ck_assert_str_eq(request(server, "POST", "/api/webrtc" + room.path + "/images",
                             {{"authorization", "Bearer x.y.z"}, {"content-type", "image/png"}},
                             large)
                         .code()
                         .c_str(),
                     "too_large");
    ck_assert_str_eq(
        room.upload("/images", "image/png", std::string(9 << 20, 'x'), room.ada).code().c_str(),
        "too_large");

    ck_assert_int_eq(room.change({{"background", {{"image", id}}}}).status, 200);
    ck_assert_str_eq(room.ada.ask("DELETE", room.path + "/images/" + id).code().c_str(),
                     "conflict");
    ck_assert_int_eq(room.change({{"background", nullptr}}).status, 200);
    ck_assert_int_eq(room.ada.ask("DELETE", room.path + "/images/" + id).status, 200);
    ck_assert_str_eq(room.ada.get(room.path + "/images/" + id).code().c_str(), "not_found");
}

END_TEST

START_TEST(image_of_too_many_pixels_takes_no_memory) {
    const Server server;
    const Room room(server);
    // 30000 × 30000 pixels by its header; its rest is that of the small one.
    std::string bomb = redPng();
    bomb.replace(16, 8, std::string("\0\0\x75\x30\0\0\x75\x30", 8));
    const auto memory = [&server] {
        std::ifstream status("/proc/" + std::to_string(server.pid()) + "/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("VmHWM:")) return std::stoi(line.substr(6));
        return 0;
    };
    const int before = memory();
    const Answer answer = room.upload("/images", "image/png", bomb, room.ada);
    // By its header, or as its sum of that is wrong.
    ck_assert_int_ge(answer.status, 400);
    ck_assert_msg(memory() - before < 100'000, "it took %d KiB", memory() - before);
}

END_TEST

START_TEST(programme_outlives_both_programs_and_goes_with_its_call) {
    Server server;
    const Room room(server);
    const std::string id = room.upload("/images", "image/png", redPng(), room.ada).body["id"];
    const Json programme = room.change({{"logo", {{"image", id}}}}).body;
    const int first = server.processOf(room.id);
    kill(first, SIGKILL);
    runUntil(
        [&] {
            return server.processOf(room.id) != first && !room.told().is_null() &&
                   room.told()["programme"] == programme;
        },
        "the next process is told");
    server.restart(SIGKILL);
    const User ada(server, "ada");
    ck_assert(ada.get(room.path).body["programme"] == programme);
    ck_assert(ada.get(room.path + "/images").body["images"][0]["id"] == id);
    const std::string folder = server.dataDir() + "/images/" + room.id;
    ck_assert(std::filesystem::exists(folder));
    ck_assert_int_eq(ada.post(room.path + "/end").status, 200);
    runUntil([&] { return !std::filesystem::exists(folder); }, "its images are gone");
}

END_TEST

START_TEST(sound_is_played_stopped_and_told_of) {
    const Server server;
    const Room room(server);
    Device desk(server, room.bob.token());
    const Answer playing = room.upload("/sounds?volume=0.5", "audio/wav", "long", room.ada);
    ck_assert_msg(playing.status == 201, "%s", toText(playing.body).c_str());
    ck_assert(playing.body["duration"] == 1.5);
    const std::string id = playing.body["id"];
    ck_assert_str_eq(room.bob.ask("DELETE", room.path + "/sounds/" + id).code().c_str(),
                     "not_allowed");
    ck_assert_int_eq(room.ada.ask("DELETE", room.path + "/sounds/" + id).status, 200);
    ck_assert(!desk.take("sound:ended", {{"sound_id", id}}).contains("reason"));
    ck_assert_str_eq(room.ada.ask("DELETE", room.path + "/sounds/" + id).code().c_str(),
                     "not_found");
    const Json shortOne = room.upload("/sounds", "audio/ogg", "short", room.ada).body;
    desk.take("sound:ended", {{"sound_id", shortOne["id"]}});
    ck_assert_str_eq(room.upload("/sounds", "audio/ogg", "bad", room.ada).code().c_str(),
                     "unsupported_media");
    ck_assert_str_eq(room.upload("/sounds", "text/plain", "long", room.ada).code().c_str(),
                     "unsupported_media");
    ck_assert_str_eq(room.upload("/sounds?volume=3", "audio/ogg", "long", room.ada).code().c_str(),
                     "bad_request");
    for (int i = 0; i < 4; ++i)
        ck_assert_int_eq(room.upload("/sounds", "audio/ogg", "long", room.ada).status, 201);
    ck_assert_str_eq(room.upload("/sounds", "audio/ogg", "long", room.ada).code().c_str(),
                     "at_capacity");
    kill(server.processOf(room.id), SIGKILL);
    ck_assert(desk.take("sound:ended").contains("reason"));
    // No file is left behind.
    runUntil([&] { return std::filesystem::is_empty(server.dataDir() + "/sounds"); },
             "their files are gone");
}

END_TEST

START_TEST(stats_tell_of_outputs) {
    const Server server;
    const Room room(server);
    ck_assert(room.ada.get(room.path + "/stats").body["outputs"].empty());
    const Json recording = room.ada.post(room.path + "/recording", Json::object()).body;
    const Json pushed =
        room.ada
            .post(room.path + "/broadcasts", {{"kind", "rtmp"}, {"url", "rtmp://192.0.2.1/away"}})
            .body;
    Json outputs;
    runUntil(
        [&] {
            outputs = room.bob.get(room.path + "/stats").body["outputs"];
            return outputs.size() == 2 && outputs[1]["status"] == "retrying";
        },
        "both");
    ck_assert(outputs[0]["kind"] == "recording" && outputs[0]["id"] == recording["id"]);
    ck_assert(outputs[0]["status"] == "recording");
    ck_assert(outputs[1]["kind"] == "rtmp" && outputs[1]["id"] == pushed["id"]);
    ck_assert(outputs[1]["reason"] == "away");
    // Not who may push there.
    ck_assert(toText(outputs).find("192.0.2.1") == std::string::npos);
}

END_TEST

int main() {
    return runSuite("api programme",
                    {programme_is_changed_field_by_field,
                     what_makes_no_programme_is_refused_and_changes_nothing,
                     images_are_checked_kept_and_removed, image_of_too_many_pixels_takes_no_memory,
                     programme_outlives_both_programs_and_goes_with_its_call,
                     sound_is_played_stopped_and_told_of, stats_tell_of_outputs});
}
