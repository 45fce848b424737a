#pragma once

#include <chrono>
#include <deque>
#include <optional>

#include "pipelines/output/broadcast.h"

namespace mullion {

/// Puts the frames of a programme into the order of their times, picture before sound of the same
/// time: the sound of a moment comes some 80 ms after its picture. Where one track stays away, the
/// other goes on without it. Plain bookkeeping; each track's frames are given in order.
class Interleaver {
public:
    /// So much of one track is held back for the other.
    static constexpr std::chrono::milliseconds kPatience{500};

    void push(HeldFrame frame);

    /// The next frame, once none can come that belongs before it.
    std::optional<HeldFrame> next();

    /// The next frame, though others may belong before it: nothing comes any more.
    std::optional<HeldFrame> last();

private:
    using Track = std::deque<HeldFrame>;

    /// The track whose frame is the next of those that are held, which are some.
    Track& nextTrack();

    Track picture_ = {};
    Track sound_ = {};
};

} // namespace mullion
