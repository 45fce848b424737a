#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pipelines/mix/audio_mix.h"
#include "pipelines/mix/overlay.h"
#include "pipelines/mix/rung.h"
#include "pipelines/mix/video_mix.h"

namespace mullion {

/// The mix of a call: one pipeline that is built once and stays while legs come and go beside it.
///
///     inlet i ▸ mixminus ▸ outlet i                          a participant each
///     inlet j ▸ compositor ▸ canvas ▸ overlay ▸ rung         a tile each
///
/// Main-bound.
class Mix {
public:
    /// Builds and starts the mix. `onFailed` comes at most once, when an element of the mix has
    /// failed: nothing in the call can go on then.
    static Result<std::unique_ptr<Mix>> create(const wire::Canvas& canvas,
                                               std::function<void(const std::string&)> onFailed);
    ~Mix();
    Mix(const Mix&) = delete;
    Mix& operator=(const Mix&) = delete;

    AudioMix& audio() { return *audio_; }

    VideoMix& video() { return *video_; }

    Overlay& overlay() { return *overlay_; }

    const std::shared_ptr<Rung>& rung() const { return rung_; }

    /// Gives another pipeline this one's clock and base time, so that running time is the same.
    void share(GstElement* pipeline) const;

    /// The running time now, in ns.
    GstClockTime runningTime() const;

private:
    Mix() = default;

    GRef<GstElement> pipeline_;
    GRef<GstClock> clock_;
    GstClockTime baseTime_ = 0;
    std::unique_ptr<AudioMix> audio_;
    std::unique_ptr<VideoMix> video_;
    std::unique_ptr<Overlay> overlay_;
    std::shared_ptr<Rung> rung_;
    BusWatch bus_;
};

} // namespace mullion
