#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "src/call/http_legs.h"
#include "src/call/ports.h"
#include "src/call/registry.h"
#include "src/call/snapshot_requests.h"
#include "src/call/sounds.h"
#include "src/images/image_store.h"
#include "src/worker/supervisor.h"

namespace mullion {

/// The way between a client's device and its legs in a call's process: which leg belongs to whom,
/// and which session is told what. Main-bound.
class Legs : public CallMedia, public Supervisor::Listener {
public:
    struct Device {
        std::string session;
        std::string userId;
    };

    Legs(CallRegistry& registry, EventSink& events);

    /// The processes, which are made after this; once, before anything else.
    void attachSupervisor(Supervisor& supervisor) { supervisor_ = &supervisor; }

    /// Who records calls; without it nobody does.
    void attachRecordings(Recordings& recordings) { recordings_ = &recordings; }

    void attachBroadcasts(Broadcasts& broadcasts) { broadcasts_ = &broadcasts; }

    /// Where the images of programmes are.
    void attachImages(const ImageStore& images) { images_ = &images; }

    /// Who plays sounds into calls.
    void attachSounds(Sounds& sounds) { sounds_ = &sounds; }

    /// Takes over the legs of a process that was found running, and brings it up to date with who
    /// is in the call.
    void adopt(const wire::State& state);

    /// A client's offer of a new leg, by the name `leg` (empty: one of ours). The offer is answered
    /// through the sink, to `ref`, when the process has taken or refused it.
    /// @return TooManyRequests where the user has too many unconnected legs or offers too often,
    /// Conflict for a name that a leg has already, Unavailable where too much waits for the call's
    /// process; then nothing follows.
    Result<void> offer(const Call& call, const Device& from, const std::string& leg,
                       const std::string& sdp, const std::string& ref);
    /// A client's candidate for `leg` (empty: his newest). Unknown legs are ignored.
    /// @return Conflict for a leg that is somebody else's, Unavailable as above.
    Result<void> candidate(const Call& call, const Device& from, const std::string& leg,
                           const wire::CandidateLine& line);

    /// Offers a leg of somebody who watches and is not in the call, by the name `leg`.
    /// @return AtCapacity, Unavailable; then nothing follows.
    Result<void> watch(const std::string& callId, const std::string& leg, const std::string& sdp);

    /// Those whose clients speak HTTP.
    HttpLegs& http() { return http_; }

    /// Pictures of the calls' canvases.
    SnapshotRequests& snapshots() { return snapshots_; }

    /// A device has come: whoever has no media in a call any more is asked to offer again.
    void askForOffers(const Device& device);

    /// How many legs there are, for the metrics.
    std::size_t count() const { return legs_.size(); }

    /// How many messages were refused as their call had no process, for the metrics.
    int refusedMessages() const;

    void start(const Call& call) override;
    void put(const Call& call, const Participant& participant) override;
    void setLayout(const Call& call) override;
    void setCanvas(const Call& call) override;
    void setProgramme(const Call& call) override;
    void setRung(const Call& call, const Participant& participant) override;
    void remove(const std::string& callId, const std::string& userId,
                const std::string& reason) override;
    void stop(const std::string& callId) override;

    void onCallMessage(const std::string& callId, const wire::FromCall& message) override;
    void onCallRestarted(const std::string& callId) override;
    void onCallFailed(const std::string& callId) override;
    void onCallStopped(const std::string& callId) override;

    /// How a call is given a process.
    static wire::StartCall startOf(const Call& call);

private:
    struct Leg {
        std::string callId;
        Device device;
        wire::LegState state = wire::LegState::New;
        /// The `ref` of its offer, until that is answered.
        std::string ref = {};
    };

    void on(const std::string& callId, const wire::Answer& message);
    void on(const std::string& callId, const wire::LocalCandidate& message);
    void on(const std::string& callId, const wire::LegStateChanged& message);
    void on(const std::string& callId, const wire::LegClosed& message);
    void on(const std::string& callId, const wire::LayoutChanged& message);
    void on(const std::string& callId, const wire::Constraints& message);
    void on(const std::string& callId, const wire::SpeakerChanged& message);

    void on(const std::string& callId, const wire::Figures& message);

    void on(const std::string& callId, const wire::RecordingPart& message) {
        if (recordings_) recordings_->onPart(callId, message);
    }

    void on(const std::string& callId, const wire::RecordingEnded& message) {
        if (recordings_) recordings_->onEnded(callId, message);
    }

    void on(const std::string& callId, const wire::RecordingFigures& message) {
        if (recordings_) recordings_->onFigures(callId, message);
    }

    void on(const std::string& callId, const wire::TrackPart& message) {
        if (recordings_) recordings_->onTrack(callId, message);
    }

    void on(const std::string& callId, const wire::SoundStatus& message) {
        if (sounds_) sounds_->onStatus(callId, message);
    }

    void on(const std::string& callId, const wire::BroadcastStatus& message) {
        if (broadcasts_) broadcasts_->onStatus(callId, message);
    }

    void on(const std::string& callId, const wire::BroadcastPart& message) {
        if (broadcasts_) broadcasts_->onPart(callId, message);
    }

    void on(const std::string& callId, const wire::Snapshot& message) {
        snapshots_.onTaken(callId, message);
    }

    void on(const std::string&, const wire::State&) {}

    Leg* find(const std::string& callId, const std::string& leg);
    void tell(const Leg& leg, const std::string& id, const char* type, Json body);
    void answerRef(Leg& leg, const Result<void>& result);
    /// Whether the user may offer now; then it counts.
    bool takeOffer(const std::string& userId);
    void drop(const std::string& id);
    /// Tells the devices that their legs have closed, and forgets them.
    void closeAll(const std::string& callId, const std::string& reason);
    /// Forgets the call's legs; offers that are not answered yet get the error.
    void forgetAll(const std::string& callId, const Error& error);
    bool hasMedia(const std::string& callId, const std::string& userId) const;

    CallRegistry& registry_;
    EventSink& events_;
    Supervisor* supervisor_ = nullptr;
    Recordings* recordings_ = nullptr;
    Broadcasts* broadcasts_ = nullptr;
    const ImageStore* images_ = nullptr;
    Sounds* sounds_ = nullptr;
    SnapshotRequests snapshots_;
    HttpLegs http_;
    std::unordered_map<std::string, Leg> legs_;
    /// By call: its legs, the oldest first.
    std::unordered_map<std::string, std::vector<std::string>> legsOfCall_;
    /// Who offered of late, the oldest first, and how often each.
    std::deque<std::pair<std::chrono::steady_clock::time_point, std::string>> offers_ = {};
    std::unordered_map<std::string, int> offersOfUser_ = {};
};

} // namespace mullion
