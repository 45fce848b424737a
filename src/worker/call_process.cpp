#include "src/worker/call_process.h"

#include <csignal>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/json_values.h"
#include "src/base/log.h"
#include "src/wire/from_call.h"
#include "src/worker/detached_process.h"

namespace mullion {

namespace {

constexpr Log kLog("worker");

/// Generous: on a busy machine GStreamer's registry alone can take seconds.
constexpr std::chrono::seconds kStartDeadline{30};
constexpr std::chrono::seconds kClaimDeadline{10};
/// A process that was found running is warm; mulliond does not listen before it has answered.
constexpr std::chrono::seconds kAdoptDeadline{1};
constexpr std::chrono::seconds kStopDeadline{10};

int peerPid(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

} // namespace

CallProcess::CallProcess(const Options& options, std::string path, Callbacks callbacks)
    : owner_(options.owner)
    , path_(std::move(path))
    , callbacks_(std::move(callbacks)) {}

CallProcess::~CallProcess() {
    readiness_.cancel();
    exit_.cancel();
    if (readyFd_ >= 0) close(readyFd_);
    if (pidFd_ >= 0) close(pidFd_);
}

void CallProcess::hold(int pid) {
    pid_ = pid;
    if (pidFd_ >= 0) close(pidFd_);
    pidFd_ = pid > 0 ? static_cast<int>(syscall(SYS_pidfd_open, pid, 0)) : -1;
}

void CallProcess::killIt() {
    if (pidFd_ >= 0)
        syscall(SYS_pidfd_send_signal, pidFd_, SIGKILL, nullptr, 0);
    else if (pid_ > 0)
        kill(pid_, SIGKILL);
}

Result<std::unique_ptr<CallProcess>>
CallProcess::spawn(const Options& options, const std::string& path, Callbacks callbacks) {
    const Spawned spawned = TRY(spawnDetached(
        {options.binary, "--socket", path, "--log-level", options.logLevel}, options.logFile));
    std::unique_ptr<CallProcess> process(new CallProcess(options, path, std::move(callbacks)));
    process->hold(spawned.pid);
    process->readyFd_ = spawned.readyFd;
    process->readiness_ = watchFd(spawned.readyFd, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP),
                                  [raw = process.get()](GIOCondition) {
                                      char byte = 0;
                                      raw->onStarted(read(raw->readyFd_, &byte, 1) == 1);
                                      return false;
                                  });
    process->deadline_ =
        after(kStartDeadline, [raw = process.get()] { raw->gone("it was not ready in time"); });
    return process;
}

Result<std::unique_ptr<CallProcess>>
CallProcess::adopt(const Options& options, const std::string& path, Callbacks callbacks) {
    std::unique_ptr<CallProcess> process(new CallProcess(options, path, std::move(callbacks)));
    TRY(process->connect(kAdoptDeadline));
    return process;
}

void CallProcess::onStarted(bool ready) {
    // The watch ends by itself when its callback returns.
    readiness_ = Source();
    close(readyFd_);
    readyFd_ = -1;
    deadline_.cancel();
    if (!ready) return gone("it ended before it was ready; its log has why");
    if (const auto connected = connect(kClaimDeadline); !connected) gone(connected.error().message);
}

Result<void> CallProcess::connect(std::chrono::seconds deadline) {
    const int fd = TRY(wire::Channel::connectTo(path_));
    // The process at the other end, also if it was started by a mulliond before us.
    hold(peerPid(fd));
    channel_ = std::make_unique<wire::Channel>(
        fd, [this](const Json& json) { onJson(json); },
        [this](const std::string& why) { gone(why); });
    channel_->send(wire::encode(wire::ToCall(wire::Claim{wire::kProtocol, owner_})));
    deadline_ = after(deadline, [this] { gone("it does not answer"); });
    return {};
}

void CallProcess::onJson(const Json& json) {
    const auto message = wire::receive(*channel_, json);
    if (!message) {
        // Media comes from strangers: a process that talks nonsense may be theirs.
        stopping_ = false;
        return gone("it sent what we do not know: " + message.error().message);
    }
    const auto* state = std::get_if<wire::State>(&*message);
    if (!state) return callbacks_.onMessage(*message);
    if (ready_) return;
    if (state->protocol != wire::kProtocol) {
        // Ours is the newer one, and the call's clients can come back to a process that we know.
        return gone("it speaks protocol " + std::to_string(state->protocol));
    }
    deadline_.cancel();
    ready_ = true;
    callbacks_.onReady(*state);
}

void CallProcess::send(const wire::ToCall& message) {
    if (channel_) channel_->send(wire::encode(message));
}

void CallProcess::stop() {
    if (stopping_) return;
    stopping_ = true;
    if (!channel_) {
        // Not ready yet: nothing is in it that would have to be closed.
        killIt();
        return;
    }
    send(wire::Stop{});
    deadline_ = after(kStopDeadline, [this] {
        kLog.warning("pid=" + std::to_string(pid_), "did not stop; killed");
        killIt();
    });
}

void CallProcess::gone(const std::string& why) {
    if (gone_) return;
    gone_ = true;
    ready_ = false;
    readiness_.cancel();
    channel_.reset();
    // As long as it runs its ports are in use. One that was told to stop has its time to do so.
    if (!stopping_) {
        deadline_.cancel();
        killIt();
    }
    if (pidFd_ < 0) return finish(why);
    exit_ = watchFd(pidFd_, G_IO_IN, [this, why](GIOCondition) {
        // The watch ends by itself when its callback returns.
        exit_ = Source();
        finish(why);
        return false;
    });
}

void CallProcess::finish(const std::string& why) {
    deadline_.cancel();
    // The callback may destroy this object; call a copy.
    const auto onGone = callbacks_.onGone;
    onGone(why);
}

} // namespace mullion
