#pragma once

#include <gst/audio/gstaudioaggregator.h>

G_BEGIN_DECLS

#define GST_TYPE_MIX_MINUS (gst_mix_minus_get_type())
#define GST_MIX_MINUS(obj) (G_TYPE_CHECK_INSTANCE_CAST((obj), GST_TYPE_MIX_MINUS, GstMixMinus))

typedef struct _GstMixMinus GstMixMinus;
typedef struct _GstMixMinusClass GstMixMinusClass;

GType gst_mix_minus_get_type(void);

/// Registers the element `mixminus` with `plugin`; null makes it a feature of this process alone,
/// so that a program which links this needs no plugin path. Call after gst_init().
gboolean gst_mix_minus_register(GstPlugin* plugin);

G_END_DECLS
