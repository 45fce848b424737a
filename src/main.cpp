// mulliond: the control plane of one node.
#include <csignal>
#include <cstdio>
#include <cstring>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/auth/api_keys.h"
#include "src/base/gref.h"
#include "src/base/log.h"
#include "src/base/main_loop.h"
#include "src/mulliond.h"
#include "src/settings.h"

using namespace mullion;

namespace {

constexpr Log kLog("mulliond");

constexpr const char* kIntroduction =
    "mulliond, the control plane of mullion: calls over REST and WebSocket.\n\n"
    "mulliond --make-api-key NAME [admin] makes a key for a service.\n"
    "Every option is also a setting of the file and a variable MULLION_GROUP_KEY;\n"
    "docs/configuration.md lists them all.\n\n";

bool has(int argc, char** argv, const char* flag) {
    for (int i = 1; i < argc; ++i)
        if (std::strcmp(argv[i], flag) == 0) return true;
    return false;
}

int fail(const Error& error) {
    std::fprintf(stderr, "mulliond: %s\n", error.message.c_str());
    return 1;
}

/// `--make-api-key NAME [admin]`: the key goes to the service, the line to auth.api_keys_file.
int makeApiKey(int argc, char** argv) {
    const bool isAdmin = argc == 4 && std::strcmp(argv[3], "admin") == 0;
    if (std::strcmp(argv[1], "--make-api-key") != 0 || (argc != 3 && !isAdmin)) {
        std::fprintf(stderr, "usage: mulliond --make-api-key NAME [admin]\n");
        return 2;
    }
    const auto made = ApiKeys::make(argv[2], isAdmin ? Scope::Admin : Scope::Service);
    if (!made) return fail(made.error());
    std::printf("%s\n", made->line.c_str());
    std::fprintf(stderr,
                 "The line above is for auth.api_keys_file; the key is shown only now: %s\n",
                 made->key.c_str());
    return 0;
}

/// Every device and every call has a descriptor; the usual 1024 are soon used up.
void raiseDescriptorLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void configureLogFrom(const Config& config) {
    const std::string& format = config.text("log.format");
    const bool text = format == "text" || (format != "json" && isatty(STDERR_FILENO));
    configureLog(logLevelFromName(config.text("log.level")),
                 text ? LogFormat::Text : LogFormat::Json);
}

std::string urlOf(const std::string& scheme, const std::string& address, int port) {
    const bool sixth = address.find(':') != std::string::npos;
    return scheme + "://" + (sixth ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

} // namespace

int main(int argc, char** argv) {
    Config config = mulliondConfig();
    if (has(argc, argv, "--help")) {
        std::printf("%s%s", kIntroduction, config.usage().c_str());
        return 0;
    }
    if (has(argc, argv, "--version")) {
        std::printf("mulliond %s\n", MULLION_VERSION);
        return 0;
    }
    if (has(argc, argv, "--make-api-key")) return makeApiKey(argc, argv);
    claimMainThread();
    std::signal(SIGPIPE, SIG_IGN);
    umask(077);
    raiseDescriptorLimit();
    if (const auto read = readAll(config, argc, argv); !read) return fail(read.error());
    configureLogFrom(config);
    const auto settings = Settings::from(config);
    if (!settings) return fail(settings.error());
    const auto mulliond = Mulliond::start(*settings);
    if (!mulliond) return fail(mulliond.error());
    kLog.info("", "listening on " + urlOf((*mulliond)->isSecure() ? "https" : "http",
                                          settings->http.listen, (*mulliond)->port()));

    const GPtr<GMainLoop, g_main_loop_unref> loop(g_main_loop_new(nullptr, FALSE));
    bool stopCalls = false;
    // A service manager's stop leaves the calls for the next mulliond; a person's Ctrl-C does not.
    const Source onTerminate = onUnixSignal(SIGTERM, [&] { g_main_loop_quit(loop.get()); });
    const Source onInterrupt = onUnixSignal(SIGINT, [&] {
        stopCalls = true;
        g_main_loop_quit(loop.get());
    });
    g_main_loop_run(loop.get());
    kLog.info("", stopCalls ? "ending, with all calls' processes"
                            : "ending; the calls' processes wait for the next mulliond");
    (*mulliond)->shutdown(stopCalls);
    return 0;
}
