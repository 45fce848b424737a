#include "pipelines/mix/recent_gop.h"

#include <algorithm>

namespace mullion {

void RecentGop::onSample(GstSample* sample) {
    const bool isKeyFrame =
        !GST_BUFFER_FLAG_IS_SET(gst_sample_get_buffer(sample), GST_BUFFER_FLAG_DELTA_UNIT);
    const std::lock_guard lock(mutex_);
    ++count_;
    if (isKeyFrame || kept_.size() >= kMaxKept) kept_.clear();
    if (isKeyFrame || !kept_.empty()) kept_.push_back(GRef<GstSample>::share(sample));
    for (const auto& weak : receivers_)
        if (const auto receiver = weak.lock()) receiver->onSample(sample);
}

bool RecentGop::connect(const std::shared_ptr<SampleReceiver>& receiver) {
    const std::lock_guard lock(mutex_);
    std::erase_if(receivers_, [](const auto& weak) { return weak.expired(); });
    receivers_.push_back(receiver);
    if (kept_.empty()) return false;
    // They come at once, so they are of one moment: with their own times the receiver would take
    // the burst for delay of the network and wait as long from then on.
    GstClockTime time = GST_BUFFER_PTS(gst_sample_get_buffer(kept_.back().get()));
    time -= std::min(time, (kept_.size() - 1) * GST_MSECOND);
    for (const auto& sample : kept_) {
        const auto buffer = retimed(gst_sample_get_buffer(sample.get()), time);
        const auto moved =
            GRef<GstSample>::adopt(gst_sample_new(buffer.get(), gst_sample_get_caps(sample.get()),
                                                  gst_sample_get_segment(sample.get()), nullptr));
        receiver->onSample(moved.get());
        time += GST_MSECOND;
    }
    return true;
}

void RecentGop::disconnect(const SampleReceiver* receiver) {
    const std::lock_guard lock(mutex_);
    std::erase_if(receivers_, [receiver](const auto& weak) {
        const auto strong = weak.lock();
        return !strong || strong.get() == receiver;
    });
}

void RecentGop::clear() {
    const std::lock_guard lock(mutex_);
    kept_.clear();
}

std::uint64_t RecentGop::count() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

} // namespace mullion
