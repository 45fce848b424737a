#pragma once

#include <atomic>

#include <gst/audio/gstaudioaggregator.h>

#include "plugins/mixminus/input.h"
#include "plugins/mixminus/limiter.h"

G_BEGIN_DECLS

#define GST_TYPE_MIX_MINUS_SINK_PAD (gst_mix_minus_sink_pad_get_type())
#define GST_MIX_MINUS_SINK_PAD(obj)                                                                \
    (G_TYPE_CHECK_INSTANCE_CAST((obj), GST_TYPE_MIX_MINUS_SINK_PAD, GstMixMinusSinkPad))

#define GST_TYPE_MIX_MINUS_SRC_PAD (gst_mix_minus_src_pad_get_type())
#define GST_MIX_MINUS_SRC_PAD(obj)                                                                 \
    (G_TYPE_CHECK_INSTANCE_CAST((obj), GST_TYPE_MIX_MINUS_SRC_PAD, GstMixMinusSrcPad))

/// An input, sink_%u. `volume` and `mute` stand under the object lock; the rest under the
/// element's pads lock.
struct GstMixMinusSinkPad {
    GstAudioAggregatorConvertPad parent;
    double volume;
    gboolean mute;
    mullion::mixminus::Input* input;
};

struct GstMixMinusSinkPadClass {
    GstAudioAggregatorConvertPadClass parent_class;
};

/// An output without one input, src_%u. The limiter stands under the element's pads lock.
struct GstMixMinusSrcPad {
    GstPad parent;
    mullion::mixminus::Limiter limiter;
    std::atomic<guint64> dropped;
};

struct GstMixMinusSrcPadClass {
    GstPadClass parent_class;
};

GType gst_mix_minus_sink_pad_get_type(void);
GType gst_mix_minus_src_pad_get_type(void);

/// Reads both properties of one moment. Thread-safe.
void gst_mix_minus_sink_pad_gain(GstMixMinusSinkPad* pad, double* volume, bool* muted);

/// Makes src_<number> of `templ`, which answers events and queries as the element's `src` does.
GstPad* gst_mix_minus_src_pad_new(GstPadTemplate* templ, guint number);

/// Sends a stream-start where the pad's stream has none; EOS too must come after one. Thread-safe.
void gst_mix_minus_src_pad_begin(GstMixMinusSrcPad* pad);

/// Sends what a stream begins with where the pad's stream lacks it or it has changed, then pushes
/// `buffer` (transfer full). A buffer that nobody took is counted in `dropped`. Streaming-only.
void gst_mix_minus_src_pad_push(GstMixMinusSrcPad* pad, GstCaps* caps, const GstSegment* segment,
                                GstBuffer* buffer);

G_END_DECLS
