#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "src/base/batch_thread.h"
#include "src/base/main_loop.h"
#include "src/http/http_client.h"
#include "src/notify/push_encryption.h"
#include "src/notify/push_endpoints.h"
#include "src/notify/vapid.h"

namespace mullion {

/// One message to one browser.
struct PushMessage {
    /// Which browser, as the store names it.
    std::string subscription;
    /// Whose.
    std::string userId;
    std::string endpoint;
    PushKeys keys;
    std::string text;
    /// What it is about, 1 to 32 characters of base64url: a later one takes its place (RFC 8030,
    /// 5.4).
    std::string topic;
    /// Until when it is of use.
    Timestamp expires = {};
    /// For the log.
    std::string context = {};
};

/// Brings messages to browsers by their push services (RFC 8030), encrypted on a thread.
/// Main-bound.
///
/// Of one topic to one browser there is one message at a time, and the newest takes the place of
/// those that wait: nobody is rung after he was told that it is over.
///
///     send() ─▶ ready ─▶ encrypted, under way ─▶ sent │ gone │ refused
///                 ▲                 │
///                 └──── due ◀──429, 5xx, no answer, while it is of use
class PushSender {
public:
    struct Options {
        std::chrono::milliseconds firstRetry{1000};
        std::chrono::milliseconds lastRetry = std::chrono::minutes(1);
        std::chrono::milliseconds connectTimeout{5000};
        std::chrono::milliseconds timeout{10'000};
        /// Requests that are under way at a time.
        std::size_t atOnce = 64;
        /// Messages that wait or are under way; more are dropped.
        std::size_t maxWaiting = 10'000;
    };

    struct Figures {
        /// Messages that push services have taken.
        std::int64_t sent = 0;
        /// Tries that failed.
        std::int64_t failed = 0;
        /// Messages given up: refused, no longer of use, or too many.
        std::int64_t dropped = 0;
        /// Subscriptions that their services had ended.
        std::int64_t gone = 0;
        std::size_t waiting = 0;
    };

    using Gone = std::function<void(const PushMessage&)>;

    /// `vapid` and `endpoints` outlive it. `onGone` is told of a browser that wants no more.
    PushSender(const Options& options, Vapid& vapid, const PushEndpoints& endpoints, Gone onGone);
    ~PushSender();
    PushSender(const PushSender&) = delete;
    PushSender& operator=(const PushSender&) = delete;

    void send(PushMessage message);

    Figures figures() const;

private:
    /// The messages of one topic to one browser.
    struct Lane {
        PushMessage message;
        /// Encrypted; empty before.
        std::string body = {};
        /// Takes the message's place when that comes back.
        std::optional<PushMessage> next = {};
        bool isUnderWay = false;
        int tries = 0;
    };

    using Lanes = std::map<std::string, Lane>;

    struct Job {
        std::string lane;
        std::string text;
        PushKeys keys;
    };

    void encrypt(const std::vector<Job>& jobs);
    bool hasRoomFor(const PushMessage& message) const;
    void pump();
    void start(const std::string& name);
    void onEncrypted(const std::string& name, Result<std::string> body);
    void transmit(const std::string& name);
    void onAnswer(const std::string& name, const Result<HttpResponse>& answer);
    void retry(Lanes::iterator lane, std::chrono::milliseconds asked);
    void giveUp(Lanes::iterator lane, const std::string& why);
    void finish(Lanes::iterator lane);
    void setTimer();
    void onDue();

    Options options_;
    Vapid& vapid_;
    const PushEndpoints& endpoints_;
    Gone onGone_;
    Figures figures_ = {};
    Lanes lanes_ = {};
    /// Names of lanes whose message may be sent.
    std::deque<std::string> ready_ = {};
    std::size_t underWay_ = 0;
    /// Lanes that are tried again, by monotonic time in µs.
    std::multimap<std::int64_t, std::string> due_ = {};
    Source timer_ = {};
    std::int64_t crowdedOut_ = 0;
    Source warning_ = {};
    /// What the thread posts asks for it.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    HttpClient client_;
    /// Last, so that it ends first.
    BatchThread<Job> thread_;
};

} // namespace mullion
