#pragma once

#include <cstdint>

#include <chrono>

namespace mullion {

/// Where the segments of HLS begin, and the parts of each. Plain bookkeeping: the frames that lead
/// (the picture's, or the sound's where there is none) are told in order.
class HlsCutter {
public:
    using Time = std::chrono::nanoseconds;

    /// What the playlist promises: no part is longer (EXT-X-PART-INF), and no segment when it is
    /// rounded (EXT-X-TARGETDURATION).
    static constexpr std::chrono::milliseconds kPartTarget{400};
    static constexpr std::chrono::seconds kSegmentTarget{2};

    struct Step {
        /// A part ends before this frame, and maybe its segment with it.
        bool endsPart = false;
        bool endsSegment = false;
    };

    /// A frame that comes at `at`. The first one begins the first segment.
    Step frame(Time at, bool isKeyFrame);

    /// Whether a key frame is to be asked for, once a segment, as the next is due to begin. `at`:
    /// of the newest frame there is, which frame() may not have been told of yet.
    bool wantsKeyFrame(Time at, bool isKeyFrame);

    /// Another encoding begins with the next frame, which is a key frame.
    void restart() { restart_ = true; }

    /// When the part and the segment began that the frame is in.
    Time partStart() const { return part_; }

private:
    bool begun_ = false;
    bool restart_ = false;
    bool asked_ = false;
    Time segment_{0};
    Time part_{0};
};

} // namespace mullion
