#pragma once

#include <deque>
#include <mutex>
#include <optional>

#include <gst/video/video.h>

#include "pipelines/gst/bridge.h"
#include "pipelines/mix/picture.h"

namespace mullion {

/// An I420 frame in memory for as long as this object lives. Move-only.
class MappedFrame {
public:
    /// @return nothing where the buffer is not what `info` says.
    static std::optional<MappedFrame> map(GstBuffer* buffer, const GstVideoInfo& info,
                                          GstMapFlags flags = GST_MAP_READ);
    MappedFrame(MappedFrame&& other) noexcept;
    MappedFrame& operator=(MappedFrame&& other) noexcept;
    ~MappedFrame();

    ConstPlanes planes() const { return planesOf<const std::uint8_t>(); }

    /// Only where it was mapped to be written.
    MutablePlanes mutablePlanes() const { return planesOf<std::uint8_t>(); }

private:
    template <typename Byte>
    Planes<Byte> planesOf() const;

    explicit MappedFrame(const GstVideoFrame& frame)
        : frame_(frame) {}

    GstVideoFrame frame_ = {};
};

/// Where the decoded frames of one source wait for the composer: it shows the newest whose time has
/// come, so that frames that arrive in bursts are shown evenly. I420 of any size. Thread-safe.
class FrameSlot : public MediaTarget {
public:
    /// @return false where the frame is no I420, or made an older one go that was not shown yet.
    bool take(GstBuffer* buffer, GstClockTime at, GstCaps* caps) override;

    /// The newest frame whose running time is not after `now`, or the first if there is no such;
    /// nothing before that.
    std::optional<MappedFrame> frameAt(GstClockTime now);

    /// How long before `now` the shown frame was to be shown, 0 where there is none.
    GstClockTime ageAt(GstClockTime now) const;

    /// Whether there is a frame that is to be shown at `since` or later, and not after `now`.
    bool hasSince(GstClockTime since, GstClockTime now) const;

    /// Frames that were never shown: they came in a burst, or too late.
    std::uint64_t dropped() const;

    /// Forgets its frames: whoever is shown here next does not begin with an old picture.
    void clear();

private:
    struct Frame {
        GRef<GstBuffer> buffer;
        GstVideoInfo info;
        GstClockTime at = 0;
    };

    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_): the shown one first.
    std::deque<Frame> frames_;
    /// GUARDED_BY(mutex_): whether the first of them has been shown.
    bool shown_ = false;
    /// GUARDED_BY(mutex_)
    std::uint64_t dropped_ = 0;
    /// GUARDED_BY(mutex_): what the newest caps say.
    GRef<GstCaps> caps_;
    GstVideoInfo info_ = {};
};

} // namespace mullion
