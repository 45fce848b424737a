#pragma once

#include <cstdint>

namespace mullion {

/// Tells when what a source has sent would have come had the network always been as quick as it was
/// at best lately: its RTP timestamps on our clock, smooth though packets come unevenly, and at the
/// pace of the source's own clock, which is another than ours. Times in ns. Not thread-safe.
class RtpClock {
public:
    static constexpr std::int64_t kWaitsForever = INT64_MAX;

    /// @param rate of the timestamps, Hz
    /// @param useful how late a packet is of use, ns. Where all have come later than that for a
    /// while, what comes now is on time: a source that is slower than time, as busy devices are, is
    /// to be heard, if in pieces.
    explicit RtpClock(int rate, std::int64_t useful = kWaitsForever)
        : rate_(rate)
        , useful_(useful) {}

    /// A packet with this timestamp came at `now`. @return the time of what it holds.
    std::int64_t arrived(std::uint32_t timestamp, std::int64_t now);

    /// The time of a timestamp near those that have come; one has.
    std::int64_t timeOf(std::uint32_t timestamp) const;

private:
    std::int64_t extended(std::uint32_t timestamp) const;
    std::int64_t media(std::int64_t extended) const;
    void begin(std::int64_t offset, std::int64_t now);
    void follow(std::int64_t offset, std::int64_t now);
    bool isUseless(std::int64_t offset, std::int64_t now);

    int rate_;
    std::int64_t useful_;
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
    /// Since when all packets have been too late; 0: the last one was not.
    std::int64_t uselessAt_ = 0;
};

} // namespace mullion
