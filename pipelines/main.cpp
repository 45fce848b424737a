// mullion-call: the media of one call. Started by mulliond, see docs/protocol.md.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gst/gst.h>

#include "pipelines/call_process.h"
#include "pipelines/warm_up.h"
#include "plugins/mixminus/gst_mix_minus.h"
#include "plugins/rungswitch/gst_rung_switch.h"
#include "src/base/config.h"
#include "src/base/log.h"
#include "src/base/main_loop.h"

using namespace mullion;

namespace {

constexpr Log kLog("main");

/// Memory goes with the legs that took it, whatever threads they had and however many they were.
/// GLib before 2.76 has an allocator of its own, which keeps what was freed, and takes a tenth of
/// the CPU more; since it is chosen before main(), we begin once more without.
void useOneAllocator(char** argv) {
    if (glib_check_version(2, 76, 0) && !std::getenv("G_SLICE")) {
        setenv("G_SLICE", "always-malloc", 0);
        execv("/proc/self/exe", argv);
        kLog.warning("", std::string("goes on with GLib's allocator: ") + std::strerror(errno));
    }
    // Threads come and go with every leg; an arena for each would keep what they freed.
    mallopt(M_ARENA_MAX, 2);
    // Pictures come and go with legs; between small things on the heap they would leave holes.
    // (Left to itself the threshold grows with the first of them that is freed.)
    constexpr int kPicture = 128 * 1024;
    mallopt(M_MMAP_THRESHOLD, kPicture);
}

/// A call's frames have a time; what else runs on the machine seldom has. All threads of the
/// process have it, as they are made by this one.
void comeFirst() {
    constexpr int kNice = -10;
    if (setpriority(PRIO_PROCESS, 0, kNice) != 0)
        kLog.debug("", std::string("runs with no priority over other programs: ") +
                           std::strerror(errno) + "; LimitNICE=-10 or CAP_SYS_NICE allows it");
}

int fail(const std::string& message) {
    kLog.error("", message);
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    Config config({
        {"call.socket", "", "socket", "the Unix socket to listen on"},
        {"call.ready_fd", "-1", "ready-fd", "descriptor that gets a byte once it listens"},
        {"log.level", "info", "log-level", "error, warning, info or debug"},
        {"log.format", "json", "log-format", "json or text"},
        {"call.help", "false", "help", "this text"},
        {"call.version", "false", "version", "the version"},
    });
    if (const auto flags = config.readFlags(argc, argv); !flags) return fail(flags.error().message);
    if (config.flag("call.version")) {
        std::cout << "mullion-call " << MULLION_VERSION << '\n';
        return 0;
    }
    if (config.flag("call.help") || config.text("call.socket").empty()) {
        std::cout << "mullion-call --socket PATH: the media of one call, started by mulliond\n\n"
                  << config.usage();
        return config.flag("call.help") ? 0 : 2;
    }
    configureLog(logLevelFromName(config.text("log.level")),
                 config.text("log.format") == "text" ? LogFormat::Text : LogFormat::Json);
    const auto readyFd = config.integer("call.ready_fd", -1, 1 << 20);
    if (!readyFd) return fail(readyFd.error().message);

    std::signal(SIGPIPE, SIG_IGN);
    useOneAllocator(argv);
    comeFirst();
    claimMainThread();
    gst_init(nullptr, nullptr);
    gst_mix_minus_register(nullptr);
    gst_rung_switch_register(nullptr);
    const auto warm = warmUp();
    if (!warm) return fail(warm.error().message);

    GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
    int status = 0;
    const auto end = [&](int code) {
        status = code;
        g_main_loop_quit(loop);
    };
    auto process = CallProcess::create(config.text("call.socket"), end);
    if (!process) return fail(process.error().message);
    const auto terminated = onUnixSignal(SIGTERM, [&] { end(0); });
    if (*readyFd >= 0) {
        const char ready = '1';
        if (write(static_cast<int>(*readyFd), &ready, 1) != 1) kLog.warning("", "no one waits");
        close(static_cast<int>(*readyFd));
    }
    g_main_loop_run(loop);
    // Legs end on threads of their own; the kernel ends them faster and as thoroughly.
    unlink(config.text("call.socket").c_str());
    _exit(status);
}
