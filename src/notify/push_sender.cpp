#include "src/notify/push_sender.h"

#include <algorithm>
#include <cmath>

#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("push");
constexpr auto kWarnEvery = std::chrono::seconds(10);
/// Of an answer, in the log.
constexpr std::size_t kMaxReason = 200;

/// Whether the same message may be taken later.
bool canPass(int status) {
    return status == 408 || status == 429 || status >= 500;
}

std::string reasonIn(const HttpResponse& response) {
    std::string reason = response.body.substr(0, kMaxReason);
    std::replace_if(
        reason.begin(), reason.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
    return "answered " + std::to_string(response.status) + (reason.empty() ? "" : ": " + reason);
}

/// What is left of its use in whole seconds, at least one: 0 would mean now or never.
std::string lifeOf(const PushMessage& message) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(message.expires - now());
    return std::to_string(std::max<std::int64_t>(left.count(), 1));
}

/// Of how many calls one browser may be told at a time: the endpoints of one user that do not
/// answer must not take everybody's room.
constexpr int kMaxOfOne = 4;
constexpr int kMaxTries = 10;

} // namespace

PushSender::PushSender(const Options& options, Vapid& vapid, const PushEndpoints& endpoints,
                       Gone onGone)
    : options_(options)
    , vapid_(vapid)
    , endpoints_(endpoints)
    , onGone_(std::move(onGone))
    , client_("push")
    , thread_([this](const std::vector<Job>& jobs) { encrypt(jobs); }) {}

PushSender::~PushSender() = default;

void PushSender::send(PushMessage message) {
    const std::string name = message.subscription + ' ' + message.topic;
    const auto lane = lanes_.find(name);
    if (lane == lanes_.end()) {
        if (!hasRoomFor(message)) {
            ++figures_.dropped;
            ++crowdedOut_;
            if (warning_) return;
            // A flood is counted.
            warning_ = after(kWarnEvery, [this] {
                kLog.warning("", std::to_string(std::exchange(crowdedOut_, 0)) +
                                     " pushes were dropped: too many wait");
                warning_ = Source();
            });
            return;
        }
        lanes_.emplace(name, Lane{std::move(message)});
        ready_.push_back(name);
    } else if (lane->second.isUnderWay) {
        lane->second.next = std::move(message);
    } else {
        // It keeps its place among those that wait.
        lane->second = Lane{std::move(message)};
    }
    pump();
}

/// Names of lanes begin with the subscription, whose lanes are neighbours.
bool PushSender::hasRoomFor(const PushMessage& message) const {
    int own = 0;
    for (auto lane = lanes_.lower_bound(message.subscription + ' ');
         lane != lanes_.end() && lane->second.message.subscription == message.subscription; ++lane)
        if (++own >= kMaxOfOne) return false;
    return lanes_.size() < options_.maxWaiting;
}

PushSender::Figures PushSender::figures() const {
    Figures figures = figures_;
    figures.waiting = lanes_.size();
    return figures;
}

void PushSender::pump() {
    while (!ready_.empty() && underWay_ < options_.atOnce) {
        const std::string name = std::move(ready_.front());
        ready_.pop_front();
        start(name);
    }
}

void PushSender::start(const std::string& name) {
    const auto found = lanes_.find(name);
    Lane& lane = found->second;
    if (lane.message.expires <= now()) return giveUp(found, "too late");
    ++underWay_;
    lane.isUnderWay = true;
    if (!lane.body.empty()) return transmit(name);
    thread_.post({name, lane.message.text, lane.message.keys});
}

/// On the thread.
void PushSender::encrypt(const std::vector<Job>& jobs) {
    for (const Job& job : jobs)
        postToMain([this, weak = std::weak_ptr(alive_), name = job.lane,
                    body = encryptPush(job.text, job.keys)] {
            if (weak.lock()) onEncrypted(name, body);
        });
}

void PushSender::onEncrypted(const std::string& name, Result<std::string> body) {
    const auto found = lanes_.find(name);
    if (!body) {
        --underWay_;
        giveUp(found, body.error().message);
        return pump();
    }
    Lane& lane = found->second;
    // What is out of date already is not sent.
    if (lane.next) {
        lane = Lane{std::move(*lane.next)};
        lane.isUnderWay = true;
        return thread_.post({name, lane.message.text, lane.message.keys});
    }
    lane.body = std::move(*body);
    transmit(name);
    pump();
}

void PushSender::transmit(const std::string& name) {
    const auto found = lanes_.find(name);
    const PushMessage& message = found->second.message;
    // The settings may be others than when the subscription was made.
    const auto place = endpoints_.check(message.endpoint);
    const auto authorization =
        place ? vapid_.authorization(place->origin) : Result<std::string>(place.error());
    if (!authorization) {
        --underWay_;
        return giveUp(found, authorization.error().message);
    }
    HttpRequest request;
    request.method = "POST";
    request.url = message.endpoint;
    request.headers = {
        {"TTL", lifeOf(message)},          {"Urgency", "high"},
        {"Topic", message.topic},          {"Content-Type", "application/octet-stream"},
        {"Content-Encoding", "aes128gcm"}, {"Authorization", *authorization}};
    request.body = found->second.body;
    request.connectTimeout = options_.connectTimeout;
    request.timeout = options_.timeout;
    request.publicOnly = place->publicOnly;
    client_.send(std::move(request), [this, name](const auto& answer) { onAnswer(name, answer); });
}

void PushSender::onAnswer(const std::string& name, const Result<HttpResponse>& answer) {
    --underWay_;
    const auto found = lanes_.find(name);
    Lane& lane = found->second;
    lane.isUnderWay = false;
    if (answer && answer->isSuccess()) {
        ++figures_.sent;
        finish(found);
        return pump();
    }
    ++figures_.failed;
    if (answer && (answer->status == 404 || answer->status == 410)) {
        ++figures_.gone;
        kLog.info(lane.message.context, "the browser is subscribed no more");
        onGone_(lane.message);
        lanes_.erase(found);
    } else if (!answer || canPass(answer->status)) {
        kLog.debug(lane.message.context, answer ? reasonIn(*answer) : answer.error().message);
        retry(found, answer ? answer->retryAfter() : std::chrono::seconds(0));
    } else {
        giveUp(found, reasonIn(*answer));
    }
    pump();
}

/// Waits before the next try: longer each time, and as long as the service asks for.
void PushSender::retry(Lanes::iterator found, std::chrono::milliseconds asked) {
    Lane& lane = found->second;
    const int doublings = std::min(lane.tries, 16);
    if (lane.next) lane = Lane{std::move(*lane.next)};
    lane.tries = doublings + 1;
    auto delay = std::min(options_.lastRetry, options_.firstRetry * (std::int64_t{1} << doublings));
    // Not all at the same time, when it comes back.
    delay = std::chrono::milliseconds(
        std::llround(static_cast<double>(delay.count()) * g_random_double_range(0.5, 1)));
    delay = std::max(delay, asked);
    if (lane.tries > kMaxTries || now() + delay >= lane.message.expires)
        return giveUp(found, "the push service takes it too late");
    const auto place = due_.emplace(g_get_monotonic_time() + delay.count() * 1000, found->first);
    if (place == due_.begin()) setTimer();
}

void PushSender::giveUp(Lanes::iterator lane, const std::string& why) {
    ++figures_.dropped;
    kLog.info(lane->second.message.context, "a push is given up: " + why);
    finish(lane);
}

/// Goes on with the message that waits behind this one, if there is one.
void PushSender::finish(Lanes::iterator found) {
    Lane& lane = found->second;
    if (!lane.next) {
        lanes_.erase(found);
        return;
    }
    lane = Lane{std::move(*lane.next)};
    ready_.push_back(found->first);
}

void PushSender::setTimer() {
    if (due_.empty()) return timer_.cancel();
    const std::int64_t left = due_.begin()->first - g_get_monotonic_time();
    timer_ = after(std::chrono::milliseconds(std::max<std::int64_t>(0, left / 1000) + 1),
                   [this] { onDue(); });
}

void PushSender::onDue() {
    const std::int64_t time = g_get_monotonic_time();
    while (!due_.empty() && due_.begin()->first <= time) {
        ready_.push_back(std::move(due_.begin()->second));
        due_.erase(due_.begin());
    }
    setTimer();
    pump();
}

} // namespace mullion
