#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "pipelines/gst/bridge.h"

namespace mullion {

/// Gives encoded frames on to whoever takes them, and keeps those since the newest key frame while
/// they are few: who comes within that time begins with them at once, and no key frame is made for
/// him alone. Thread-safe.
class RecentGop : public SampleReceiver {
public:
    /// Frames are kept up to this many; then it takes another key frame to begin.
    static constexpr std::size_t kMaxKept = 5;

    void onSample(GstSample* sample) override;

    /// Frames go to `receiver` from now on. @return whether it has begun with a key frame already.
    bool connect(const std::shared_ptr<SampleReceiver>& receiver);
    void disconnect(const SampleReceiver* receiver);

    /// What is kept is of another time: forget it.
    void clear();

    /// How many frames came so far.
    std::uint64_t count() const;

private:
    /// Held while frames are given on, which receivers bear as they must not block: else one that
    /// connects could see a frame twice or miss one.
    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    std::uint64_t count_ = 0;
    /// GUARDED_BY(mutex_)
    std::vector<GRef<GstSample>> kept_;
    /// GUARDED_BY(mutex_)
    std::vector<std::weak_ptr<SampleReceiver>> receivers_;
};

} // namespace mullion
