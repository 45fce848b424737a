#include "pipelines/output/hls_cutter.h"

namespace mullion {

namespace {

using namespace std::chrono_literals;

/// A part ends with the first frame that would make it longer: up to 50 ms before the next.
constexpr auto kPart = HlsCutter::kPartTarget - 50ms;
/// Asked for so late, a key frame comes with the next frame or the one after: at the target.
constexpr auto kAsk = HlsCutter::kSegmentTarget - 90ms;
/// Key frames come for others as well; a segment of less than this is not worth its request.
constexpr auto kShortest = 1s;
/// The longest that is rounded down to the target (RFC 8216, 4.3.3.1): then it ends without one.
constexpr auto kLongest = HlsCutter::kSegmentTarget + 450ms;

} // namespace

HlsCutter::Step HlsCutter::frame(Time at, bool isKeyFrame) {
    Step step;
    if (!begun_) {
        begun_ = true;
        segment_ = part_ = at;
        return step;
    }
    const Time since = at - segment_;
    step.endsSegment = restart_ || (isKeyFrame && since >= kShortest) || since >= kLongest;
    step.endsPart = step.endsSegment || at - part_ >= kPart;
    restart_ = false;
    if (step.endsPart) part_ = at;
    if (step.endsSegment) {
        segment_ = at;
        asked_ = false;
    }
    return step;
}

bool HlsCutter::wantsKeyFrame(Time at, bool isKeyFrame) {
    if (!begun_ || asked_) return false;
    const Time since = at - segment_;
    // One that came for others will do.
    asked_ = isKeyFrame ? since >= kShortest : since >= kAsk;
    return asked_ && !isKeyFrame;
}

} // namespace mullion
