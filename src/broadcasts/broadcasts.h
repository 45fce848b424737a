#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "src/base/batch_thread.h"
#include "src/base/main_loop.h"
#include "src/broadcasts/broadcast.h"
#include "src/broadcasts/hls_stream.h"

namespace mullion {

/// The broadcasts of calls, from their beginning until some minutes after their end. Main-bound.
///
/// A folder is all that is kept of one: `broadcast.json`, and of HLS the segments and a line for
/// each part. So a broadcast goes on whichever of the two programs dies: where the call's process
/// did, in its next one with the next segment, and where this one did, with what the folder says.
class Broadcasts {
public:
    struct Options {
        /// The folder of their folders.
        std::string folder;
        /// The local address at which SRT and RTSP are taken; empty: any. The ports, both included.
        std::string listen = {};
        int minPort = 9700;
        int maxPort = 9799;
        /// What the addresses begin with to which calls may be pushed; empty: all may.
        std::vector<std::string> targets = {};
        /// How many a call may have at a time.
        std::size_t maxPerCall = 8;
        /// How long one that is over stays, so that those who watch see its end.
        std::chrono::seconds kept{300};
    };

    /// What broadcasts need to know and tell of calls.
    class Calls {
    public:
        virtual ~Calls() = default;
        virtual void send(const std::string& callId, const wire::ToCall& message) = 0;
        virtual bool hasProcess(const std::string& callId) const = 0;
        /// The call shows its broadcasts as they are now; `type` is the event that tells of one of
        /// them, null for none.
        virtual void tell(const char* type, const BroadcastRecord& record, const Json& ofCall) = 0;
    };

    Broadcasts(Options options, Calls& calls);
    ~Broadcasts();

    /// What is asked for.
    struct Request {
        wire::BroadcastKind kind = wire::BroadcastKind::Hls;
        bool video = true;
        bool isPublic = false;
        bool keepsAll = false;
        std::string url = {};
        std::string passphrase = {};
        std::string startedBy = {};
    };

    /// @return BadRequest with the field: an address that cannot be pushed to, a passphrase that
    /// SRT does not take; NotAllowed for an address that the operator has not allowed; WrongState
    /// where nobody is in the call; Conflict where the call is pushed there already; AtCapacity.
    Result<const BroadcastRecord*> start(const std::string& callId, const Request& request);
    /// @return NotFound; WrongState where it is over.
    Result<const BroadcastRecord*> stop(const std::string& callId, const std::string& id);

    /// The call's, the newest last; those that are over for a while.
    std::vector<const BroadcastRecord*> of(const std::string& callId);
    /// @return NotFound.
    Result<const BroadcastRecord*> find(const std::string& callId, const std::string& id);
    /// What those who watch by HLS see; null for another kind.
    HlsStream* stream(const std::string& id);

    /// How many go on, for the metrics.
    std::size_t count() const;

    /// A call's process speaks of its broadcast.
    void onStatus(const std::string& callId, const wire::BroadcastStatus& status);
    void onPart(const std::string& callId, const wire::BroadcastPart& part);
    /// The call is over.
    void onCallOver(const std::string& callId);
    /// The call's process has died and another has its place.
    void onRestarted(const std::string& callId);
    /// The process of a call that is over has ended.
    void onCallStopped(const std::string& callId);

    /// Reads what was there before a start of this program. @return Unavailable.
    Result<void> load();
    /// Afterwards, once calls have their processes again; `goingOn` are those that processes still
    /// make, `adopted` the calls whose processes have lived on.
    void resumeAfterStart(const std::unordered_set<std::string>& goingOn,
                          const std::unordered_set<std::string>& adopted);

private:
    struct Entry {
        BroadcastRecord record;
        std::unique_ptr<HlsStream> stream = {};
    };

    Result<void> check(const std::string& callId, const Request& request) const;
    Result<int> freePort() const;
    Entry* entry(const std::string& callId, const std::string& id);
    void sendStart(const Entry& entry);
    void goOn(Entry& entry);
    void finish(Entry& entry, wire::BroadcastState state, const std::string& code,
                const std::string& reason);
    void tell(const char* type, const Entry& entry);
    void save(const BroadcastRecord& record);
    void forgetOld();

    std::string folderOf(const BroadcastRecord& record) const {
        return options_.folder + '/' + record.id;
    }

    Options options_;
    Calls& calls_;
    /// By id.
    std::map<std::string, Entry> entries_ = {};
    Source clock_ = {};
    /// Last, so that it has written everything before the rest goes.
    BatchThread<std::function<void()>> disk_{[](const std::vector<std::function<void()>>& jobs) {
        for (const auto& job : jobs)
            job();
    }};
};

} // namespace mullion
