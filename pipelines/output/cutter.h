#pragma once

#include <cstdint>

#include <deque>
#include <optional>

namespace mullion {

/// Where one frame goes.
struct Cut {
    /// The file, counted from the first of this recorder.
    int part = 0;
    /// Its time in that file, ns.
    std::int64_t at = 0;
};

/// Cuts a programme into files, and pauses out of it: pure bookkeeping of times.
///
/// A file begins with a key frame, and its first sound is that of the same moment; what is cut out
/// leaves no gap. Sound may come before or after the picture of its moment, by up to a few seconds:
/// each frame of both is in exactly one file. All times are running time in ns. Not thread-safe.
class Cutter {
public:
    /// Without a picture, every frame of sound is as good as a key frame.
    explicit Cutter(bool hasPicture)
        : hasPicture_(hasPicture) {}

    /// The next key frame begins another file.
    void cut() { cutWanted_ = true; }

    /// What is of `now` or later is left out, but for what the frame takes that is shown then.
    /// @return what the first time is that is left out; while it is paused, that of its pause.
    std::int64_t pause(std::int64_t now);
    /// The next key frame that is not before `now` goes on.
    void resume(std::int64_t now);

    bool isPaused() const { return paused_.has_value(); }

    /// @return nothing for a frame that belongs into no file.
    std::optional<Cut> picture(std::int64_t at, bool isKeyFrame);
    std::optional<Cut> sound(std::int64_t at);

private:
    /// What lies between two cuts.
    struct Stretch {
        int part = 0;
        std::int64_t begin = 0;
        /// Not included; unknown while it goes on.
        std::optional<std::int64_t> end = {};
        /// What the time of its begin is in the file.
        std::int64_t offset = 0;

        bool holds(std::int64_t at) const { return at >= begin && (!end || at < *end); }
    };

    void begin(std::int64_t at);
    std::optional<Cut> place(std::int64_t at) const;

    bool hasPicture_ = true;
    bool cutWanted_ = false;
    std::optional<std::int64_t> paused_ = {};
    /// The newest frame, of sound where there is no picture, and how long after the one before.
    std::optional<std::int64_t> newest_ = {};
    std::int64_t step_ = 0;
    /// Resumed, but its key frame has not come.
    std::optional<std::int64_t> resumedAt_ = {};
    /// The newest last; old ones are kept for sound that is late.
    std::deque<Stretch> stretches_ = {};
};

} // namespace mullion
