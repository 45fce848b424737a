#include "api/session.h"

#include <algorithm>

#include <glib.h>

namespace mullion::api {

namespace {

/// A client that missed more than this is better served by a new hello.
constexpr std::size_t kMaxKept = 512;
constexpr std::size_t kMaxKeptBytes = std::size_t{512} * 1024;

/// Joining sends some dozens of candidates at once; nothing honest keeps up more than this.
constexpr double kBurst = 300;
constexpr double kPerSecond = 50;

} // namespace

void Session::event(const std::string& callId, const std::string& text) {
    const std::uint64_t seq = ++seq_;
    std::string numbered = "{\"seq\":" + std::to_string(seq) + ',' + text.substr(1);
    if (transport_) transport_->send(numbered);
    keptBytes_ += numbered.size();
    kept_.push_back({seq, callId, std::move(numbered)});
    while (kept_.size() > kMaxKept || keptBytes_ > kMaxKeptBytes) {
        keptBytes_ -= kept_.front().text.size();
        kept_.pop_front();
    }
}

void Session::reply(const Json& message) {
    if (transport_) transport_->send(toText(message));
}

bool Session::canResume(std::uint64_t seq) const {
    if (seq > seq_) return false;
    return seq == seq_ || (!kept_.empty() && kept_.front().seq <= seq + 1);
}

void Session::replay(std::uint64_t seq) {
    for (const Kept& kept : kept_)
        if (kept.seq > seq && transport_ && mayHear(kept.callId)) transport_->send(kept.text);
}

bool Session::takeAllowance() {
    const std::int64_t time = g_get_monotonic_time();
    const double seconds =
        allowanceAt_ == 0 ? kBurst : static_cast<double>(time - allowanceAt_) / G_USEC_PER_SEC;
    allowanceAt_ = time;
    allowance_ = std::min(kBurst, allowance_ + seconds * kPerSecond);
    if (allowance_ < 1) return false;
    allowance_ -= 1;
    return true;
}

} // namespace mullion::api
