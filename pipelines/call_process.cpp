#include "pipelines/call_process.h"

#include <fstream>
#include <sys/prctl.h>
#include <unistd.h>

#include "src/base/json_values.h"
#include "src/base/log.h"
#include "src/wire/from_call.h"

namespace mullion {

using namespace std::chrono_literals;

namespace {

constexpr Log kLog("process");
constexpr auto kOrphanedFor = 60s;
/// The owner waits ten seconds for the end.
constexpr auto kMaxStop = 8s;

std::string bootId() {
    std::string id;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
    return id;
}

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

/// Clang deduces it by itself from 17 on.
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

} // namespace

CallProcess::CallProcess(std::function<void(int)> onEnd)
    : onEnd_(std::move(onEnd)) {}

Result<std::unique_ptr<CallProcess>> CallProcess::create(const std::string& socketPath,
                                                         std::function<void(int)> onEnd) {
    std::unique_ptr<CallProcess> process(new CallProcess(std::move(onEnd)));
    process->listener_ = TRY(wire::Listener::create(
        socketPath, [self = process.get()](int fd) { self->onConnection(fd); }));
    process->onOwnerGone("waiting for the first owner");
    return process;
}

void CallProcess::onConnection(int fd) {
    if (owner_ && !owner_->peerGone()) {
        kLog.warning("", "a second owner is refused");
        ::close(fd);
        return;
    }
    dropping_.cancel();
    refused_ = false;
    claimed_ = false;
    owner_ = std::make_unique<wire::Channel>(
        fd, [this](const Json& json) { onMessage(json); },
        [this](const std::string& why) { onOwnerGone(why); });
}

void CallProcess::onOwnerGone(const std::string& why) {
    kLog.info("", "no owner: " + why);
    claimed_ = false;
    owner_.reset();
    // Runs on until somebody claims the process, not only connects.
    orphaned_ = after(kOrphanedFor, [this] {
        kLog.warning("", "nobody has claimed this process for a minute; it ends");
        stop();
    });
}

void CallProcess::refuseOwner(const std::string& why) {
    kLog.error("", "owner refused: " + why);
    refused_ = true;
    // Not from inside its own callback.
    dropping_ = after(0ms, [this, why] { onOwnerGone(why); });
}

void CallProcess::onMessage(const Json& json) {
    if (refused_) return;
    const auto message = wire::decodeToCall(json);
    if (!message) return refuseOwner(message.error().message);
    handle(*message);
}

void CallProcess::handle(const wire::ToCall& message) {
    if (const auto* claim = std::get_if<wire::Claim>(&message)) {
        if (claim->protocol != wire::kProtocol)
            return refuseOwner("it speaks protocol " + std::to_string(claim->protocol));
        claimed_ = true;
        orphaned_.cancel();
        kLog.info("", "claimed by " + claim->owner);
        return tell(state());
    }
    if (!claimed_) return refuseOwner("it must claim the process first");
    if (std::get_if<wire::Stop>(&message)) return stop();
    if (const auto* start = std::get_if<wire::StartCall>(&message)) return startCall(*start);
    if (!call_) return refuseOwner("there is no call yet");
    std::visit(Overloaded{
                   [this](const wire::PutParticipant& m) { call_->put(m); },
                   [this](const wire::RemoveParticipant& m) { call_->remove(m); },
                   [this](const wire::Offer& m) { call_->offer(m); },
                   [this](const wire::RemoteCandidate& m) { call_->addCandidate(m); },
                   [this](const wire::CloseLeg& m) { call_->closeLeg(m.leg, m.reason); },
                   [this](const wire::SetLayout& m) { call_->setLayout(m.layout); },
                   [this](const wire::SetCanvas& m) { call_->setCanvas(m.canvas); },
                   [this](const wire::SetRung& m) { call_->setRung(m); },
                   [this](const wire::StartRecording& m) { call_->startRecording(m); },
                   [this](const wire::PauseRecording& m) { call_->outputs().pause(m); },
                   [this](const wire::ResumeRecording& m) { call_->outputs().resume(m); },
                   [this](const wire::StopRecording& m) { call_->outputs().stop(m); },
                   [this](const wire::StartBroadcast& m) { call_->startBroadcast(m); },
                   [this](const wire::StopBroadcast& m) { call_->outputs().stop(m); },
                   [this](const wire::SetProgramme& m) { call_->setProgramme(m); },
                   [this](const wire::PlaySound& m) { call_->play(m); },
                   [this](const wire::StopSound& m) { call_->stop(m); },
                   [this](const wire::TakeSnapshot& m) { call_->takeSnapshot(m); },
                   [](const auto&) {},
               },
               message);
}

/// Ends once what is being recorded is closed, or does not close in time.
void CallProcess::stop() {
    const auto end = [this] {
        call_.reset();
        onEnd_(0);
    };
    if (!call_) return end();
    if (stopping_) return;
    stopping_ = after(kMaxStop, end);
    call_->outputs().stopAll([this, end] { stopping_ = after(0ms, end); });
}

void CallProcess::startCall(const wire::StartCall& start) {
    if (call_) return refuseOwner("the process has a call already");
    auto call = Call::create(
        start, [this](const wire::FromCall& message) { tell(message); },
        [this](const std::string& why) {
            kLog.error("", "the mix has failed: " + why);
            onEnd_(1);
        });
    if (!call) {
        kLog.error("call=" + start.callId, call.error().message);
        return onEnd_(1);
    }
    call_ = std::move(*call);
    kLog.info("call=" + start.callId, "started, generation " + std::to_string(start.generation));
    prctl(PR_SET_NAME, "mullion-call");
}

void CallProcess::tell(const wire::FromCall& message) {
    if (owner_ && claimed_) wire::send(*owner_, message);
}

wire::State CallProcess::state() const {
    wire::State state = call_ ? call_->state() : wire::State{};
    state.pid = getpid();
    state.bootId = bootId();
    return state;
}

} // namespace mullion
