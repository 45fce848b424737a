#include "pipelines/leg/reorderer.h"

#include <algorithm>
#include <utility>

namespace mullion {

namespace {

/// A second of the fastest stream that a client sends. A larger step is no loss that could be
/// repaired, and an older packet no late one.
constexpr std::int64_t kMaxLeap = 1000;
constexpr int kMaxAsked = 8;
/// The weight of the newest, as TCP's in its round trip (RFC 6298 section 2).
constexpr std::int64_t kSmooth = 8;

} // namespace

/// RFC 3550 appendix A.1: the one of this number that is closest to the highest so far.
std::int64_t Reorderer::extended(std::uint16_t sequence) const {
    return highest_ + static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(highest_));
}

void Reorderer::put(std::uint16_t sequence, GRef<GstBuffer> packet, std::int64_t now) {
    std::int64_t number = started_ ? extended(sequence) : sequence;
    // Above from what is to come next: many steps after each other would leave ever more holes.
    if (started_ && (number > next_ + kMaxLeap || number < highest_ - kMaxLeap)) {
        waiting_.clear();
        missing_.clear();
        started_ = false;
    }
    if (!std::exchange(started_, true)) {
        next_ = number;
        highest_ = number;
    }
    if (number < next_) return;
    for (std::int64_t hole = highest_ + 1; hole < number; ++hole)
        missing_.emplace(hole, Missing{now});
    highest_ = std::max(highest_, number);
    fill(number, now);
    waiting_.try_emplace(number, std::move(packet));
}

void Reorderer::fill(std::int64_t number, std::int64_t now) {
    const auto hole = missing_.find(number);
    if (hole == missing_.end()) return;
    // Which of several requests was answered, nobody knows. Over a path that is longer than the
    // interval it is the first; where that was lost, the time is too long, which does no harm.
    if (hole->second.asked > 0) {
        const std::int64_t took = now - hole->second.firstAskedAt;
        repairTime_ = repairTime_ == 0 ? took : repairTime_ + (took - repairTime_) / kSmooth;
    }
    missing_.erase(hole);
}

std::optional<Reorderer::Next> Reorderer::next(std::int64_t now) {
    if (waiting_.empty()) return std::nullopt;
    const auto first = waiting_.begin();
    const std::int64_t number = first->first;
    if (number != next_) {
        const auto hole = missing_.find(next_);
        if (hole != missing_.end() && now - hole->second.since < patience_) return std::nullopt;
        missing_.erase(missing_.begin(), missing_.lower_bound(number));
    }
    Next next{std::move(first->second), static_cast<std::uint16_t>(number),
              static_cast<unsigned>(number - next_)};
    waiting_.erase(first);
    next_ = number + 1;
    return next;
}

std::vector<std::uint16_t> Reorderer::missing(std::int64_t now, std::int64_t interval) const {
    std::vector<std::uint16_t> numbers;
    // Twice at least.
    const std::int64_t again = std::max(interval, std::min(repairTime_ * 3, patience_) / 2);
    for (const auto& [number, hole] : missing_) {
        if (hole.asked == kMaxAsked || (hole.asked > 0 && now - hole.askedAt < again)) continue;
        numbers.push_back(static_cast<std::uint16_t>(number));
    }
    return numbers;
}

void Reorderer::setAsked(std::span<const std::uint16_t> numbers, std::int64_t now) {
    for (const std::uint16_t number : numbers) {
        const auto hole = missing_.find(extended(number));
        if (hole == missing_.end()) continue;
        if (hole->second.asked++ == 0) hole->second.firstAskedAt = now;
        hole->second.askedAt = now;
    }
}

bool Reorderer::misses(std::uint16_t sequence) const {
    return started_ && missing_.contains(extended(sequence));
}

} // namespace mullion
