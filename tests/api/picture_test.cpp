// Layout, canvas, rungs, figures: what hosts ask for and what the call's process is told.
#include <algorithm>
#include <csignal>

#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// A room of ada's in which bob and cem are participants; dan has nothing to do with it.
struct Room {
    explicit Room(const Server& on)
        : server(on)
        , ada(on, "ada")
        , bob(on, "bob")
        , cem(on, "cem")
        , dan(on, "dan") {
        const Answer made =
            ada.post("/call/initiate", {{"participants", Json::array()}, {"open", true}});
        id = made.body["id"].get<std::string>();
        // What a process is told that is still starting is not what one is told that runs.
        runUntil([&] { return server.processOf(id) != 0; }, "its process");
        for (const User* user : {&bob, &cem})
            ck_assert_int_eq(user->post(path("join")).status, 200);
    }

    std::string path(const std::string& rest = "") const {
        return "/call/" + id + (rest.empty() ? "" : "/") + rest;
    }

    Json participant(const std::string& user) const {
        const Json call = ada.get(path()).body;
        for (const Json& entry : call["participants"])
            if (entry["user_id"] == user) return entry;
        return {};
    }

    /// The last message with these fields that a process was told, waited for; `after` how many.
    Json told(const Json& fields, int after = 0) const {
        Json found;
        runUntil(
            [&] {
                int count = 0;
                for (const auto& [pid, message] : server.callLog()) {
                    const bool matches = std::all_of(
                        fields.items().begin(), fields.items().end(), [&, &told = message](auto f) {
                            return told.contains(f.key()) && told[f.key()] == f.value();
                        });
                    if (matches && count++ == after) found = message;
                }
                return count > after;
            },
            toText(fields).c_str());
        return found;
    }

    void connect(Device& device, const char* leg, const char* sdp = "v=0") const {
        const Json ack =
            device.ask({{"type", "webrtc:offer"}, {"call_id", id}, {"leg", leg}, {"sdp", sdp}});
        ck_assert_str_eq(ack["type"].get<std::string>().c_str(), "ack");
        device.take("leg:state", {{"state", "connected"}});
    }

    const Server& server;
    User ada, bob, cem, dan;
    std::string id;
};

void expectCode(const Answer& answer, const char* code) {
    ck_assert_str_eq(answer.code().c_str(), code);
}

} // namespace

START_TEST(layout_is_the_hosts) {
    const Server server;
    const Room room(server);
    Device phone(server, room.bob.token());
    const std::string path = room.path("layout");
    const Json layout = {{"mode", "speaker"}, {"pinned", {"bob", "bob"}}, {"fit", "pad"}};
    expectCode(room.bob.ask("PUT", path, layout), "not_allowed");
    expectCode(room.dan.ask("PUT", path, layout), "not_member");
    const Json call = room.ada.ask("PUT", path, layout).body;
    const Json asked = {{"mode", "speaker"}, {"pinned", {"bob"}}, {"fit", "pad"}};
    ck_assert_msg(call["layout"] == asked, "%s", toText(call).c_str());
    phone.take("call:updated");
    phone.take("call:layout", {{"mode", "speaker"}});
    const Json shown = room.bob.get(path).body;
    ck_assert_msg(shown["mode"] == "speaker" && shown["asked_mode"] == "speaker" &&
                      shown["pinned"] == asked["pinned"] && shown["fit"] == "pad" &&
                      shown["tiles"].size() == 3 && shown["canvas"]["width"] == 1280,
                  "%s", toText(shown).c_str());
    // A refused request changes nothing.
    const Json outside = {{{"x", 0}, {"y", 400}, {"width", 640}, {"height", 360}}};
    for (const Json& refused : std::initializer_list<Json>{
             {{"mode", "custom"}, {"regions", outside}},
             {{"mode", "custom"}},
             {{"mode", "heap"}},
             {{"fit", "pad"}},
             {{"mode", "grid"}, {"depth", 3}},
             {{"mode", "grid"}, {"pinned", {"not an id"}}},
         })
        expectCode(room.ada.ask("PUT", path, refused), "bad_request");
    ck_assert(room.ada.get(room.path()).body["layout"] == asked);
}

END_TEST

START_TEST(picture_outlives_both_processes) {
    Server server;
    const Room room(server);
    const Json regions = {
        {{"x", 0}, {"y", 0}, {"width", 640}, {"height", 360}, {"user_id", "bob"}}};
    const Json layout = {
        {"mode", "custom"}, {"pinned", Json::array()}, {"fit", "crop"}, {"regions", regions}};
    ck_assert_int_eq(room.ada.ask("PUT", room.path("layout"), layout).status, 200);
    ck_assert_int_eq(
        room.ada.ask("PATCH", room.path(), {{"canvas", {{"width", 1920}, {"height", 1080}}}})
            .status,
        200);
    ck_assert_int_eq(
        room.bob.ask("PUT", room.path("participants/bob/rung"), {{"rung", "360p"}}).status, 200);
    room.told({{"type", "set_rung"}, {"user_id", "bob"}, {"rung", "360p"}});
    kill(server.processOf(room.id), SIGKILL);
    const Json start = room.told({{"type", "start_call"}, {"call_id", room.id}}, 1);
    ck_assert_msg(start["layout"] == layout && start["canvas"]["width"] == 1920, "%s",
                  toText(start).c_str());
    room.told({{"type", "set_rung"}, {"rung", "360p"}}, 1);
    server.restart(SIGTERM);
    room.told({{"type", "set_rung"}, {"rung", "360p"}}, 2);
    room.told({{"type", "set_layout"}, {"layout", layout}}, 1);
    const User ada(server, "ada");
    ck_assert(ada.get(room.path()).body["layout"] == layout);
}

END_TEST

START_TEST(canvas_changes_while_the_call_runs) {
    const Server server;
    const Room room(server);
    Device phone(server, room.bob.token());
    const auto patch = [&](const User& user, const Json& canvas) {
        return user.ask("PATCH", room.path(), {{"canvas", canvas}});
    };
    expectCode(patch(room.bob, {{"width", 640}}), "not_allowed");
    for (const Json& refused : std::initializer_list<Json>{
             {{"width", 1281}},
             {{"width", 158}, {"height", 90}},
             {{"width", 160}, {"height", 88}},
             {{"width", 1920}, {"height", 1082}},
             {{"width", 1200}, {"height", 1100}},
             {{"fps", 31}},
             {{"fps", 0}},
             {{"depth", 1}},
         }) {
        expectCode(patch(room.ada, refused), "bad_request");
        expectCode(
            room.ada.post("/call/initiate", {{"participants", Json::array()}, {"canvas", refused}}),
            "bad_request");
    }
    ck_assert(room.ada.get(room.path()).body["canvas"]["width"] == 1280);
    const Json portrait = {{"width", 1080}, {"height", 1920}, {"fps", 30}};
    ck_assert(patch(room.ada, portrait).body["canvas"] == portrait);
    phone.take("call:layout", {{"canvas", portrait}});
    // What is not named stays as it is.
    ck_assert(patch(room.ada, {{"fps", 15}}).body["canvas"]["height"] == 1920);
    const Json regions = {{{"x", 0}, {"y", 1000}, {"width", 640}, {"height", 360}}};
    room.ada.ask("PUT", room.path("layout"), {{"mode", "custom"}, {"regions", regions}});
    expectCode(patch(room.ada, {{"height", 720}}), "conflict");
    // Regions are those of the custom mode.
    room.ada.ask("PUT", room.path("layout"), {{"mode", "grid"}, {"regions", regions}});
    ck_assert(patch(room.ada, {{"height", 720}}).body["canvas"]["height"] == 720);
}

END_TEST

START_TEST(rung_is_ones_own_and_the_hosts) {
    const Server server;
    const Room room(server);
    const std::string path = room.path("participants/bob/rung");
    expectCode(room.cem.ask("PUT", path, {{"rung", "180p"}}), "not_allowed");
    expectCode(room.dan.ask("PUT", path, {{"rung", "180p"}}), "not_member");
    expectCode(room.bob.ask("PUT", path, {{"rung", "90p"}}), "bad_request");
    expectCode(room.bob.ask("PUT", path, Json::object()), "bad_request");
    expectCode(room.ada.ask("PUT", room.path("participants/dan/rung"), {{"rung", "180p"}}),
               "not_found");
    ck_assert(room.participant("bob")["rung"] == "auto");
    for (const char* rung : {"audio", "1080p", "720p", "360p", "180p", "auto"}) {
        const Json call = room.bob.ask("PUT", path, {{"rung", rung}}).body;
        ck_assert(call["participants"][1]["rung"] == rung);
        room.told({{"type", "set_rung"}, {"user_id", "bob"}, {"rung", rung}});
    }
    ck_assert_int_eq(room.ada.ask("PUT", path, {{"rung", "audio"}}).status, 200);
    // Who comes back has what he wanted.
    room.bob.post(room.path("leave"));
    expectCode(room.bob.ask("PUT", path, {{"rung", "auto"}}), "wrong_state");
    room.bob.post(room.path("join"));
    room.told({{"type", "set_rung"}, {"user_id", "bob"}, {"rung", "audio"}}, 2);
}

END_TEST

START_TEST(spotlight_pins_and_care_is_asked_for) {
    const Server server;
    const Room room(server);
    const auto patch = [&](const User& user, const char* whom, const Json& change) {
        return user.ask("PATCH", room.path(std::string("participants/") + whom), change);
    };
    expectCode(patch(room.bob, "bob", {{"spotlight", true}}), "not_allowed");
    patch(room.ada, "bob", {{"spotlight", true}});
    Json call = patch(room.ada, "cem", {{"spotlight", true}}).body;
    ck_assert(call["layout"]["pinned"] == Json({"cem", "bob"}));
    call = patch(room.ada, "bob", {{"spotlight", true}}).body;
    ck_assert(call["layout"]["pinned"] == Json({"bob", "cem"}));
    call = patch(room.ada, "bob", {{"spotlight", false}}).body;
    ck_assert(call["layout"]["pinned"] == Json({"cem"}));
    const Json told = room.told({{"type", "set_layout"}}, 3);
    ck_assert(told["layout"]["pinned"] == Json({"cem"}));

    expectCode(patch(room.cem, "bob", {{"auto_gain", true}}), "not_allowed");
    ck_assert_int_eq(patch(room.bob, "bob", {{"noise_suppression", true}}).status, 200);
    ck_assert_int_eq(patch(room.ada, "bob", {{"auto_gain", true}}).status, 200);
    const Json bob = room.participant("bob");
    ck_assert(bob["noise_suppression"] == true && bob["auto_gain"] == true);
    room.told({{"type", "put_participant"},
               {"user_id", "bob"},
               {"noise_suppression", true},
               {"auto_gain", true}});
}

END_TEST

START_TEST(figures_reach_those_concerned) {
    const Server server;
    const Room room(server);
    Device desk(server, room.ada.token()), phone(server, room.bob.token()),
        tablet(server, room.cem.token());
    room.connect(tablet, "leg-c");
    ck_assert_int_eq(metric(server, "mullion_key_frames_asked_total"), 0);
    room.connect(phone, "leg-b", "measure");
    for (Device* device : {&desk, &phone}) {
        const Json quality = device->take("call:quality", {{"user_id", "bob"}});
        ck_assert_msg(quality["up"]["mos"] == 4.1 && quality["down"]["bitrate"] == 900000 &&
                          quality["rung"] == "720p",
                      "%s", toText(quality).c_str());
    }
    desk.take("call:quality", {{"user_id", "cem"}});
    tablet.take("call:quality", {{"user_id", "cem"}});
    phone.ask({{"type", "webrtc:stats"}, {"call_id", room.id}, {"leg", "leg-b"}, {"rtt", 0.5}});
    tablet.ask({{"type", "webrtc:stats"}, {"call_id", room.id}});
    // Others' quality is not his.
    ck_assert(!tablet.has("call:quality", {{"user_id", "bob"}}));
    ck_assert(!phone.has("call:quality", {{"user_id", "cem"}}));

    const Json stats = room.cem.get(room.path("stats")).body;
    ck_assert_msg(stats["legs"].size() == 2 && stats["legs"][0]["codec"] == "VP8" &&
                      stats["encoders"] == 2 && stats["frames_painted"] == 250 &&
                      stats["frames_encoded"] == 500 && stats["cpu_seconds"] == 1.5 &&
                      stats["clients"].size() == 2 && !stats.contains("history"),
                  "%s", toText(stats).c_str());
    ck_assert(std::any_of(stats["clients"].begin(), stats["clients"].end(), [](const Json& said) {
        return said["user_id"] == "bob" && said["rtt"] == 0.5 && said["leg"] == "leg-b";
    }));
    expectCode(room.dan.get(room.path("stats")), "not_member");
    expectCode(room.bob.get(room.path("stats?history=yes")), "bad_request");
    ck_assert_int_eq(metric(server, "mullion_encoders"), 2);
    ck_assert_int_eq(metric(server, "mullion_received_bits_per_second"), 1000000);
    ck_assert_int_eq(metric(server, "mullion_sent_bits_per_second"), 1800000);
    ck_assert_int_eq(metric(server, "mullion_key_frames_asked_total"), 6);
    ck_assert_int_eq(metric(server, "mullion_worst_mos"), 4);
}

END_TEST

START_TEST(history_of_figures_outlives_the_call) {
    Server server;
    const Room room(server);
    Device phone(server, room.bob.token());
    room.connect(phone, "leg-b", "measure");
    phone.take("call:quality");
    room.ada.post(room.path("end"));
    expectCode(room.bob.get(room.path("stats")), "wrong_state");
    server.restart(SIGTERM);
    const User bob(server, "bob"), dan(server, "dan");
    const Json stats = bob.get(room.path("stats?history=true")).body;
    ck_assert_msg(stats["history"].size() == 1 && stats["legs"].empty(), "%s",
                  toText(stats).c_str());
    const Json& line = stats["history"][0];
    ck_assert_msg(line["user_id"] == "bob" && line["leg"] == "leg-b" && line["up"]["mos"] == 4.1 &&
                      line["rung"] == "720p",
                  "%s", toText(line).c_str());
    expectCode(dan.get(room.path("stats?history=true")), "not_member");
    expectCode(bob.get("/call/unknown/stats?history=true"), "not_found");
}

END_TEST

START_TEST(speaker_is_told_to_who_comes) {
    const Server server;
    const Room room(server);
    Device desk(server, room.ada.token()), phone(server, room.bob.token());
    room.connect(desk, "leg-a", "speak");
    desk.take("call:speaker", {{"user_id", "ada"}});
    Device tablet(server, room.cem.token());
    room.connect(tablet, "leg-c");
    tablet.take("call:speaker", {{"user_id", "ada"}});
    kill(server.processOf(room.id), SIGKILL);
    tablet.take("call:speaker", {{"user_id", nullptr}});
}

END_TEST

int main() {
    return runSuite("picture",
                    {layout_is_the_hosts, picture_outlives_both_processes,
                     canvas_changes_while_the_call_runs, rung_is_ones_own_and_the_hosts,
                     spotlight_pins_and_care_is_asked_for, figures_reach_those_concerned,
                     history_of_figures_outlives_the_call, speaker_is_told_to_who_comes});
}
