#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "src/base/main_loop.h"
#include "src/recordings/archive.h"
#include "src/recordings/finisher.h"
#include "src/recordings/uploader.h"

namespace mullion {

/// The recordings of calls, from their beginning to their end in the archive. Main-bound.
///
/// A call's process writes files of which all but the last second plays whatever dies; each is made
/// seekable here once nobody writes to it. So there is one path for a recording that is stopped,
/// one whose call's process died, and what is found after this program died.
class Recordings {
public:
    struct Options {
        /// What a new recording is, where its request says nothing.
        wire::RecordingFormat format = wire::RecordingFormat::Mp4;
        /// Every call is recorded from its answer on.
        bool always = false;
        /// Another file begins after so long or so much; 0: never.
        std::chrono::seconds maxDuration{3600};
        std::int64_t maxBytes = 0;
        /// Bytes that stay free on the disk.
        std::int64_t minFree = std::int64_t{1} << 30;
        /// How long recordings are kept, and how many bytes of them; 0: for ever, and any.
        std::chrono::hours keepFor{0};
        std::int64_t keepBytes = 0;
        /// A file of sound that everybody in a call hears when its recording begins; empty: none.
        std::string notice = {};
    };

    /// What recordings need to know and tell of calls.
    class Calls {
    public:
        virtual ~Calls() = default;
        virtual void send(const std::string& callId, const wire::ToCall& message) = 0;
        /// The call shows the recording as it is now; `type` is the event that tells of it, null
        /// for none.
        virtual void tell(const char* type, const Recording& recording) = 0;
        /// Whether the call has a process, or gets one now: else nothing can be recorded.
        virtual bool hasProcess(const std::string& callId) const = 0;
        /// The call as its record has it, with its people and their times; null where it is over.
        virtual Json describe(const std::string& callId) const = 0;
    };

    /// `uploader` is null where recordings stay here. All outlive it.
    Recordings(Options options, Archive& archive, Finisher& finisher, Calls& calls,
               Uploader* uploader = nullptr);

    using Done = std::function<void(Result<const Recording*>)>;

    /// What is asked for.
    struct Wanted {
        /// Nothing: as the settings say.
        std::optional<wire::RecordingFormat> format = {};
        /// Or sound alone.
        bool video = true;
        /// Participants' own tracks too.
        bool tracks = false;
    };

    /// Begins one; `startedBy` is told in it. `done` comes once
    /// it is written down. @return there: Conflict where the call is recorded already; WrongState
    /// where it has no process; StorageFull, Unavailable.
    void start(const std::string& callId, const Wanted& wanted, const std::string& startedBy,
               std::vector<std::string> hosts, const Done& done);
    /// @return WrongState where the call is not recorded, or is paused already, or is not.
    void pause(const std::string& callId, const Done& done);
    void resume(const std::string& callId, const Done& done);
    void stop(const std::string& callId, const Done& done);

    /// Takes out a recording that is over, here at once and from the storage once that is there.
    /// @return WrongState for one that is not.
    void erase(const std::string& id, const Archive::Done& done);

    /// Whether a recording that the user began is not over yet, so that he cannot be erased.
    bool isNeededOf(const std::string& userId) const;
    /// Takes out the recordings that the user began, and him from all others.
    void eraseUser(const std::string& userId, const Archive::Done& done);

    /// Whether every call is recorded.
    bool recordsAll() const { return options_.always; }

    /// The one that goes on in the call, or null.
    Recording* runningIn(const std::string& callId);

    /// How that one goes, as its process last said: bytes so far, and bit/s.
    wire::RecordingFigures figuresIn(const std::string& callId) const;

    /// A call's process speaks of its recording.
    void onPart(const std::string& callId, const wire::RecordingPart& part);
    void onEnded(const std::string& callId, const wire::RecordingEnded& ended);
    void onTrack(const std::string& callId, const wire::TrackPart& part);
    void onFigures(const std::string& callId, const wire::RecordingFigures& figures);
    /// The picture is laid out anew.
    void onLayout(const std::string& callId, const Json& layout);
    /// Somebody says something.
    void onChat(const std::string& callId, const Json& message);
    /// The call is over, and this is how it went.
    void onCallOver(const std::string& callId, const Json& call);
    /// The call's process has died and another has its place.
    void onRestarted(const std::string& callId);
    /// The process of a call that is over has ended.
    void onCallStopped(const std::string& callId);

    /// After a start of this program, once calls have their processes again. `goingOn` are the
    /// recordings that processes still make, `adopted` the calls whose processes have lived on:
    /// where one has not, the recording goes on in its next; all others are finished.
    void resumeAfterStart(const std::unordered_set<std::string>& goingOn,
                          const std::unordered_set<std::string>& adopted);

private:
    void sendStart(const Recording& recording);
    void goOn(Recording& recording);
    Recording* madeIn(const std::string& callId, const std::string& id);
    void changeTold(Recording& recording, const char* event, const Done& done);
    void change(Recording& recording, const char* event, const Done& done);
    void endMedia(Recording& recording, const Json& call);
    void finishMending(const std::string& callId);
    void finishGrown(Recording& recording);
    void finishPart(Recording& recording, int index);
    void dropGrown(const Recording& recording, int index);
    std::vector<int> unfinishedParts(const Recording& recording) const;
    void onFinished(const std::string& id, int index, const Result<Finisher::Outcome>& outcome);
    void settle(Recording& recording);
    void onStored(Recording& recording);
    void resumeUpload(Recording& recording);
    void resumeErasures();
    void eraseHere(const std::string& id, const std::string& remains, const Archive::Done& done);
    void applyRetention();

    Options options_;
    Archive& archive_;
    Finisher& finisher_;
    Calls& calls_;
    Uploader* uploader_;
    /// By call.
    std::unordered_map<std::string, std::string> running_ = {};
    /// By call: of the one that goes on.
    std::unordered_map<std::string, wire::RecordingFigures> figures_ = {};
    /// Recordings of which a call's process may have a file open.
    std::unordered_set<std::string> open_ = {};
    /// By recording: the files that are being finished.
    std::unordered_map<std::string, std::unordered_set<int>> finishing_ = {};
    Source retention_;
};

} // namespace mullion
