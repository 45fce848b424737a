#include "src/notify/webhooks.h"

#include <algorithm>
#include <cmath>

#include "src/base/ids.h"
#include "src/base/json_values.h"
#include "src/base/log.h"
#include "src/notify/signature.h"

namespace mullion {

namespace {

constexpr Log kLog("webhooks");
/// So often an event is refused before those behind it go first.
constexpr int kPatience = 5;
constexpr auto kWarnEvery = std::chrono::seconds(10);

/// Statuses by which a receiver says nothing about the event, but that it is busy or away.
bool isAway(int status) {
    return status == 408 || status == 429 || (status >= 502 && status <= 504);
}

std::string contextOf(const Outbox::Entry& entry) {
    return (entry.callId.empty() ? "" : "call=" + entry.callId + ' ') + "event=" + entry.id;
}

} // namespace

Result<std::unique_ptr<Webhooks>> Webhooks::open(Options options, const std::string& path) {
    if (options.urls.empty())
        return std::unique_ptr<Webhooks>(new Webhooks(std::move(options), nullptr));
    auto outbox = TRY(Outbox::open(path));
    const auto entries = TRY(outbox->load());
    std::unique_ptr<Webhooks> webhooks(new Webhooks(std::move(options), std::move(outbox)));
    webhooks->load(entries);
    return webhooks;
}

Webhooks::Webhooks(Options options, std::unique_ptr<Outbox> outbox)
    : options_(std::move(options))
    , outbox_(std::move(outbox)) {
    if (!outbox_) return;
    for (const std::string& url : options_.urls) {
        receivers_.push_back(std::make_unique<Receiver>());
        receivers_.back()->url = url;
    }
    client_ = std::make_unique<HttpClient>("webhooks");
}

Webhooks::~Webhooks() = default;

void Webhooks::load(const std::vector<Outbox::Entry>& entries) {
    std::size_t strange = 0;
    for (const Outbox::Entry& entry : entries) {
        const auto receiver =
            std::find_if(receivers_.begin(), receivers_.end(),
                         [&](const auto& known) { return known->url == entry.url; });
        if (receiver != receivers_.end()) {
            queue(**receiver, entry);
        } else {
            ++strange;
            (void)outbox_->remove(entry.number);
        }
    }
    figures_.dropped += static_cast<std::int64_t>(strange);
    if (strange > 0)
        kLog.warning("", std::to_string(strange) + " were for URLs that are not told any more");
    if (!deliveries_.empty())
        kLog.info("", std::to_string(deliveries_.size()) + " of before wait still");
    bound();
    for (const auto& receiver : receivers_)
        pump(*receiver);
}

void Webhooks::take(const Json& event) {
    if (!outbox_) return;
    const std::string type = event.value("type", "");
    if (!options_.events.contains(type)) return;
    const Timestamp at = now();
    Json body = event;
    const std::string id = newId();
    body["id"] = id;
    body["at"] = formatTimestamp(at);
    std::vector<Outbox::Entry> entries;
    for (const auto& receiver : receivers_)
        if (!receiver->isGone)
            entries.push_back({0, receiver->url, id, event.value("call_id", ""), at});
    if (entries.empty()) return;
    if (const auto kept = outbox_->put(entries, toText(body)); !kept) {
        figures_.dropped += static_cast<std::int64_t>(entries.size());
        return kLog.error(contextOf(entries[0]), type + " is lost: " + kept.error().message);
    }
    for (const Outbox::Entry& entry : entries)
        for (const auto& receiver : receivers_)
            if (receiver->url == entry.url) queue(*receiver, entry);
    bound();
    for (const auto& receiver : receivers_)
        pump(*receiver);
}

Webhooks::Figures Webhooks::figures() const {
    Figures figures = figures_;
    figures.waiting = deliveries_.size();
    return figures;
}

void Webhooks::queue(Receiver& receiver, Outbox::Entry entry) {
    const std::int64_t number = entry.number;
    const std::string name = entry.callId;
    bytes_ += entry.bytes;
    deliveries_[number] = {&receiver, name, std::move(entry)};
    Lane& lane = receiver.lanes[name];
    lane.waiting.push_back(number);
    if (!std::exchange(lane.busy, true)) receiver.ready.push_back(name);
}

/// Drops the oldest beyond what the outbox may hold.
void Webhooks::bound() {
    while (!deliveries_.empty() &&
           (deliveries_.size() > options_.maxWaiting || bytes_ > options_.maxBytes)) {
        drop(deliveries_.begin());
        ++crowdedOut_;
    }
    if (crowdedOut_ == 0 || warning_) return;
    // A flood is counted.
    warning_ = after(kWarnEvery, [this] {
        kLog.warning("", std::to_string(std::exchange(crowdedOut_, 0)) +
                             " of the oldest were dropped: too many wait");
        warning_ = Source();
    });
}

void Webhooks::drop(Deliveries::iterator delivery) {
    ++figures_.dropped;
    release(delivery);
}

/// Takes it out of everything but what is on its way: the answer to that finds nothing.
void Webhooks::release(Deliveries::iterator delivery) {
    const auto& [number, known] = *delivery;
    if (const auto removed = outbox_->remove(number); !removed)
        kLog.error(contextOf(known.entry), "stays in the outbox: " + removed.error().message);
    bytes_ -= known.entry.bytes;
    const auto lane = known.receiver->lanes.find(known.lane);
    std::erase(lane->second.waiting, number);
    deliveries_.erase(delivery);
}

void Webhooks::pump(Receiver& receiver) {
    while (!receiver.ready.empty() &&
           receiver.underWay < (receiver.answers ? options_.atOnce : 1)) {
        const std::string lane = std::move(receiver.ready.front());
        receiver.ready.pop_front();
        sendFirst(receiver, lane);
    }
}

void Webhooks::sendFirst(Receiver& receiver, const std::string& name) {
    Lane& lane = receiver.lanes[name];
    // Those that nobody waits for any more.
    while (!lane.waiting.empty()) {
        const auto first = deliveries_.find(lane.waiting.front());
        if (first->second.entry.at + options_.keepFor >= now()) break;
        kLog.warning(contextOf(first->second.entry), "given up: too old for " + receiver.url);
        drop(first);
    }
    if (lane.waiting.empty()) {
        receiver.lanes.erase(name);
        return;
    }
    const std::int64_t number = lane.waiting.front();
    const Outbox::Entry& entry = deliveries_.at(number).entry;
    const auto body = outbox_->body(number);
    if (!body) {
        kLog.error(contextOf(entry), body.error().message);
        return retryLater(receiver, name, options_.lastRetry);
    }
    const std::int64_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
    HttpRequest request;
    request.method = "POST";
    request.url = receiver.url;
    request.headers = {
        {"Content-Type", "application/json"},
        {"webhook-id", entry.id},
        {"webhook-timestamp", std::to_string(seconds)},
        {"webhook-signature", webhookSignature(options_.key, entry.id, seconds, *body)}};
    request.body = *body;
    request.connectTimeout = options_.connectTimeout;
    request.timeout = options_.timeout;
    ++receiver.underWay;
    client_->send(std::move(request), [this, &receiver, name, number](const auto& answer) {
        onAnswer(receiver, name, number, answer);
    });
}

void Webhooks::onAnswer(Receiver& receiver, const std::string& lane, std::int64_t number,
                        const Result<HttpResponse>& answer) {
    --receiver.underWay;
    receiver.answers = answer.ok();
    const auto delivery = deliveries_.find(number);
    if (answer && answer->isSuccess()) {
        ++figures_.sent;
        if (std::exchange(receiver.fails, false)) kLog.info("", receiver.url + " takes events");
        if (delivery != deliveries_.end()) release(delivery);
        goOn(receiver, lane);
    } else if (delivery == deliveries_.end()) {
        // Dropped meanwhile.
        goOn(receiver, lane);
    } else {
        onFailure(delivery->second, answer);
    }
    pump(receiver);
}

void Webhooks::onFailure(Delivery& delivery, const Result<HttpResponse>& answer) {
    ++figures_.failed;
    Receiver& receiver = *delivery.receiver;
    const int status = answer ? answer->status : 0;
    const std::string why =
        receiver.url + ": " +
        (answer ? "answered " + std::to_string(status) : answer.error().message);
    kLog.debug(contextOf(delivery.entry), why);
    const std::string lane = delivery.lane;
    if (status == 410) {
        kLog.warning("", receiver.url + " wants no more (410); it is told nothing until a restart");
        receiver.isGone = true;
        for (auto each = deliveries_.begin(); each != deliveries_.end();)
            if (const auto current = each++; current->second.receiver == &receiver) drop(current);
        return goOn(receiver, lane);
    }
    const int doublings = std::min(delivery.tries++, 30);
    // One line for all that fail in a row.
    if (!std::exchange(receiver.fails, true))
        kLog.warning(contextOf(delivery.entry), why + "; tried again for a while");
    auto delay = std::min(options_.lastRetry, options_.firstRetry * (std::int64_t{1} << doublings));
    // Not all at the same time, when it comes back.
    delay = std::chrono::milliseconds(
        std::llround(static_cast<double>(delay.count()) * g_random_double_range(0.5, 1)));
    if (answer)
        delay = std::max(
            delay, std::min<std::chrono::milliseconds>(answer->retryAfter(), options_.lastRetry));
    if (answer && !isAway(status) && ++delivery.refusals == kPatience) {
        stepAside(delivery);
        goOn(receiver, lane);
    }
    retryLater(receiver, delivery.lane, delay);
}

/// Gives it a lane of its own.
void Webhooks::stepAside(Delivery& delivery) {
    Receiver& receiver = *delivery.receiver;
    std::erase(receiver.lanes.at(delivery.lane).waiting, delivery.entry.number);
    // No call's id has a space.
    delivery.lane = "aside " + std::to_string(delivery.entry.number);
    receiver.lanes[delivery.lane] = {{delivery.entry.number}, true};
}

void Webhooks::goOn(Receiver& receiver, const std::string& lane) {
    const auto found = receiver.lanes.find(lane);
    if (found == receiver.lanes.end()) return;
    if (found->second.waiting.empty())
        receiver.lanes.erase(found);
    else
        receiver.ready.push_back(lane);
}

void Webhooks::retryLater(Receiver& receiver, const std::string& lane,
                          std::chrono::milliseconds delay) {
    const std::int64_t at = g_get_monotonic_time() + delay.count() * 1000;
    const auto place = due_.emplace(at, std::pair(&receiver, lane));
    if (place == due_.begin()) setTimer();
}

void Webhooks::setTimer() {
    if (due_.empty()) return timer_.cancel();
    const std::int64_t left = due_.begin()->first - g_get_monotonic_time();
    timer_ = after(std::chrono::milliseconds(std::max<std::int64_t>(0, left / 1000) + 1),
                   [this] { onDue(); });
}

void Webhooks::onDue() {
    const std::int64_t time = g_get_monotonic_time();
    while (!due_.empty() && due_.begin()->first <= time) {
        const auto [receiver, lane] = due_.begin()->second;
        due_.erase(due_.begin());
        receiver->ready.push_back(lane);
    }
    setTimer();
    for (const auto& receiver : receivers_)
        pump(*receiver);
}

} // namespace mullion
