#include "pipelines/leg/rtp_clock.h"

#include <algorithm>
#include <cstdlib>

namespace mullion {

namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMs;
constexpr std::int64_t kWindow = kSecond;
/// The first packets may have waited for the connection; until then a quicker one is followed at
/// once.
constexpr std::int64_t kWarmUp = kSecond;
/// What the mix can take in one step without being heard for long, and less than that it can take
/// smoothly. A source that has paused or was restarted steps further.
constexpr std::int64_t kMaxFollowed = 80 * kMs;
/// For so long all packets may be too late. Those that a network held back come all at once.
constexpr std::int64_t kMaxUseless = 100 * kMs;
/// So much a second, which is 50 times what clocks drift at worst.
constexpr std::int64_t kSlew = 5 * kMs;

} // namespace

std::int64_t RtpClock::extended(std::uint32_t timestamp) const {
    return newest_ + static_cast<std::int32_t>(timestamp - static_cast<std::uint32_t>(newest_));
}

std::int64_t RtpClock::media(std::int64_t extended) const {
    // Whole seconds apart, or hours of 90 kHz in ns would not fit.
    const std::int64_t seconds = extended / rate_;
    return seconds * kSecond + (extended % rate_) * kSecond / rate_;
}

void RtpClock::begin(std::int64_t offset, std::int64_t now) {
    offset_ = least_ = leastBefore_ = offset;
    beganAt_ = windowAt_ = followedAt_ = now;
    uselessAt_ = 0;
}

/// Whether nothing has come in time for long enough.
bool RtpClock::isUseless(std::int64_t offset, std::int64_t now) {
    if (offset - offset_ <= useful_)
        uselessAt_ = 0;
    else if (uselessAt_ == 0)
        uselessAt_ = now;
    return uselessAt_ != 0 && now - uselessAt_ > kMaxUseless;
}

void RtpClock::follow(std::int64_t offset, std::int64_t now) {
    if (now - windowAt_ >= kWindow) {
        leastBefore_ = now - windowAt_ < 2 * kWindow ? least_ : offset;
        least_ = offset;
        windowAt_ = now;
    }
    least_ = std::min(least_, offset);
    const std::int64_t target = std::min(least_, leastBefore_);
    const std::int64_t step = target - offset_;
    if (std::abs(step) > kMaxFollowed || (step < 0 && now - beganAt_ < kWarmUp)) {
        offset_ = target;
    } else {
        const std::int64_t most = (now - followedAt_) * kSlew / kSecond;
        offset_ += std::clamp(step, -most, most);
    }
    followedAt_ = now;
}

std::int64_t RtpClock::arrived(std::uint32_t timestamp, std::int64_t now) {
    const std::int64_t stamp = extended(timestamp);
    const std::int64_t offset = now - media(stamp);
    if (!started_ || std::abs(offset - offset_) > kSecond) {
        started_ = true;
        // Counted from here on, or leaps would add up to more than fits.
        newest_ = timestamp;
        begin(now - media(newest_), now);
        return now;
    }
    newest_ = std::max(newest_, stamp);
    if (isUseless(offset, now))
        begin(offset, now);
    else
        follow(offset, now);
    return media(stamp) + offset_;
}

std::int64_t RtpClock::timeOf(std::uint32_t timestamp) const {
    return media(extended(timestamp)) + offset_;
}

} // namespace mullion
