#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/base/main_loop.h"
#include "src/wire/channel.h"
#include "src/wire/messages.h"

namespace mullion {

/// One mullion-call: started by us, or found running. Main-bound.
///
/// spawn() ──its ready byte──▶ connect, Claim ──State──▶ ready ──▶ gone
/// adopt() ──────────────────────────▲
///
/// Destroying it closes the socket alone: the process lives on for the next owner.
class CallProcess {
public:
    struct Options {
        /// The program.
        std::string binary;
        /// What its stdout and stderr are appended to.
        std::string logFile;
        std::string logLevel = "info";
        /// Who we are, to the process.
        std::string owner;
    };

    struct Callbacks {
        /// Once: the process is ours and this is what it holds.
        std::function<void(const wire::State&)> onReady;
        std::function<void(const wire::FromCall&)> onMessage;
        /// Once, when the process has exited, with the reason; may destroy the object.
        std::function<void(const std::string&)> onGone;
    };

    /// Starts a process that will listen at `path`. It has its own session, so that a Ctrl-C is
    /// not for it, and a log file of its own, so that it can outlive us. @return Unavailable.
    static Result<std::unique_ptr<CallProcess>> spawn(const Options& options,
                                                      const std::string& path, Callbacks callbacks);
    /// Claims the process that listens at `path`. @return Unavailable where none does.
    static Result<std::unique_ptr<CallProcess>> adopt(const Options& options,
                                                      const std::string& path, Callbacks callbacks);
    ~CallProcess();
    CallProcess(const CallProcess&) = delete;
    CallProcess& operator=(const CallProcess&) = delete;

    /// Only once it is ready.
    void send(const wire::ToCall& message);

    /// Asks it to end, and kills it if it does not within ten seconds; onGone follows.
    void stop();

    bool isReady() const { return ready_; }

    int pid() const { return pid_; }

    const std::string& path() const { return path_; }

private:
    CallProcess(const Options& options, std::string path, Callbacks callbacks);
    Result<void> connect(std::chrono::seconds deadline);
    /// Makes `pid` ours to watch and to kill, even if its number is used again.
    void hold(int pid);
    void killIt();
    void onStarted(bool ready);
    void onJson(const Json& json);
    /// The conversation is over: sees to it that the process is too, then finish().
    void gone(const std::string& why);
    void finish(const std::string& why);

    std::string owner_;
    std::string path_;
    Callbacks callbacks_;
    int pid_ = 0;
    int pidFd_ = -1;
    int readyFd_ = -1;
    bool ready_ = false;
    bool stopping_ = false;
    bool gone_ = false;
    Source readiness_ = {};
    Source exit_ = {};
    Source deadline_ = {};
    std::unique_ptr<wire::Channel> channel_ = {};
};

} // namespace mullion
