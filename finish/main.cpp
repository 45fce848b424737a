// mullion-finish: makes a recording's file, closed or cut off, one that plays everywhere.
#include <csignal>
#include <cstdio>
#include <cstring>

#include "finish/finish.h"
#include "finish/libav.h"

using namespace mullion;

namespace {

/// A broken file asks for any amount of memory.
constexpr std::size_t kMaxAllocation = std::size_t{256} << 20;

/// As --help has them.
int exitCodeOf(ErrorCode code) {
    switch (code) {
    case ErrorCode::BadRequest:
        return 1;
    case ErrorCode::UnsupportedMedia:
        return 2;
    case ErrorCode::StorageFull:
        return 3;
    case ErrorCode::NotFound:
        return 4;
    default:
        return 5;
    }
}

int fail(const Error& error) {
    std::fprintf(stderr, "mullion-finish: %s\n", error.message.c_str());
    return exitCodeOf(error.code);
}

} // namespace

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--help") == 0) return std::fputs(finish::kHelp, stdout) < 0;
        if (std::strcmp(argv[i], "--version") == 0)
            return std::printf("mullion-finish %s\n", MULLION_VERSION) < 0;
    }
    // Writing more than a file may have is an error as a full disk is.
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    // Libav tells of every broken byte.
    av_log_set_level(AV_LOG_QUIET);
    av_max_alloc(kMaxAllocation);
    const auto arguments = finish::argumentsFrom({argv + 1, argv + argc});
    if (!arguments) return fail(arguments.error());
    const auto line = finish::finish(*arguments);
    if (!line) return fail(line.error());
    std::printf("%s\n", line->c_str());
    return 0;
}
