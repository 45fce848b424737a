#pragma once

#include <cstdint>

#include <functional>
#include <memory>
#include <string>

#include "tools/participant/api_client.h"
#include "tools/participant/client_peer.h"

namespace mullion::participant {

/// One member of a call, as a client would be: token, join, WebSocket, a leg, and all of that again
/// when something breaks. Main-bound.
class Member : public std::enable_shared_from_this<Member> {
public:
    struct Options {
        std::string server;
        std::string userId;
        std::string name;
        ClientPeer::Options media;
        /// Sees every message before the member acts on it; may be empty.
        std::function<void(const Json&)> onEvent = {};
    };

    /// `onProblem` is told what went wrong, for the log. Who is in tries again by himself; for who
    /// does not get in it is over.
    static std::shared_ptr<Member> create(Options options,
                                          std::function<void(const std::string&)> onProblem);

    /// Starts an open room, then joins it. `onCall` gets its id.
    void start(const std::string& title, std::function<void(const std::string&)> onCall);
    /// Joins an open call. `onIn` comes when he is in.
    void join(const std::string& callId, std::function<void()> onIn = {});

    /// Leaves by REST. `onLeft` comes when the server has answered.
    void leave(std::function<void()> onLeft) { go("leave", std::move(onLeft)); }

    /// Ends the call for everybody, as its host may.
    void endCall(std::function<void()> onEnded) { go("end", std::move(onEnded)); }

    /// Goes without a word.
    void vanish();

    /// The newest leg's media, or null before the first.
    ClientPeer* peer() const { return peer_.get(); }

    /// Empty until he has got in.
    const std::string& callId() const { return callId_; }

    /// When he set out, when his first offer was on its way and when its leg was connected,
    /// monotonic µs; 0: not yet.
    struct Times {
        std::int64_t askedAt = 0;
        std::int64_t offeredAt = 0;
        std::int64_t connectedAt = 0;
    };

    const Times& times() const { return times_; }

    bool ended() const { return ended_; }

    /// How often a leg had to be opened.
    int legs() const { return legs_; }

private:
    explicit Member(Options options, std::function<void(const std::string&)> onProblem);

    void login(std::function<void()> then);
    void giveUp(const std::string& problem);
    void go(const char* how, std::function<void()> onGone);
    void openSocket();
    void openLeg();
    void retryLeg();
    void onMessage(const Json& message);

    Options options_;
    std::function<void(const std::string&)> onProblem_;
    std::shared_ptr<ApiClient> api_;
    std::string callId_ = {};
    std::string leg_ = {};
    std::shared_ptr<ClientPeer> peer_;
    /// The one before, kept until the new one carries media.
    std::shared_ptr<ClientPeer> before_;
    int legs_ = 0;
    Times times_ = {};
    bool ended_ = false;
    Source retry_;
    Source legRetry_;
};

} // namespace mullion::participant
