#include "plugins/rungswitch/gst_rung_switch.h"

#define PACKAGE "mullion"

static gboolean plugin_init(GstPlugin* plugin) {
    return gst_rung_switch_register(plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, rungswitch,
                  "Changes between encodings of one picture at key frames", plugin_init,
                  MULLION_VERSION, "Apache 2.0", "mullion", "Unknown package origin")
