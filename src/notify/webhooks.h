#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/base/main_loop.h"
#include "src/http/http_client.h"
#include "src/notify/outbox.h"

namespace mullion {

/// Tells other servers what happens in calls, at least once, by the Standard Webhooks
/// specification (https://www.standardwebhooks.com). Main-bound.
///
/// An event is in the outbox before take() returns, and leaves it when its receiver has answered
/// with 2xx. Each receiver gets the events of one call one after the other, those of different
/// calls at once; what failed is tried again after a delay that doubles, until it is too old. An
/// event that its receiver refuses again and again steps aside, so that it does not hold back those
/// behind it.
class Webhooks {
public:
    struct Options {
        std::vector<std::string> urls = {};
        /// As webhookKey() gives it.
        std::string key = {};
        /// Types of kToldEvents.
        std::set<std::string> events = {};
        std::chrono::milliseconds keepFor = std::chrono::hours(24);
        std::chrono::milliseconds firstRetry{1000};
        std::chrono::milliseconds lastRetry = std::chrono::minutes(10);
        std::chrono::milliseconds connectTimeout{5000};
        std::chrono::milliseconds timeout{15'000};
        /// What the outbox holds at most; the oldest goes first.
        std::size_t maxWaiting = 100'000;
        std::int64_t maxBytes = std::int64_t{256} << 20;
        /// Requests to one receiver at once; one while it does not answer.
        std::size_t atOnce = 8;
    };

    struct Figures {
        std::int64_t sent = 0;
        /// Tries that failed.
        std::int64_t failed = 0;
        /// Given up: too old, too many, or refused for good.
        std::int64_t dropped = 0;
        std::size_t waiting = 0;
    };

    /// Goes on with what an earlier program left in the outbox at `path`. Without URLs there is no
    /// outbox. @return as Outbox::open().
    static Result<std::unique_ptr<Webhooks>> open(Options options, const std::string& path);
    ~Webhooks();

    /// Takes an event of a call as the WebSocket has it, if it is of a type that is told.
    void take(const Json& event);

    Figures figures() const;

private:
    /// What is sent one after the other: the events of a call, or one that stepped aside.
    struct Lane {
        std::deque<std::int64_t> waiting = {};
        /// Its first is under way, or it is in `ready` or `due_`.
        bool busy = false;
    };

    struct Receiver {
        std::string url;
        std::map<std::string, Lane> lanes = {};
        /// Lanes whose first may be sent.
        std::deque<std::string> ready = {};
        std::size_t underWay = 0;
        /// Whether it answered the last time.
        bool answers = true;
        /// Whether the last try failed, which was told.
        bool fails = false;
        /// It wants no more (410).
        bool isGone = false;
    };

    struct Delivery {
        Receiver* receiver = nullptr;
        std::string lane;
        Outbox::Entry entry;
        int tries = 0;
        int refusals = 0;
    };

    using Deliveries = std::map<std::int64_t, Delivery>;

    Webhooks(Options options, std::unique_ptr<Outbox> outbox);
    void load(const std::vector<Outbox::Entry>& entries);
    void queue(Receiver& receiver, Outbox::Entry entry);
    void bound();
    void drop(Deliveries::iterator delivery);
    void release(Deliveries::iterator delivery);
    void pump(Receiver& receiver);
    void sendFirst(Receiver& receiver, const std::string& lane);
    void onAnswer(Receiver& receiver, const std::string& lane, std::int64_t number,
                  const Result<HttpResponse>& answer);
    void onFailure(Delivery& delivery, const Result<HttpResponse>& answer);
    void stepAside(Delivery& delivery);
    void goOn(Receiver& receiver, const std::string& lane);
    void retryLater(Receiver& receiver, const std::string& lane, std::chrono::milliseconds delay);
    void onDue();
    void setTimer();

    Options options_;
    std::unique_ptr<Outbox> outbox_;
    std::vector<std::unique_ptr<Receiver>> receivers_ = {};
    /// All that wait or are under way, by number, the oldest first.
    Deliveries deliveries_ = {};
    std::int64_t bytes_ = 0;
    Figures figures_ = {};
    /// Lanes that are tried again at a time of g_get_monotonic_time(). One timer for all: GLib
    /// looks at every timer on every turn.
    std::multimap<std::int64_t, std::pair<Receiver*, std::string>> due_ = {};
    Source timer_ = {};
    /// Since the last warning about what was dropped for want of room.
    std::int64_t crowdedOut_ = 0;
    Source warning_ = {};
    /// Last: nobody hears of an answer once it has gone.
    std::unique_ptr<HttpClient> client_ = {};
};

} // namespace mullion
