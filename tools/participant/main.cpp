// mullion-participant: people in a call without a browser. See --help.
#include <csignal>
#include <iostream>

#include <gst/gst.h>

#include "src/base/config.h"
#include "src/base/log.h"
#include "tools/participant/crowd.h"

using namespace mullion;
using namespace mullion::participant;

namespace {

constexpr Log kLog("participant");

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
        {"participant.snapshot", "", "snapshot",
         "a PNG that gets the composite as the first of them sees it, every 2 s"},
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

    const auto server = findServer(config.text("participant.server"));
    if (!server) return fail(server.error().message);

    claimMainThread();
    gst_init(nullptr, nullptr);
    GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
    const auto quit = [loop] { g_main_loop_quit(loop); };
    int status = 0;
    std::shared_ptr<Crowd> crowd;
    crowd = Crowd::create(
        {*server, config.text("participant.call"), config.text("participant.title"),
         static_cast<int>(*count), kind == "test" ? Scene::Kind::Test : Scene::Kind::Person,
         config.text("participant.snapshot")},
        {[](const std::string& callId) { std::cout << callId << std::endl; },
         [&] {
             status = crowd->hasBeenIn() ? 0 : fail("nobody has got in");
             if (status == 0) kLog.info("", "the call has ended");
             quit();
         },
         [](const std::string& name, const std::string& problem) { kLog.warning(name, problem); }});
    const auto leave = [&] { crowd->leave(quit); };
    const auto onTerm = onUnixSignal(SIGTERM, leave);
    const auto onInt = onUnixSignal(SIGINT, leave);
    g_main_loop_run(loop);
    return status;
}
