#include "plugins/mixminus/gst_mix_minus_pads.h"

#include <new>

namespace {

enum { PROP_0, PROP_VOLUME, PROP_MUTE, PROP_DROPPED };

constexpr auto kReadWrite =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_CONTROLLABLE |
                             GST_PARAM_MUTABLE_PLAYING);

} // namespace

G_DEFINE_TYPE(GstMixMinusSinkPad, gst_mix_minus_sink_pad, GST_TYPE_AUDIO_AGGREGATOR_CONVERT_PAD)
G_DEFINE_TYPE(GstMixMinusSrcPad, gst_mix_minus_src_pad, GST_TYPE_PAD)

static void gst_mix_minus_sink_pad_set_property(GObject* object, guint id, const GValue* value,
                                                GParamSpec* spec) {
    GstMixMinusSinkPad* pad = GST_MIX_MINUS_SINK_PAD(object);
    GST_OBJECT_LOCK(pad);
    if (id == PROP_VOLUME)
        pad->volume = g_value_get_double(value);
    else if (id == PROP_MUTE)
        pad->mute = g_value_get_boolean(value);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    GST_OBJECT_UNLOCK(pad);
}

static void gst_mix_minus_sink_pad_get_property(GObject* object, guint id, GValue* value,
                                                GParamSpec* spec) {
    GstMixMinusSinkPad* pad = GST_MIX_MINUS_SINK_PAD(object);
    GST_OBJECT_LOCK(pad);
    if (id == PROP_VOLUME)
        g_value_set_double(value, pad->volume);
    else if (id == PROP_MUTE)
        g_value_set_boolean(value, pad->mute);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    GST_OBJECT_UNLOCK(pad);
}

static void gst_mix_minus_sink_pad_finalize(GObject* object) {
    delete GST_MIX_MINUS_SINK_PAD(object)->input;
    G_OBJECT_CLASS(gst_mix_minus_sink_pad_parent_class)->finalize(object);
}

static void gst_mix_minus_sink_pad_class_init(GstMixMinusSinkPadClass* klass) {
    GObjectClass* object_class = G_OBJECT_CLASS(klass);
    object_class->set_property = gst_mix_minus_sink_pad_set_property;
    object_class->get_property = gst_mix_minus_sink_pad_get_property;
    object_class->finalize = gst_mix_minus_sink_pad_finalize;
    g_object_class_install_property(
        object_class, PROP_VOLUME,
        g_param_spec_double("volume", "Volume",
                            "Factor for this input, reached over one block so that it does not "
                            "click",
                            0.0, 10.0, 1.0, kReadWrite));
    g_object_class_install_property(
        object_class, PROP_MUTE,
        g_param_spec_boolean("mute", "Mute",
                             "Leave this input out of every output and report it as silent", FALSE,
                             kReadWrite));
}

static void gst_mix_minus_sink_pad_init(GstMixMinusSinkPad* pad) {
    pad->volume = 1.0;
    pad->input = new mullion::mixminus::Input();
}

void gst_mix_minus_sink_pad_gain(GstMixMinusSinkPad* pad, double* volume, bool* muted) {
    GST_OBJECT_LOCK(pad);
    *volume = pad->volume;
    *muted = pad->mute;
    GST_OBJECT_UNLOCK(pad);
}

static void gst_mix_minus_src_pad_get_property(GObject* object, guint id, GValue* value,
                                               GParamSpec* spec) {
    if (id == PROP_DROPPED)
        g_value_set_uint64(value, GST_MIX_MINUS_SRC_PAD(object)->dropped);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void gst_mix_minus_src_pad_class_init(GstMixMinusSrcPadClass* klass) {
    GObjectClass* object_class = G_OBJECT_CLASS(klass);
    object_class->get_property = gst_mix_minus_src_pad_get_property;
    g_object_class_install_property(
        object_class, PROP_DROPPED,
        g_param_spec_uint64("dropped", "Dropped",
                            "Buffers that nobody took: unlinked, flushing or refused downstream", 0,
                            G_MAXUINT64, 0,
                            static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
}

static void gst_mix_minus_src_pad_init(GstMixMinusSrcPad* pad) {
    // GObject gives zeroed memory and no constructors; neither member needs a destructor.
    new (&pad->limiter) mullion::mixminus::Limiter();
    new (&pad->dropped) std::atomic<guint64>(0);
}

static gboolean gst_mix_minus_src_pad_event(GstPad*, GstObject* parent, GstEvent* event) {
    return GST_AGGREGATOR_GET_CLASS(parent)->src_event(GST_AGGREGATOR(parent), event);
}

static gboolean gst_mix_minus_src_pad_query(GstPad*, GstObject* parent, GstQuery* query) {
    GstAggregator* agg = GST_AGGREGATOR(parent);
    if (GST_QUERY_TYPE(query) == GST_QUERY_CAPS) {
        // One format for all outputs: once it is known, it is all that this pad can give.
        if (GstCaps* caps = gst_pad_get_current_caps(agg->srcpad)) {
            GstCaps* filter = nullptr;
            gst_query_parse_caps(query, &filter);
            GstCaps* result = filter ? gst_caps_intersect(caps, filter) : gst_caps_ref(caps);
            gst_query_set_caps_result(query, result);
            gst_caps_unref(result);
            gst_caps_unref(caps);
            return TRUE;
        }
    }
    return GST_AGGREGATOR_GET_CLASS(agg)->src_query(agg, query);
}

GstPad* gst_mix_minus_src_pad_new(GstPadTemplate* templ, guint number) {
    gchar* name = g_strdup_printf("src_%u", number);
    GstPad* pad = GST_PAD(g_object_new(GST_TYPE_MIX_MINUS_SRC_PAD, "name", name, "direction",
                                       GST_PAD_SRC, "template", templ, nullptr));
    g_free(name);
    gst_pad_set_event_function(pad, gst_mix_minus_src_pad_event);
    gst_pad_set_query_function(pad, gst_mix_minus_src_pad_query);
    return pad;
}

void gst_mix_minus_src_pad_begin(GstMixMinusSrcPad* self) {
    GstPad* pad = GST_PAD(self);
    if (GstEvent* sent = gst_pad_get_sticky_event(pad, GST_EVENT_STREAM_START, 0)) {
        gst_event_unref(sent);
        return;
    }
    gchar* id = g_strdup_printf("mixminus-%08x/%s", g_random_int(), GST_PAD_NAME(pad));
    gst_pad_push_event(pad, gst_event_new_stream_start(id));
    g_free(id);
}

static void send_caps(GstPad* pad, GstCaps* caps) {
    GstCaps* sent = gst_pad_get_current_caps(pad);
    if (!sent || (sent != caps && !gst_caps_is_equal(sent, caps)))
        gst_pad_push_event(pad, gst_event_new_caps(caps));
    if (sent) gst_caps_unref(sent);
}

static void send_segment(GstPad* pad, const GstSegment* segment) {
    bool same = false;
    if (GstEvent* sent = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0)) {
        GstSegment before;
        gst_event_copy_segment(sent, &before);
        before.position = segment->position;
        same = gst_segment_is_equal(&before, segment);
        gst_event_unref(sent);
    }
    if (!same) gst_pad_push_event(pad, gst_event_new_segment(segment));
}

void gst_mix_minus_src_pad_push(GstMixMinusSrcPad* self, GstCaps* caps, const GstSegment* segment,
                                GstBuffer* buffer) {
    // The pad's sticky events are the record of what was sent: GStreamer sends them again to a
    // newly linked peer and forgets them on flush and deactivation, when we have to.
    GstPad* pad = GST_PAD(self);
    gst_mix_minus_src_pad_begin(self);
    send_caps(pad, caps);
    send_segment(pad, segment);
    const GstFlowReturn flow = gst_pad_push(pad, buffer);
    if (flow == GST_FLOW_OK) return;
    self->dropped.fetch_add(1);
    GST_DEBUG_OBJECT(pad, "nobody took the buffer: %s", gst_flow_get_name(flow));
}
