#include "src/worker/supervisor.h"

#include <algorithm>
#include <filesystem>
#include <unistd.h>
#include <utility>

#include "src/base/ids.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("worker");
constexpr std::chrono::seconds kAdoptDeadline{2};
constexpr std::chrono::seconds kMaxBackoff{30};
constexpr int kMaxPendingCandidates = 64;
constexpr std::size_t kMaxPendingBytes = std::size_t{4} * 1024 * 1024;

std::size_t sizeOf(const wire::ToCall& message) {
    if (const auto* offer = std::get_if<wire::Offer>(&message)) return offer->sdp.size();
    if (const auto* candidate = std::get_if<wire::RemoteCandidate>(&message))
        return candidate->leg.size() + candidate->line.candidate.size();
    return 0;
}

std::vector<std::string> socketsIn(const std::string& directory) {
    std::vector<std::string> paths;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(directory, failed))
        if (entry.path().extension() == ".sock") paths.push_back(entry.path().string());
    return paths;
}

} // namespace

Supervisor::Supervisor(Options options, Listener& listener)
    : options_(std::move(options))
    , listener_(listener)
    , slices_(options_.minPort, options_.maxPort, options_.portsPerCall) {}

Supervisor::~Supervisor() = default;

CallProcess::Callbacks Supervisor::callbacksOf(const std::shared_ptr<CallProcess*>& handle) {
    return {[this](const wire::State&) { onSpareReady(); },
            [this, handle](const wire::FromCall& message) { onMessage(*handle, message); },
            [this, handle](const std::string& why) { onGone(*handle, why); }};
}

std::vector<wire::State>
Supervisor::adopt(const std::function<std::optional<wire::StartCall>(const wire::State&)>& start) {
    struct Found {
        std::unique_ptr<CallProcess> process;
        std::optional<wire::State> state;
        bool gone = false;
        /// What comes behind the State, before its call is known to be ours.
        std::vector<wire::FromCall> early = {};
    };

    std::vector<std::shared_ptr<Found>> found;
    std::vector<std::shared_ptr<CallProcess*>> handles;
    for (const std::string& path : socketsIn(options_.runDir)) {
        auto entry = std::make_shared<Found>();
        auto handle = std::make_shared<CallProcess*>(nullptr);
        // Weakly: the entry owns the process, and that its callbacks.
        const std::weak_ptr<Found> weak = entry;
        auto process = CallProcess::adopt(options_.process, path,
                                          {[weak](const wire::State& state) {
                                               if (const auto self = weak.lock())
                                                   self->state = state;
                                           },
                                           [this, handle, weak](const wire::FromCall& message) {
                                               if (*handle)
                                                   onMessage(*handle, message);
                                               else if (const auto self = weak.lock())
                                                   self->early.push_back(message);
                                           },
                                           [this, handle, weak](const std::string& why) {
                                               if (const auto self = weak.lock()) self->gone = true;
                                               if (*handle) onGone(*handle, why);
                                           }});
        if (!process) {
            kLog.info("", "stale socket removed: " + path);
            unlink(path.c_str());
            continue;
        }
        entry->process = std::move(*process);
        found.push_back(entry);
        handles.push_back(handle);
    }
    const auto deadline = Clock::now() + kAdoptDeadline;
    const Source tick = every(std::chrono::milliseconds(50), [] { return true; });
    const auto pending = [](const auto& entry) {
        return !entry->gone && !entry->process->isReady();
    };
    while (Clock::now() < deadline && std::any_of(found.begin(), found.end(), pending))
        g_main_context_iteration(nullptr, TRUE);

    std::vector<wire::State> adopted;
    for (std::size_t i = 0; i < found.size(); ++i) {
        Found& entry = *found[i];
        CallProcess* process = entry.process.get();
        if (entry.gone || !process->isReady()) {
            kLog.warning("pid=" + std::to_string(process->pid()), "not adopted: no answer");
            unlink(process->path().c_str());
            continue;
        }
        *handles[i] = process;
        slices_.claim(PortSlices::sliceOf(process->path()));
        const std::string context = "pid=" + std::to_string(process->pid()) +
                                    (entry.state->callId.empty() ? "" : " call=") +
                                    entry.state->callId;
        if (entry.state->callId.empty() && !spare_) {
            spare_ = std::move(entry.process);
            continue;
        }
        auto startCall = entry.state->callId.empty() ? std::nullopt : start(*entry.state);
        if (!startCall || slots_.contains(startCall->callId)) {
            kLog.info(context, "nobody's; stopped");
            retire(std::move(entry.process));
            continue;
        }
        kLog.info(context, "adopted with " + std::to_string(entry.state->legs.size()) + " legs");
        Slot& slot = slots_[startCall->callId];
        slot.start = std::move(*startCall);
        slot.start.generation = entry.state->generation;
        slot.process = std::move(entry.process);
        callOf_[process] = slot.start.callId;
        adopted.push_back(std::move(*entry.state));
        for (const wire::FromCall& message : entry.early)
            postToMain([this, process, message] { onMessage(process, message); });
    }
    return adopted;
}

void Supervisor::keepSpare() {
    keepsSpare_ = true;
    spawnSpare();
}

void Supervisor::spawnSpare() {
    if (!keepsSpare_ || spare_ || respawn_) return;
    const auto slice = slices_.take();
    if (!slice) return kLog.warning("", "no UDP ports are left for another call");
    const std::string path = options_.runDir + '/' + PortSlices::socketName(*slice, newId());
    auto handle = std::make_shared<CallProcess*>(nullptr);
    auto process = CallProcess::spawn(options_.process, path, callbacksOf(handle));
    if (!process) {
        slices_.release(*slice);
        kLog.error("", process.error().message);
        backoff_ = std::clamp<std::chrono::milliseconds>(backoff_ * 2, std::chrono::seconds(1),
                                                         kMaxBackoff);
        respawn_ = after(backoff_, [this] {
            respawn_ = Source();
            spawnSpare();
        });
        return;
    }
    spare_ = std::move(*process);
    *handle = spare_.get();
}

void Supervisor::onSpareReady() {
    backoff_ = std::chrono::milliseconds(0);
    worked_ = true;
    kLog.debug("pid=" + std::to_string(spare_->pid()), "spare process is warm");
    while (!waiting_.empty() && hasSpare()) {
        const std::string callId = waiting_.front();
        waiting_.pop_front();
        const auto slot = slots_.find(callId);
        if (slot != slots_.end() && !slot->second.process) give(callId, slot->second);
    }
}

/// Makes the warm spare the process of a call, or lets the call wait for it.
void Supervisor::give(const std::string& callId, Slot& slot) {
    if (!hasSpare()) {
        waiting_.push_back(callId);
        return spawnSpare();
    }
    slot.process = std::move(spare_);
    CallProcess& process = *slot.process;
    callOf_[&process] = callId;
    const auto ports = slices_.rangeOf(PortSlices::sliceOf(process.path()));
    slot.start.minPort = ports.min;
    slot.start.maxPort = ports.max;
    slot.start.addresses = options_.addresses;
    slot.start.bitrate = options_.bitrate720p;
    kLog.info("call=" + callId + " pid=" + std::to_string(process.pid()),
              "process given, generation " + std::to_string(slot.start.generation));
    process.send(slot.start);
    if (slot.programme) process.send(*slot.programme);
    for (const auto& [user, participant] : slot.people)
        process.send(participant);
    for (const auto& [user, rung] : slot.rungs)
        process.send(rung);
    for (const wire::ToCall& message : slot.pending)
        process.send(message);
    slot.pending.clear();
    slot.pendingBytes = 0;
    if (slot.refused > 0)
        kLog.warning("call=" + callId, std::to_string(std::exchange(slot.refused, 0)) +
                                           " messages were refused while it had no process");
    // Not at once: what the call does first should not wait for a process to start.
    spawnSpareSoon();
}

void Supervisor::spawnSpareSoon() {
    postToMain([this] { spawnSpare(); });
}

void Supervisor::startCall(wire::StartCall start) {
    const std::string callId = start.callId;
    if (slots_.contains(callId)) return;
    Slot& slot = slots_[callId];
    slot.start = std::move(start);
    give(callId, slot);
}

void Supervisor::stopCall(const std::string& callId) {
    const auto slot = slots_.find(callId);
    if (slot == slots_.end()) return;
    auto process = std::move(slot->second.process);
    slots_.erase(slot);
    if (!process)
        return postToMain([weak = std::weak_ptr(self_), callId] {
            if (const auto self = weak.lock()) (*self)->listener_.onCallStopped(callId);
        });
    callOf_.erase(process.get());
    retire(std::move(process), callId);
}

Result<void> Supervisor::send(const std::string& callId, const wire::ToCall& message) {
    const auto found = slots_.find(callId);
    if (found == slots_.end()) return {};
    Slot& slot = found->second;
    const bool remembered = remember(slot, message);
    if (slot.process) {
        slot.process->send(message);
        return {};
    }
    if (remembered) return {};
    auto kept = keep(slot, message);
    if (kept) return {};
    ++refusedMessages_;
    // The first tells; how many followed is told when the process is there.
    if (++slot.refused == 1) kLog.warning("call=" + callId, kept.error().message);
    return kept;
}

Result<void> Supervisor::ask(const std::string& callId, const wire::ToCall& message) {
    const auto found = slots_.find(callId);
    if (found == slots_.end() || !found->second.process)
        return Error{ErrorCode::Unavailable, "the call has no media process at the moment"};
    found->second.process->send(message);
    return {};
}

bool Supervisor::remember(Slot& slot, const wire::ToCall& message) {
    if (const auto* put = std::get_if<wire::PutParticipant>(&message)) {
        slot.people[put->userId] = *put;
    } else if (const auto* remove = std::get_if<wire::RemoveParticipant>(&message)) {
        slot.people.erase(remove->userId);
        slot.rungs.erase(remove->userId);
    } else if (const auto* rung = std::get_if<wire::SetRung>(&message)) {
        slot.rungs[rung->userId] = *rung;
    } else if (const auto* layout = std::get_if<wire::SetLayout>(&message)) {
        slot.start.layout = layout->layout;
    } else if (const auto* programme = std::get_if<wire::SetProgramme>(&message)) {
        slot.programme = *programme;
    } else if (const auto* canvas = std::get_if<wire::SetCanvas>(&message)) {
        slot.start.canvas = canvas->canvas;
    } else {
        return false;
    }
    return true;
}

Result<void> Supervisor::keep(Slot& slot, const wire::ToCall& message) {
    if (const auto* candidate = std::get_if<wire::RemoteCandidate>(&message)) {
        const auto known =
            std::count_if(slot.pending.begin(), slot.pending.end(), [&](const wire::ToCall& other) {
                const auto* earlier = std::get_if<wire::RemoteCandidate>(&other);
                return earlier && earlier->leg == candidate->leg;
            });
        if (known >= kMaxPendingCandidates)
            return Error{ErrorCode::Unavailable,
                         "the call's process is still starting; too many candidates wait for it"};
    }
    if (slot.pendingBytes + sizeOf(message) > kMaxPendingBytes)
        return Error{ErrorCode::Unavailable,
                     "the call's process is still starting; too much waits for it"};
    slot.pending.push_back(message);
    slot.pendingBytes += sizeOf(message);
    return {};
}

void Supervisor::onMessage(CallProcess* process, const wire::FromCall& message) {
    const auto call = callOf_.find(process);
    if (call == callOf_.end()) return;
    const std::string callId = call->second;
    listener_.onCallMessage(callId, message);
}

void Supervisor::onGone(CallProcess* process, const std::string& why) {
    const std::string context = "pid=" + std::to_string(process->pid());
    // A process that was killed left its socket behind.
    unlink(process->path().c_str());
    slices_.release(PortSlices::sliceOf(process->path()));
    // The slice may be the one that the spare lacked.
    spawnSpareSoon();
    if (const auto stopped = stopping_.find(process); stopped != stopping_.end()) {
        const std::string callId = stopped->second.callId;
        stopping_.erase(stopped);
        if (!callId.empty()) listener_.onCallStopped(callId);
        return;
    }
    ++deaths_;
    if (spare_.get() == process) {
        kLog.error(context, "the spare process has gone: " + why);
        spare_.reset();
        backoff_ = std::clamp<std::chrono::milliseconds>(backoff_ * 2, std::chrono::seconds(1),
                                                         kMaxBackoff);
        respawn_ = after(backoff_, [this] {
            respawn_ = Source();
            spawnSpare();
        });
        return;
    }
    const auto call = callOf_.find(process);
    if (call == callOf_.end()) return;
    const std::string callId = call->second;
    kLog.error("call=" + callId + ' ' + context, "the process has gone: " + why);
    callOf_.erase(call);
    onCallDied(callId);
}

void Supervisor::onCallDied(const std::string& callId) {
    Slot& slot = slots_.at(callId);
    slot.process.reset();
    // What was on its way meant legs that are gone with the process.
    slot.pending.clear();
    slot.pendingBytes = 0;
    const auto time = Clock::now();
    slot.deaths.push_back(time);
    while (slot.deaths.front() + options_.deathWindow < time)
        slot.deaths.pop_front();
    if (static_cast<int>(slot.deaths.size()) >= options_.maxDeaths) {
        slots_.erase(callId);
        return listener_.onCallFailed(callId);
    }
    ++slot.start.generation;
    give(callId, slot);
    listener_.onCallRestarted(callId);
}

void Supervisor::retire(std::unique_ptr<CallProcess> process, const std::string& callId) {
    CallProcess* raw = process.get();
    stopping_[raw] = {std::move(process), callId};
    raw->stop();
}

void Supervisor::shutdown(bool stopCalls) {
    keepsSpare_ = false;
    if (spare_) spare_->stop();
    if (!stopCalls) return;
    for (auto& [callId, slot] : slots_)
        if (slot.process) slot.process->stop();
}

} // namespace mullion
