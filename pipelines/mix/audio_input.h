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

    /// Takes sound in kMixAudioCaps; above half a second of it, more is dropped. Thread-safe.
    bool take(GstBuffer* buffer, GstClockTime at, GstCaps* caps) override;

    /// Gives the mixer what begins before `until`, running time, once it has used up what it has:
    /// one buffer of all that lies one behind the other. For the mixing thread.
    void feed(GstClockTime until);

private:
    GRef<GstBuffer> next(GstClockTime until);

    GRef<GstPad> mixer_;
    SourcePad source_;
    std::mutex mutex_;
    /// In the order in which it came. GUARDED_BY(mutex_)
    std::deque<GRef<GstBuffer>> waiting_ = {};
};

} // namespace mullion
