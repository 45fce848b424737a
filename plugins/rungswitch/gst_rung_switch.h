#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_RUNG_SWITCH (gst_rung_switch_get_type())
#define GST_RUNG_SWITCH(obj)                                                                       \
    (G_TYPE_CHECK_INSTANCE_CAST((obj), GST_TYPE_RUNG_SWITCH, GstRungSwitch))

typedef struct _GstRungSwitch GstRungSwitch;
typedef struct _GstRungSwitchClass GstRungSwitchClass;

GType gst_rung_switch_get_type(void);

/// Registers the element `rungswitch` with `plugin`; null makes it a feature of this process alone,
/// so that a program which links this needs no plugin path. Call after gst_init().
gboolean gst_rung_switch_register(GstPlugin* plugin);

G_END_DECLS
