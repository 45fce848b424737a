#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/base/main_loop.h"
#include "src/base/result.h"
#include "src/wire/messages.h"

namespace mullion {

/// Legs whose clients speak HTTP alone (WHIP, RFC 9725, and WHEP): an offer is answered once all
/// candidates of ours are known, as nothing can be told afterwards. Main-bound.
class HttpLegs {
public:
    /// What a leg is for.
    struct Leg {
        std::string callId;
        /// As whom it is in the call; empty for one that watches.
        std::string userId = {};
        /// Who may end it: whoever began it, and whoever has a signature for this.
        std::string owner = {};
        /// The broadcast that it watches; empty: the call itself.
        std::string broadcastId = {};
        bool isConnected = false;

        bool watches() const { return userId.empty(); }
    };

    using Send =
        std::function<Result<void>(const std::string& callId, const wire::ToCall& message)>;

    explicit HttpLegs(Send send)
        : send_(std::move(send)) {}

    /// The answer with all our candidates in it.
    using Answered = std::function<void(Result<std::string>)>;

    /// A leg by the name `id` has been offered. @return there: what the process refuses;
    /// Unavailable where it does not answer in time.
    void await(const std::string& id, Leg leg, const std::string& sdp, Answered answered);

    /// Null for one that is not known, or has closed.
    const Leg* find(const std::string& id) const;

    /// Adds candidates of the client's: a fragment of SDP (RFC 8840, 9).
    /// @return BadRequest; UnsupportedMedia for another ufrag, which would be a restart of ICE.
    Result<void> addCandidates(const std::string& id, const std::string& fragment);

    /// Ends it.
    void close(const std::string& id, const std::string& reason);
    /// Ends all that watch a broadcast.
    void closeWatchers(const std::string& broadcastId);
    /// The call's process has gone, and with it its legs.
    void onCallLost(const std::string& callId);

    /// Takes over those of a process that was found running.
    void adopt(const std::string& callId, const std::vector<wire::LegInfo>& watching);

    /// How many watch a broadcast, and how many watch a call or come to.
    int watchersOf(const std::string& broadcastId) const;
    int watchersIn(const std::string& callId) const;

    // What a call's process says; true where it concerns nobody else, as one that watches.
    bool onAnswer(const wire::Answer& message);
    bool onCandidate(const wire::LocalCandidate& message);
    bool onState(const wire::LegStateChanged& message);
    bool onClosed(const wire::LegClosed& message);

private:
    struct Session {
        Leg leg;
        Answered answered = {};
        std::string ufrag = {};
        std::string sdp = {};
        /// By m-line.
        std::map<int, std::vector<std::string>> candidates = {};
        Source deadline = {};
    };

    Session* sessionOf(const std::string& id);
    void answerNow(Session& session);
    void fail(const std::string& id, const Error& error);

    Send send_;
    /// By id.
    std::map<std::string, Session> sessions_ = {};
};

} // namespace mullion
