#pragma once

#include <cstdint>

#include <functional>
#include <memory>
#include <optional>

#include "pipelines/output/programme_take.h"
#include "src/wire/messages.h"

namespace mullion {

/// One way by which a call's programme leaves it as it goes on.
class Broadcast {
public:
    struct Report {
        wire::BroadcastState state = wire::BroadcastState::Starting;
        int viewers = 0;
        /// What went out so far, to one viewer.
        std::uint64_t bytes = 0;
        /// Why it failed, or is tried again.
        std::optional<Error> error = {};
    };

    virtual ~Broadcast() = default;

    /// Streaming-only, one at a time; never blocks.
    virtual void onFrame(const ProgrammeFrame& frame, ProgrammeTake& take) = 0;

    /// How it does. Thread-safe.
    virtual Report report() const = 0;

    /// Main-bound. No frame comes any more; `done` is called on main, not from inside, once nothing
    /// is left to be written.
    virtual void stop(std::function<void()> done) = 0;
};

/// Called when a report changes but for its figures. Thread-safe.
using ReportChanged = std::function<void()>;

/// A frame that waits for a thread of its own.
struct HeldFrame {
    ProgrammeFrame::Track track = ProgrammeFrame::Track::Picture;
    GRef<GstSample> sample = {};
    std::int64_t at = 0;
    bool isKeyFrame = true;

    static HeldFrame of(const ProgrammeFrame& frame) {
        return {frame.track, GRef<GstSample>::share(frame.sample), frame.at, frame.isKeyFrame};
    }

    ProgrammeFrame frame() const { return {track, sample.get(), at, isKeyFrame}; }
};

} // namespace mullion
