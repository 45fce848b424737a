#include "pipelines/mix/audio_input.h"

#include <cstdlib>
#include <utility>

#include <gst/base/gstaggregator.h>

#include "pipelines/mix/audio_mix.h"

namespace mullion {

namespace {

/// Sound waits for its time, which is the mix's and up to half a second for lips (leg/intake).
constexpr GstClockTime kMaxAhead = GST_SECOND;
/// A second of the shortest packets.
constexpr std::size_t kMaxWaiting = 400;
constexpr std::uint64_t kBytesPerSecond = 48000 * sizeof(std::int16_t);
/// Two clocks are never quite the same. The mixer closes such gaps as well.
constexpr GstClockTimeDiff kTolerance = 10 * GST_MSECOND;

GstClockTime endOf(GstBuffer* buffer) {
    return GST_BUFFER_PTS(buffer) +
           gst_util_uint64_scale(gst_buffer_get_size(buffer), GST_SECOND, kBytesPerSecond);
}

bool follows(GstBuffer* next, GstBuffer* buffer) {
    return std::abs(GST_CLOCK_DIFF(endOf(buffer), GST_BUFFER_PTS(next))) < kTolerance;
}

} // namespace

AudioInput::AudioInput(const std::string& name, GstPad* mixer)
    : mixer_(GRef<GstPad>::share(mixer))
    , source_(name, GRef<GstCaps>::adopt(gst_caps_from_string(kMixAudioCaps)), mixer,
              [](GstEvent*) {}) {}

bool AudioInput::take(GstBuffer* buffer, GstClockTime at, GstCaps*) {
    auto timed = retimed(buffer, at);
    const std::lock_guard lock(mutex_);
    if (GST_CLOCK_TIME_IS_VALID(until_) && at > until_ + kMaxAhead) return false;
    // Another source, or one that has begun anew, takes the place of the one before.
    while (!waiting_.empty() && GST_BUFFER_PTS(waiting_.back().get()) >= at)
        waiting_.pop_back();
    // What is late most, where the mixer stood still.
    if (waiting_.size() >= kMaxWaiting) waiting_.pop_front();
    waiting_.push_back(std::move(timed));
    return true;
}

void AudioInput::clear() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
}

/// Small packets become one buffer.
GRef<GstBuffer> AudioInput::next(GstClockTime until) {
    const std::lock_guard lock(mutex_);
    GRef<GstBuffer> buffer;
    while (!waiting_.empty() && GST_BUFFER_PTS(waiting_.front().get()) < until &&
           (!buffer || follows(waiting_.front().get(), buffer.get()))) {
        auto taken = std::move(waiting_.front());
        waiting_.pop_front();
        buffer = buffer
                     ? GRef<GstBuffer>::adopt(gst_buffer_append(buffer.release(), taken.release()))
                     : std::move(taken);
    }
    if (buffer)
        GST_BUFFER_DURATION(buffer.get()) = endOf(buffer.get()) - GST_BUFFER_PTS(buffer.get());
    return buffer;
}

void AudioInput::feed(GstClockTime until) {
    {
        const std::lock_guard lock(mutex_);
        until_ = until;
    }
    // The mixer hears of the stream before there is anything to mix.
    source_.begin();
    // It makes a push wait where it has more than it needs, and would wait for itself. It comes
    // back within the same block where what it has does not fill that.
    if (gst_aggregator_pad_has_buffer(GST_AGGREGATOR_PAD(mixer_.get()))) return;
    if (auto buffer = next(until)) source_.push(std::move(buffer));
}

} // namespace mullion
