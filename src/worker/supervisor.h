#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/worker/call_process.h"
#include "src/worker/port_slices.h"

namespace mullion {

/// Gives each call its mullion-call and keeps it alive. Main-bound.
///
/// One process more than there are calls is kept warm. A process that dies is replaced at once:
/// the new one has the next generation and the same participants. Messages for a call whose process
/// is still starting wait for it.
class Supervisor {
public:
    struct Options {
        CallProcess::Options process;
        /// Where the sockets are; the next mulliond finds the processes there.
        std::string runDir;
        /// UDP ports for all processes, both included; 0 and 0: any.
        int minPort = 0;
        int maxPort = 0;
        int portsPerCall = 64;
        std::vector<std::string> addresses = {};
        /// What the 720p rung is encoded with, bit/s; 0: the usual.
        int bitrate720p = 0;
        int maxDeaths = 3;
        std::chrono::milliseconds deathWindow = std::chrono::seconds(60);
    };

    /// What a call's process does. Nothing is called from inside a call of ours but start().
    class Listener {
    public:
        virtual ~Listener() = default;
        virtual void onCallMessage(const std::string& callId, const wire::FromCall& message) = 0;
        /// The process has died, and every leg with it; another takes its place.
        virtual void onCallRestarted(const std::string& callId) = 0;
        /// It has died too often; the call has no process any more.
        virtual void onCallFailed(const std::string& callId) = 0;
        /// After stopCall(): its process has ended.
        virtual void onCallStopped(const std::string& callId) = 0;
    };

    Supervisor(Options options, Listener& listener);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Claims what an earlier mulliond left running; blocks until all have answered; who does
    /// not within a second is killed. `start` says how a call is started, and nothing for a call
    /// that is not known: its process is stopped. @return the state of each adopted call's process.
    std::vector<wire::State>
    adopt(const std::function<std::optional<wire::StartCall>(const wire::State&)>& start);

    /// Keeps a spare process from now on.
    void keepSpare();

    /// Gives a call a process; ports, addresses, bitrate and generation are filled in
    /// here.
    void startCall(wire::StartCall start);
    void stopCall(const std::string& callId);
    /// Who is in the call, and how it looks, is remembered for the process that may follow. @return
    /// Unavailable where the call has no process yet and too much waits for it; the message is
    /// then forgotten.
    Result<void> send(const std::string& callId, const wire::ToCall& message);

    /// Asks the process that the call has now; nothing is kept for one that is to come.
    /// @return Unavailable where it has none.
    Result<void> ask(const std::string& callId, const wire::ToCall& message);

    bool hasCall(const std::string& callId) const { return slots_.contains(callId); }

    /// Whether a call that is made now finds its process warm.
    bool hasSpare() const { return spare_ && spare_->isReady(); }

    /// Whether calls find a process: the spare is warm, or one is starting as others did before.
    bool isReady() const { return hasSpare() || (spare_ && worked_ && backoff_.count() == 0); }

    /// How many processes died, for the metrics.
    int deaths() const { return deaths_; }

    /// How many messages send() refused, for the metrics.
    int refusedMessages() const { return refusedMessages_; }

    /// Ends the spare, and with `stopCalls` the calls' processes too.
    void shutdown(bool stopCalls);

private:
    using Clock = std::chrono::steady_clock;

    /// A call and its process, if it has one already.
    struct Slot {
        wire::StartCall start = {};
        std::map<std::string, wire::PutParticipant> people = {};
        std::map<std::string, wire::SetRung> rungs = {};
        std::optional<wire::SetProgramme> programme = {};
        std::unique_ptr<CallProcess> process = {};
        /// In order, until the process is there; see keep().
        std::deque<wire::ToCall> pending = {};
        std::size_t pendingBytes = 0;
        /// How many were refused since the call has been without a process.
        int refused = 0;
        std::deque<Clock::time_point> deaths = {};
    };

    CallProcess::Callbacks callbacksOf(const std::shared_ptr<CallProcess*>& handle);
    void onMessage(CallProcess* process, const wire::FromCall& message);
    void onGone(CallProcess* process, const std::string& why);
    void onSpareReady();
    void onCallDied(const std::string& callId);
    /// Keeps what a process that follows has to know as well. @return whether it is that.
    static bool remember(Slot& slot, const wire::ToCall& message);
    /// Keeps a message for a process that is still starting: a leg's offer and first candidates,
    /// and of a call no more than some MiB.
    static Result<void> keep(Slot& slot, const wire::ToCall& message);
    /// Starts the next spare when the caller has returned.
    void spawnSpareSoon();
    void spawnSpare();
    void give(const std::string& callId, Slot& slot);
    void retire(std::unique_ptr<CallProcess> process, const std::string& callId = {});

    Options options_;
    Listener& listener_;
    PortSlices slices_;
    std::unordered_map<std::string, Slot> slots_;
    std::unordered_map<CallProcess*, std::string> callOf_;
    std::unique_ptr<CallProcess> spare_;
    /// Calls that wait for a process, the oldest first.
    std::deque<std::string> waiting_;

    struct Stopping {
        std::unique_ptr<CallProcess> process;
        /// Of which call; empty: of none.
        std::string callId;
    };

    /// Told to stop, until they have.
    std::unordered_map<CallProcess*, Stopping> stopping_;
    bool keepsSpare_ = false;
    std::chrono::milliseconds backoff_{0};
    Source respawn_;
    /// A spare has become warm before.
    bool worked_ = false;
    int deaths_ = 0;
    int refusedMessages_ = 0;
    /// For callbacks that may come after the end.
    std::shared_ptr<Supervisor*> self_ = std::make_shared<Supervisor*>(this);
};

} // namespace mullion
