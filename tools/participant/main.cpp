// mullion-participant: people in a call without a browser. See --help.
#include <csignal>
#include <iostream>

#include <gst/gst.h>

#include "src/base/config.h"
#include "src/base/ids.h"
#include "src/base/log.h"
#include "tools/participant/member.h"

using namespace mullion;
using namespace mullion::participant;

namespace {

constexpr Log kLog("participant");

/// The people of the demonstration: name, colour, pitch of the voice in Hz.
struct Someone {
    const char* name;
    Colour colour;
    double pitchHz;
};

constexpr Someone kPeople[] = {
    {"Ada Lovelace", {96, 148, 190}, 210},  {"Alan Turing", {190, 140, 88}, 115},
    {"Grace Hopper", {120, 168, 120}, 190}, {"Claude Shannon", {170, 120, 160}, 105},
    {"Hedy Lamarr", {190, 110, 110}, 220},  {"Dennis Ritchie", {110, 160, 165}, 125},
    {"Radia Perlman", {180, 160, 96}, 200}, {"Vint Cerf", {136, 128, 190}, 120},
};

Scene sceneFor(int index, int count, const std::string& kind) {
    const Someone& someone = kPeople[static_cast<std::size_t>(index) % std::size(kPeople)];
    Scene scene;
    scene.colour = someone.colour;
    if (kind == "test") {
        scene.pitchHz = 300 + 110.0 * index;
        scene.seconds = 2;
        return scene;
    }
    // One speaks after the other.
    scene.kind = Scene::Kind::Person;
    scene.pitchHz = someone.pitchHz;
    scene.seconds = 3.0 * count;
    scene.speaksFrom = static_cast<double>(index) / count;
    scene.speaksUntil = static_cast<double>(index + 1) / count;
    return scene;
}

int fail(const std::string& message) {
    kLog.error("", message);
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    Config config({
        {"participant.server", "http://127.0.0.1:8080", "server", "where mulliond is"},
        {"participant.call", "", "call", "the open call to join; without it a room is started"},
        {"participant.count", "3", "count", "how many people"},
        {"participant.scene", "person", "scene", "person (drawn, speaking) or test (colour, tone)"},
        {"participant.title", "Demonstration", "title", "the title of a started room"},
        {"participant.help", "false", "help", "this text"},
    });
    if (const auto flags = config.readFlags(argc, argv); !flags) return fail(flags.error().message);
    if (config.flag("participant.help")) {
        std::cout << "mullion-participant: people in a call without a browser. The first line on "
                     "stdout is the call's id.\n\n"
                  << config.usage();
        return 0;
    }
    const auto count = config.integer("participant.count", 1, 64);
    if (!count) return fail(count.error().message);
    const std::string& kind = config.text("participant.scene");
    if (kind != "person" && kind != "test") return fail("--scene must be person or test");

    claimMainThread();
    gst_init(nullptr, nullptr);
    GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
    std::vector<std::shared_ptr<Member>> members;
    for (int i = 0; i < *count; ++i) {
        const Someone& someone = kPeople[static_cast<std::size_t>(i) % std::size(kPeople)];
        const auto clip = encodeClip(sceneFor(i, static_cast<int>(*count), kind));
        if (!clip) return fail(clip.error().message);
        members.push_back(Member::create(
            {config.text("participant.server"), "demo-" + newId(), someone.name, {*clip, false}},
            [name = someone.name](const std::string& problem) { kLog.warning(name, problem); }));
    }
    const auto joinOthers = [&](const std::string& callId, std::size_t from) {
        for (std::size_t i = from; i < members.size(); ++i)
            members[i]->join(callId);
        std::cout << callId << std::endl;
    };
    if (const std::string& callId = config.text("participant.call"); !callId.empty())
        joinOthers(callId, 0);
    else
        members[0]->start(config.text("participant.title"),
                          [&](const std::string& id) { joinOthers(id, 1); });

    const auto quit = [loop] { g_main_loop_quit(loop); };
    const auto onTerm = onUnixSignal(SIGTERM, quit);
    const auto onInt = onUnixSignal(SIGINT, quit);
    const auto watch = every(std::chrono::seconds(1), [&] {
        for (const auto& member : members)
            if (!member->ended()) return true;
        kLog.info("", "the call has ended");
        quit();
        return false;
    });
    g_main_loop_run(loop);
    return 0;
}
