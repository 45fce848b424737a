// mullion-latency: how long picture and sound take through the server. See --help.
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>

#include <gst/gst.h>

#include "src/base/config.h"
#include "src/base/ids.h"
#include "src/base/json_values.h"
#include "src/base/log.h"
#include "tools/latency/direct.h"
#include "tools/load/quantile.h"
#include "tools/participant/member.h"

using namespace mullion;
using namespace mullion::latency;
using namespace std::chrono_literals;
using mullion::load::quantile;
using participant::Member;

namespace {

constexpr Log kLog("latency");
/// Joining, gliding tiles and the first second of rate control.
constexpr auto kSettle = 3s;
constexpr auto kDirect = 10s;

/// The tile of `user` in a call:layout message.
void readLayout(const Json& message, const std::string& user, Stopwatch& stopwatch) {
    if (message.value("type", "") != "call:layout") return;
    const Json& size = message.at("canvas");
    wire::Canvas canvas;
    canvas.width = size.value("width", canvas.width);
    canvas.height = size.value("height", canvas.height);
    for (const Json& shown : message.at("tiles")) {
        if (shown.value("user_id", "") != user) continue;
        wire::Tile tile;
        tile.x = shown.value("x", 0);
        tile.y = shown.value("y", 0);
        tile.width = shown.value("width", 0);
        tile.height = shown.value("height", 0);
        stopwatch.setTile(tile, canvas);
    }
}

void print(const char* name, const std::vector<double>& through,
           const std::vector<double>& direct) {
    std::printf("%-8s %7zu %9.1f %9.1f %9.1f %14.1f\n", name, through.size(),
                quantile(through, 0.5), quantile(through, 0.95), quantile(through, 1),
                quantile(direct, 0.5));
}

Json toJson(const std::vector<double>& through, const std::vector<double>& direct) {
    return {{"count", through.size()},
            {"median_ms", quantile(through, 0.5)},
            {"p95_ms", quantile(through, 0.95)},
            {"worst_ms", quantile(through, 1)},
            {"tool_median_ms", quantile(direct, 0.5)}};
}

int fail(const std::string& message) {
    kLog.error("", message);
    return 2;
}

int report(const Stopwatch::Figures& through, const Stopwatch::Figures& direct,
           std::ofstream& file) {
    std::printf("ms from sent to decoded\n%-8s %7s %9s %9s %9s %14s\n", "", "count", "median",
                "p95", "worst", "tool's median");
    print("picture", through.pictureMs, direct.pictureMs);
    print("sound", through.soundMs, direct.soundMs);
    std::printf("pictures that could not be read: %d\n", through.unread);
    std::fflush(stdout);
    if (file.is_open()) {
        const Json json = {{"picture", toJson(through.pictureMs, direct.pictureMs)},
                           {"sound", toJson(through.soundMs, direct.soundMs)},
                           {"unread", through.unread}};
        file << json.dump(2) << '\n';
        if (!file.flush()) return fail("cannot write the figures");
    }
    return through.pictureMs.empty() || through.soundMs.empty() ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
    Config config({
        {"latency.server", "http://127.0.0.1:8080", "server", "where mulliond is"},
        {"latency.seconds", "60", "seconds", "how long to measure"},
        {"latency.json", "", "json", "a file that gets the figures"},
        {"latency.help", "false", "help", "this text"},
    });
    if (const auto flags = config.readFlags(argc, argv); !flags) return fail(flags.error().message);
    if (config.flag("latency.help")) {
        std::cout << "mullion-latency: two people in a call, of whom one shows frame numbers and "
                     "clicks, and the other reads the clock when they come.\n\n"
                  << config.usage();
        return 0;
    }
    const auto seconds = config.integer("latency.seconds", 1, 86400);
    if (!seconds) return fail(seconds.error().message);

    const auto address = participant::findServer(config.text("latency.server"));
    if (!address) return fail(address.error().message);
    std::ofstream file;
    if (const std::string& path = config.text("latency.json"); !path.empty()) {
        file.open(path);
        if (!file) return fail("cannot write " + path);
    }

    claimMainThread();
    gst_init(nullptr, nullptr);
    kLog.info("", "encoding the time code");
    const auto coded = participant::encodeClip(timeCode(), 1'000'000);
    if (!coded) return fail(coded.error().message);
    participant::Scene silent;
    silent.pitchHz = 0;
    const auto quiet = participant::encodeClip(silent);
    if (!quiet) return fail(quiet.error().message);
    kLog.info("", "measuring without the server");
    const auto direct = measureDirect(*coded, kDirect);
    if (!direct) return fail(direct.error().message);

    GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
    const auto quit = [loop] { g_main_loop_quit(loop); };
    const auto onProblem = [](const std::string& problem) { kLog.warning("", problem); };
    const auto stopwatch = std::make_shared<Stopwatch>();
    const std::string& server = *address;

    Member::Options sending{server, "sends-" + newId(), "Sends", {*coded}};
    sending.media.onFrameSent = [=](std::size_t frame) { stopwatch->onFrameSent(frame); };
    sending.media.onPacketSent = [=](std::size_t packet) { stopwatch->onPacketSent(packet); };
    Member::Options watching{server, "watches-" + newId(), "Watches", {*quiet, true}};
    watching.media.pictureTap = std::make_shared<Tap>(stopwatch, &Stopwatch::onPicture);
    watching.media.soundTap = std::make_shared<Tap>(stopwatch, &Stopwatch::onSound);
    watching.onEvent = [stopwatch, user = sending.userId](const Json& message) {
        readLayout(message, user, *stopwatch);
    };
    const auto sender = Member::create(sending, onProblem);
    const auto watcher = Member::create(watching, onProblem);
    sender->start("Latency", [&](const std::string& callId) { watcher->join(callId); });

    int status = 1;
    Source ending;
    const auto beginning = after(kSettle, [&] {
        kLog.info("", "measuring for " + std::to_string(*seconds) + " s");
        stopwatch->reset();
        ending = after(std::chrono::seconds(*seconds), [&] {
            status = report(stopwatch->figures(), *direct, file);
            watcher->leave([&] { sender->endCall(quit); });
        });
    });
    const auto onTerm = onUnixSignal(SIGTERM, quit);
    const auto onInt = onUnixSignal(SIGINT, quit);
    g_main_loop_run(loop);
    return status;
}
