#include "pipelines/mix/frame_slot.h"

#include <algorithm>
#include <utility>

namespace mullion {

namespace {

/// A burst longer than this is shown shortened.
constexpr std::size_t kMaxWaiting = 8;

} // namespace

std::optional<MappedFrame> MappedFrame::map(GstBuffer* buffer, const GstVideoInfo& info,
                                            GstMapFlags flags) {
    GstVideoFrame frame;
    if (!gst_video_frame_map(&frame, &info, buffer, flags)) return {};
    return MappedFrame(frame);
}

MappedFrame::MappedFrame(MappedFrame&& other) noexcept
    : frame_(std::exchange(other.frame_, {})) {}

MappedFrame& MappedFrame::operator=(MappedFrame&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
}

MappedFrame::~MappedFrame() {
    if (frame_.buffer) gst_video_frame_unmap(&frame_);
}

template <typename Byte>
Planes<Byte> MappedFrame::planesOf() const {
    const auto plane = [this](int index) {
        return static_cast<Byte*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, index));
    };
    return {plane(0),
            plane(1),
            plane(2),
            GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, 0),
            GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, 1),
            GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, 2),
            GST_VIDEO_FRAME_WIDTH(&frame_),
            GST_VIDEO_FRAME_HEIGHT(&frame_)};
}

template ConstPlanes MappedFrame::planesOf() const;
template MutablePlanes MappedFrame::planesOf() const;

bool FrameSlot::take(GstBuffer* buffer, GstClockTime at, GstCaps* caps) {
    const std::lock_guard lock(mutex_);
    if (caps_.get() != caps) {
        if (!gst_video_info_from_caps(&info_, caps)) return false;
        caps_ = GRef<GstCaps>::share(caps);
    }
    if (GST_VIDEO_INFO_FORMAT(&info_) != GST_VIDEO_FORMAT_I420) return false;
    frames_.push_back({GRef<GstBuffer>::share(buffer), info_, at});
    if (frames_.size() <= kMaxWaiting) return true;
    frames_.pop_front();
    if (!std::exchange(shown_, false)) ++dropped_;
    return false;
}

std::optional<MappedFrame> FrameSlot::frameAt(GstClockTime now) {
    const std::lock_guard lock(mutex_);
    while (frames_.size() > 1 && frames_[1].at <= now) {
        frames_.pop_front();
        if (!std::exchange(shown_, false)) ++dropped_;
    }
    if (frames_.empty()) return {};
    shown_ = true;
    return MappedFrame::map(frames_.front().buffer.get(), frames_.front().info);
}

GstClockTime FrameSlot::ageAt(GstClockTime now) const {
    const std::lock_guard lock(mutex_);
    return frames_.empty() || frames_.front().at > now ? 0 : now - frames_.front().at;
}

bool FrameSlot::hasSince(GstClockTime since, GstClockTime now) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(frames_.begin(), frames_.end(),
                       [&](const Frame& frame) { return frame.at >= since && frame.at <= now; });
}

std::uint64_t FrameSlot::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

void FrameSlot::clear() {
    const std::lock_guard lock(mutex_);
    frames_.clear();
    shown_ = false;
}

} // namespace mullion
