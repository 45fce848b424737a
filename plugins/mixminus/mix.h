#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "plugins/mixminus/gst_mix_minus_pads.h"
#include "plugins/mixminus/input.h"
#include "plugins/mixminus/limiter.h"

namespace mullion::mixminus {

/// A buffer on its way to a pad; owns a reference to both.
struct Outgoing {
    GstMixMinusSrcPad* pad;
    GstBuffer* buffer;
};

/// The sum of the block being mixed and what becomes of it. All but the atomics stands under
/// `pads`, which the caller holds.
class Mix {
public:
    std::recursive_mutex pads;
    std::map<guint, GstMixMinusSinkPad*> inputs;
    std::map<guint, GstMixMinusSrcPad*> outputs;
    /// The outputs' format; rateHz is 0 until it is known.
    Layout layout;
    Limiter limiter;

    /// layout.rateHz for threads that do not hold `pads`.
    std::atomic<unsigned> rateHz{0};
    /// The end of the last block as its segment counts, none before the first.
    std::atomic<GstClockTime> reached{GST_CLOCK_TIME_NONE};
    /// Nanoseconds between two messages with levels; 0 = none.
    std::atomic<GstClockTime> levelInterval{kDefaultLevelInterval};

    static constexpr GstClockTime kDefaultLevelInterval = 100 * GST_MSECOND;

    size_t frameBytes() const { return layout.channels * bytesPerSample(layout.format); }

    /// Input::add() for `pad`. False when it was silence.
    bool add(GstMixMinusSinkPad* pad, const void* samples, size_t firstFrame, size_t frames,
             size_t blockFrames);

    /// Takes `pad`'s share out of the block that is half mixed, or its own listener would hear it.
    void withdraw(GstMixMinusSinkPad* pad);

    /// Fills `full` with the sum of all and makes the buffer of each linked output.
    std::vector<Outgoing> render(GstBuffer* full);

    /// Counts a block of `bytes` that ends at running time `end`; the message with the levels when
    /// their interval is over, else null (transfer full).
    GstMessage* takeLevels(GstObject* source, size_t bytes, GstClockTime end);

    /// Forgets the block.
    void endBlock();

    /// Back to the start, format and all.
    void reset();

private:
    void finishSamples(Limiter& limiter, GstBuffer* buffer);
    void rest(Limiter& limiter, size_t samples);
    GstBuffer* renderOutput(GstMixMinusSrcPad* pad, const Input* own, double gainBefore,
                            GstBuffer* full);

    bool blockBegun_ = false;
    std::vector<double> sum_;
    std::vector<double> scratch_;
    guint64 levelFrames_ = 0;
};

} // namespace mullion::mixminus
