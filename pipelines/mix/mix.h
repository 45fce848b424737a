#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pipelines/mix/audio_mix.h"
#include "pipelines/mix/composer.h"
#include "pipelines/mix/ladder.h"

namespace mullion {

/// A picture is on the canvas about this much earlier than the sound of its moment is in a block,
/// so whoever sends or keeps both moves its timestamps back by it.
inline constexpr GstClockTime kPictureLabelShift = 20 * GST_MSECOND;

/// The mix of a call, which is made once and stays while legs come and go beside it.
///
///     input i ▸ mixminus ▸ outlet i                                a participant each
///     frame slot j ▸ composer ▸ canvas ▸ rung ▸ outlet             a shown picture each
///
/// Main-bound.
class Mix {
public:
    /// Builds and starts the mix; `topBitrate` as Ladder has it. `onFailed` comes when something of
    /// the mix has failed for good: nothing in the call can go on then.
    static Result<std::unique_ptr<Mix>> create(const wire::Canvas& canvas, int topBitrate,
                                               std::function<void(const std::string&)> onFailed);
    ~Mix();
    Mix(const Mix&) = delete;
    Mix& operator=(const Mix&) = delete;

    AudioMix& audio() { return *audio_; }

    Composer& composer() { return *composer_; }

    Ladder& ladder() { return *ladder_; }

    /// The canvas and its rungs from now on. Who takes a rung keeps it until he asks for another.
    void setCanvas(const wire::Canvas& canvas);

    /// Gives another pipeline this one's clock and base time, so that running time is the same.
    void share(GstElement* pipeline) const;

    /// The running time now, in ns.
    GstClockTime runningTime() const;

    /// Where it begins on the system's clock.
    GstClockTime baseTime() const { return baseTime_; }

    /// `onLevels` gets the inputs' levels ten times a second.
    void watchLevels(std::function<void(const std::vector<AudioMix::Level>&)> onLevels) {
        onLevels_ = std::move(onLevels);
    }

private:
    Mix() = default;

    GRef<GstElement> pipeline_;
    GRef<GstClock> clock_;
    GstClockTime baseTime_ = 0;
    std::unique_ptr<AudioMix> audio_;
    std::unique_ptr<Composer> composer_;
    std::unique_ptr<Ladder> ladder_;
    std::function<void(const std::vector<AudioMix::Level>&)> onLevels_;
    BusWatch bus_;
};

} // namespace mullion
