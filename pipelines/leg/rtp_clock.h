#pragma once

#include <cstdint>

namespace mullion {

/// Tells when what a source has sent would have come had the network always been as quick as it was
/// at best lately: its RTP timestamps on our clock, smooth though packets come unevenly, and at the
/// pace of the source's own clock, which is another than ours. Times in ns. Not thread-safe.
class RtpClock {
public:
    /// `rate` is that of the timestamps, Hz.
    explicit RtpClock(int rate)
        : rate_(rate) {}

    /// A packet with this timestamp came at `now`. @return the time of what it holds.
    std::int64_t arrived(std::uint32_t timestamp, std::int64_t now);

    /// The time of a timestamp near those that have come; one has.
    std::int64_t timeOf(std::uint32_t timestamp) const;

private:
    std::int64_t extended(std::uint32_t timestamp) const;
    std::int64_t media(std::int64_t extended) const;
    void begin(std::int64_t offset, std::int64_t now);
    void follow(std::int64_t offset, std::int64_t now);

    int rate_;
    bool started_ = false;
    /// The newest timestamp, without wrapping.
    std::int64_t newest_ = 0;
    /// What is added to a source's time, and how it is found: the least of what packets of the last
    /// one to two windows showed.
    std::int64_t offset_ = 0;
    std::int64_t least_ = 0;
    std::int64_t leastBefore_ = 0;
    std::int64_t beganAt_ = 0;
    std::int64_t windowAt_ = 0;
    std::int64_t followedAt_ = 0;
};

} // namespace mullion
