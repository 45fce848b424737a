#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <unordered_map>

namespace mullion {

/// How often somebody may do something: a token bucket for each name, which holds a burst and
/// fills at a rate. Main-bound.
class TokenBuckets {
public:
    using Clock = std::chrono::steady_clock;

    /// `perSecond` of 0 lets everything pass.
    TokenBuckets(double perSecond, double burst)
        : perSecond_(perSecond)
        , burst_(burst) {}

    /// Takes one. @return whether there was one.
    bool take(const std::string& name, Clock::time_point at = Clock::now()) {
        if (perSecond_ <= 0) return true;
        Bucket& bucket = fill(name, at);
        if (bucket.tokens < 1) return false;
        bucket.tokens -= 1;
        return true;
    }

    /// Whether there is one to take.
    bool has(const std::string& name, Clock::time_point at = Clock::now()) {
        return perSecond_ <= 0 || fill(name, at).tokens >= 1;
    }

private:
    struct Bucket {
        double tokens = 0;
        Clock::time_point at = {};
    };

    Bucket& fill(const std::string& name, Clock::time_point at) {
        if (buckets_.size() >= kSweepAt && !buckets_.contains(name)) sweep(at);
        const auto [found, added] = buckets_.try_emplace(name, Bucket{burst_, at});
        Bucket& bucket = found->second;
        const std::chrono::duration<double> passed = at - bucket.at;
        bucket.tokens = std::min(burst_, bucket.tokens + passed.count() * perSecond_);
        bucket.at = at;
        return bucket;
    }

    /// Forgets those that are full again; where strangers fill the table faster, all of them.
    void sweep(Clock::time_point at) {
        std::erase_if(buckets_, [&](const auto& entry) {
            const std::chrono::duration<double> passed = at - entry.second.at;
            return entry.second.tokens + passed.count() * perSecond_ >= burst_;
        });
        if (buckets_.size() >= kSweepAt) buckets_.clear();
    }

    static constexpr std::size_t kSweepAt = 50'000;

    double perSecond_ = 0;
    double burst_ = 0;
    std::unordered_map<std::string, Bucket> buckets_ = {};
};

} // namespace mullion
