// mullion-load: many people in many calls, and what that costs the server. See --help.
#include <csignal>
#include <fstream>
#include <iostream>

#include <gst/gst.h>

#include "src/base/config.h"
#include "src/base/json_values.h"
#include "src/base/log.h"
#include "tools/load/load.h"

using namespace mullion;
using namespace mullion::load;

namespace {

constexpr Log kLog("load");

Config loadConfig() {
    return Config({
        {"load.server", "http://127.0.0.1:8080", "server", "where mulliond is"},
        {"load.calls", "1", "calls", "how many calls"},
        {"load.people", "4", "people", "how many people in each"},
        {"load.seconds", "20", "seconds", "how long to measure, once everybody is there"},
        {"load.bitrate", "400000", "bitrate", "bit/s of the picture that each sends"},
        {"load.stagger", "200", "stagger", "ms between one who sets out and the next"},
        {"load.decode", "0", "decode", "how many of all decode what they get"},
        {"load.server_pid", "0", "server-pid", "mulliond's pid; 0: who listens on its port"},
        {"load.data_dir", "", "data-dir", "mulliond's, to find the calls' processes by"},
        {"load.max_loss", "0.01", "max-loss", "the part of the frames that may be missing"},
        {"load.json", "", "json", "a file that gets the figures"},
        {"load.help", "false", "help", "this text"},
    });
}

struct Limits {
    double maxLoss = 0;
    int bitrate = 0;
};

struct Parsed {
    Load::Options options;
    Limits limits;
};

Result<Parsed> parse(const Config& config) {
    Parsed parsed;
    const auto number = [&](const char* key, int min, int max) -> Result<int> {
        return static_cast<int>(TRY(config.integer(key, min, max)));
    };
    parsed.options.server = config.text("load.server");
    parsed.options.calls = TRY(number("load.calls", 1, 1000));
    parsed.options.people = TRY(number("load.people", 1, 50));
    parsed.options.length = std::chrono::seconds(TRY(number("load.seconds", 1, 86400)));
    parsed.options.stagger = std::chrono::milliseconds(TRY(number("load.stagger", 1, 60000)));
    parsed.options.decoding = TRY(number("load.decode", 0, 50000));
    parsed.options.serverPid = TRY(number("load.server_pid", 0, 1 << 30));
    parsed.options.dataDir = config.text("load.data_dir");
    parsed.limits.bitrate = TRY(number("load.bitrate", 50'000, 10'000'000));
    const char* text = config.text("load.max_loss").c_str();
    char* end = nullptr;
    parsed.limits.maxLoss = g_ascii_strtod(text, &end);
    if (end == text || *end || parsed.limits.maxLoss < 0 || parsed.limits.maxLoss > 1)
        return Error{ErrorCode::BadRequest, "--max-loss must be 0 to 1"};
    return parsed;
}

/// What the picture of a clip really has: rate control may miss what it was asked for.
std::uint64_t bitrateOf(const participant::Clip& clip) {
    std::uint64_t bytes = 0;
    for (const auto& frame : clip.picture)
        bytes += gst_buffer_get_size(frame.get());
    return bytes * 8 * static_cast<std::uint64_t>(clip.fps) / clip.picture.size();
}

int fail(const std::string& message) {
    kLog.error("", message);
    return 2;
}

} // namespace

int main(int argc, char** argv) {
    Config config = loadConfig();
    if (const auto flags = config.readFlags(argc, argv); !flags) return fail(flags.error().message);
    if (config.flag("load.help")) {
        std::cout << "mullion-load: people in calls who all send one camera-like clip. Ends with 1 "
                     "where frames were lost or joins failed.\n\n"
                  << config.usage();
        return 0;
    }
    const auto parsed = parse(config);
    if (!parsed) return fail(parsed.error().message);

    auto options = parsed->options;
    if (auto server = participant::findServer(options.server))
        options.server = std::move(*server);
    else
        return fail(server.error().message);
    std::ofstream file;
    if (const std::string& path = config.text("load.json"); !path.empty()) {
        file.open(path);
        if (!file) return fail("cannot write " + path);
    }

    claimMainThread();
    gst_init(nullptr, nullptr);
    kLog.info("", "drawing and encoding the clip");
    const auto clip = participant::encodeClip(participant::cameraScene(), parsed->limits.bitrate);
    if (!clip) return fail(clip.error().message);
    kLog.info("", "the picture has " + std::to_string(bitrateOf(**clip) / 1000) + " kbit/s");

    GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
    const auto quit = [loop] { g_main_loop_quit(loop); };
    int status = 1;
    std::shared_ptr<Load> load;
    const auto onDone = [&](const Report& report) {
        std::cout << toTable(report) << std::flush;
        status = report.loss() > parsed->limits.maxLoss || report.joinsFailed > 0 ? 1 : 0;
        if (file.is_open()) {
            file << toJson(report).dump(2) << '\n';
            if (!file.flush()) status = fail("cannot write " + config.text("load.json"));
        }
        load->leave(quit);
    };
    load = Load::create(options, *clip,
                        {[](const std::string& text) { kLog.info("", text); }, onDone});
    const auto leave = [&] { load->leave(quit); };
    const auto onTerm = onUnixSignal(SIGTERM, leave);
    const auto onInt = onUnixSignal(SIGINT, leave);
    g_main_loop_run(loop);
    return status;
}
