#pragma once

#include <cstdint>

#include <deque>
#include <mutex>
#include <string>

#include "pipelines/gst/bridge.h"
#include "pipelines/gst/source_pad.h"

namespace mullion {

/// Where a participant's sound waits for its block of the mix, without a thread of its own: whoever
/// brings it wakes nobody, and the mixing thread takes out what its next block needs.
class AudioInput : public MediaTarget {
public:
    /// `mixer` is the pad of the mixer that it feeds.
    AudioInput(const std::string& name, GstPad* mixer);

    /// Takes sound in kMixAudioCaps for a time, in place of all that waits for a later one.
    /// Thread-safe. @return false where that is more than a second ahead, which is dropped.
    bool take(GstBuffer* buffer, GstClockTime at, GstCaps* caps) override;

    /// Whose sound waits has gone. Thread-safe.
    void clear();

    /// Gives the mixer what begins before `until`, running time, once it has used up what it has:
    /// one buffer of all that lies one behind the other. For the mixing thread.
    void feed(GstClockTime until);

private:
    GRef<GstBuffer> next(GstClockTime until);

    GRef<GstPad> mixer_;
    SourcePad source_;
    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    /// By their times, which rise.
    std::deque<GRef<GstBuffer>> waiting_ = {};
    /// The end of the newest block that was due.
    GstClockTime until_ = GST_CLOCK_TIME_NONE;
};

} // namespace mullion
