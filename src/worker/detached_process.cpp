#include "src/worker/detached_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("worker");
constexpr int kReadyFd = 3;

void onExit(GPid pid, int status, void*) {
    const std::string context = "pid=" + std::to_string(pid);
    if (WIFSIGNALED(status))
        kLog.warning(context, std::string("killed: ") + strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        kLog.warning(context, "exited with " + std::to_string(WEXITSTATUS(status)));
    else
        kLog.debug(context, "exited");
}

/// The attributes and file actions of posix_spawn, freed together.
class SpawnSetup {
public:
    SpawnSetup(const std::string& logFile, int readyFd) {
        posix_spawnattr_init(&attributes);
        posix_spawn_file_actions_init(&actions);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                  POSIX_SPAWN_SETSIGDEF);
        // First, as the descriptor may have one of the numbers that follow.
        posix_spawn_file_actions_adddup2(&actions, readyFd, kReadyFd);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, logFile.c_str(),
                                         O_WRONLY | O_CREAT | O_APPEND, 0600);
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&actions, kReadyFd + 1);
    }

    ~SpawnSetup() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }

    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;

    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
};

} // namespace

Result<Spawned> spawnDetached(std::vector<std::string> arguments, const std::string& logFile) {
    arguments.insert(arguments.end(), {"--ready-fd", std::to_string(kReadyFd)});
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return Error{ErrorCode::Unavailable, std::string("no pipe: ") + std::strerror(errno)};
    Spawned spawned{0, ends[0]};
    SpawnSetup setup(logFile, ends[1]);
    const int failed =
        posix_spawn(&spawned.pid, argv[0], &setup.actions, &setup.attributes, argv.data(), environ);
    close(ends[1]);
    if (failed != 0) {
        close(ends[0]);
        return Error{ErrorCode::Unavailable,
                     "cannot start " + arguments[0] + ": " + std::strerror(failed)};
    }
    g_child_watch_add(spawned.pid, onExit, nullptr);
    return spawned;
}

} // namespace mullion
