#include "plugins/mixminus/gst_mix_minus.h"

#define PACKAGE "mullion"

static gboolean plugin_init(GstPlugin* plugin) {
    return gst_mix_minus_register(plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, mixminus,
                  "Conference mixing without one's own voice", plugin_init, MULLION_VERSION,
                  "Apache 2.0", "mullion", "Unknown package origin")
