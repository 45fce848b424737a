/**
 * SECTION:element-rungswitch
 * @title: rungswitch
 *
 * Forwards one of several encodings of the same picture (rungs) and changes to another at that
 * one's next key frame. A payloader behind it keeps its sequence numbers, timestamps and picture
 * ids, and a decoder behind that one has every frame that the next leans on.
 *
 * `sink_N` is an input, requested by name or unnamed for the lowest free number. `wanted` is the
 * input to change to and `active` the one that is forwarded. Till the wanted one's key frame is
 * there the active one goes on; what comes of the other inputs is dropped at once and never blocks
 * them. An input is asked for a key frame (GstForceKeyUnit) when it becomes wanted, and again every
 * 500 ms of its running time until one comes.
 *
 * Until `wanted` is set for the first time, the first input whose key frame comes is taken. Null
 * takes back a change that has not happened yet and leaves the active input as it is; release its
 * pad to stop it. A pad that is released is neither active nor wanted any more.
 *
 * ## Times
 *
 * The inputs share one running time, as encoders side by side do. Frames go out with theirs as
 * timestamps, in one segment that begins at 0 and stays. They always rise: a frame that is not at
 * least 1 ms later than the one before (its moment was sent already by another input) is moved to
 * 1 ms after it, and so are those that follow until they are in their own time again. Frames
 * without a timestamp follow in the same step. None is dropped for its time.
 *
 * ## Events, queries and failures
 *
 * - Caps go out when an input's frame needs them; stream-start and segment once.
 * - Of an input, its segment, flushes, gaps and end stay here. The stream ends when the active
 *   input does while no other is wanted, or, if one is, when that has ended as well.
 * - Upstream events go to the active input, or to the wanted one while none is active. Requests for
 *   a key frame go to both while a change is awaited; latency and reconfigure events go to all.
 * - Latency is that of the slowest linked input; other queries go where events go. Inputs
 *   get no allocation from downstream, since that may differ when their turn comes.
 * - A failure downstream is returned to the active input alone. As a frame is missing then, that
 *   input too goes on at a key frame only, which it is asked for. So it does after a flush.
 *
 * ## Limits
 *
 * - Frames come in the order in which they are shown (no B-frames): DTS is set to PTS.
 * - A buffer is a whole frame, and a key frame brings all that it takes to be decoded (byte-stream
 *   H.264 with its parameter sets, not `avc`).
 * - Releasing the active input's pad waits until its frame has gone downstream, and is not to be
 * done from within that.
 *
 * ## Properties
 *
 * - `wanted` (GstPad, may be null): see above. It stays set after the change.
 * - `active` (GstPad, read-only): notified, without a lock held, after its first frame went out, in
 *   the streaming thread of that input. The pad of the one before may be released there.
 * - `switches` (read-only): how often one input took over from another.
 * - `dropped` (read-only): frames that were not forwarded: those of inputs that are not active and
 *   those before a key frame that had to be awaited.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 rungswitch name=s ! vp8dec ! y4menc ! filesink location=one-rung.y4m
 * videotestsrc num-buffers=30 ! video/x-raw,width=640,height=360 ! vp8enc deadline=1 ! s.sink_0
 * videotestsrc num-buffers=30 ! video/x-raw,width=320,height=180 ! vp8enc deadline=1 ! s.sink_1
 * ]| Two rungs; the one whose key frame is there first is decoded, from its first frame to its
 * last.
 */
//
// Threads: each input has a streaming thread of its own; pads and `wanted` are set from any. Frames
// are pushed in the thread of their input. The end of the stream, where setting `wanted` or a
// release brings it, is pushed by a thread of GStreamer's pool, so that neither ever waits for what
// is downstream.
//
// Locks (in router.h): who sends something out of src has the turn, so that an input which takes
// over waits for the last frame of the one before. Only inputs whose frame goes out wait for it,
// hence others never do. `state` is a mutex for all that is decided upon, held briefly.
//
// Order: an input's stream lock, the turn, state. Nothing calls out under state, and nothing
// deactivates a pad (which takes its stream lock) under either. A release first takes the pad out
// of the state, upon which its thread waits for the turn no longer, and then deactivates it.
#include "plugins/rungswitch/gst_rung_switch.h"

#include <cstdio>

#include "plugins/rungswitch/router.h"

GST_DEBUG_CATEGORY(rung_switch_debug);
#define GST_CAT_DEFAULT rung_switch_debug

using mullion::rungswitch::Choice;
using mullion::rungswitch::Router;

namespace {

enum { PROP_0, PROP_WANTED, PROP_ACTIVE, PROP_SWITCHES, PROP_DROPPED };

} // namespace

struct _GstRungSwitch {
    GstElement parent;
    Router* router;
};

struct _GstRungSwitchClass {
    GstElementClass parent_class;
};

#define gst_rung_switch_parent_class parent_class
G_DEFINE_TYPE(GstRungSwitch, gst_rung_switch, GST_TYPE_ELEMENT)

#define ENCODED_CAPS "video/x-vp8; video/x-h264; video/x-vp9; video/x-av1"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink_%u", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS(ENCODED_CAPS));
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(ENCODED_CAPS));

// --- Pads --------------------------------------------------------------------------------------

static Router& router_of(gpointer element) {
    return *GST_RUNG_SWITCH(element)->router;
}

static GstFlowReturn gst_rung_switch_chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
    return router_of(parent).chain(pad, buffer);
}

static gboolean gst_rung_switch_sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
    return router_of(parent).onSinkEvent(pad, event);
}

static gboolean gst_rung_switch_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
    return router_of(parent).onSinkQuery(pad, query);
}

static gboolean gst_rung_switch_src_event(GstPad*, GstObject* parent, GstEvent* event) {
    return router_of(parent).onSrcEvent(event);
}

static gboolean gst_rung_switch_src_query(GstPad*, GstObject* parent, GstQuery* query) {
    return router_of(parent).onSrcQuery(query);
}

static bool parse_number(const gchar* name, guint* number) {
    return sscanf(name, "sink_%u", number) == 1;
}

static GstPad* gst_rung_switch_request_new_pad(GstElement* element, GstPadTemplate* templ,
                                               const gchar* name, const GstCaps*) {
    Router& router = router_of(element);
    guint number = 0;
    const bool isNumbered = name && parse_number(name, &number);
    if (!router.reserve(isNumbered ? static_cast<gint64>(number) : -1, &number)) {
        GST_WARNING_OBJECT(element, "no pad %s: it exists already", name);
        return nullptr;
    }
    gchar* numbered = g_strdup_printf("sink_%u", number);
    GstPad* pad = gst_pad_new_from_template(templ, numbered);
    g_free(numbered);
    gst_pad_set_chain_function(pad, gst_rung_switch_chain);
    gst_pad_set_event_function(pad, gst_rung_switch_sink_event);
    gst_pad_set_query_function(pad, gst_rung_switch_sink_query);
    // Whether what follows takes a format is known when an input's turn comes.
    GST_PAD_SET_ACCEPT_TEMPLATE(pad);
    router.add(pad);
    gst_pad_set_active(pad, TRUE);
    gst_element_add_pad(element, pad);
    return pad;
}

static void gst_rung_switch_release_pad(GstElement* element, GstPad* pad) {
    Router& router = router_of(element);
    guint number = 0;
    parse_number(GST_PAD_NAME(pad), &number);
    router.remove(pad);
    gst_pad_set_active(pad, FALSE);
    gst_element_remove_pad(element, pad);
    router.vacate(number);
}

static GstStateChangeReturn gst_rung_switch_change_state(GstElement* element,
                                                         GstStateChange change) {
    const GstStateChangeReturn result =
        GST_ELEMENT_CLASS(parent_class)->change_state(element, change);
    if (change == GST_STATE_CHANGE_PAUSED_TO_READY) router_of(element).reset();
    return result;
}

// --- The type ----------------------------------------------------------------------------------

static void gst_rung_switch_set_property(GObject* object, guint id, const GValue* value,
                                         GParamSpec* spec) {
    if (id != PROP_WANTED) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        return;
    }
    auto* pad = static_cast<GstPad*>(g_value_get_object(value));
    if (!router_of(object).want(pad))
        g_warning("%s: wanted pad %s is none of its inputs", GST_OBJECT_NAME(object),
                  GST_OBJECT_NAME(pad));
}

static void gst_rung_switch_get_property(GObject* object, guint id, GValue* value,
                                         GParamSpec* spec) {
    Router& router = router_of(object);
    switch (id) {
    case PROP_WANTED:
        router.readInto(value, &Choice::wanted);
        break;
    case PROP_ACTIVE:
        router.readInto(value, &Choice::active);
        break;
    case PROP_SWITCHES:
        g_value_set_uint(value, router.switches());
        break;
    case PROP_DROPPED:
        g_value_set_uint64(value, router.dropped());
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void gst_rung_switch_finalize(GObject* object) {
    delete GST_RUNG_SWITCH(object)->router;
    G_OBJECT_CLASS(parent_class)->finalize(object);
}

static void install_properties(GObjectClass* klass) {
    constexpr auto kReadOnly = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_property(
        klass, PROP_WANTED,
        g_param_spec_object("wanted", "Wanted",
                            "The input to change to at its next key frame, which it is asked for "
                            "(null = no change; never set = the first that comes)",
                            GST_TYPE_PAD,
                            static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                     GST_PARAM_MUTABLE_PLAYING)));
    g_object_class_install_property(klass, PROP_ACTIVE,
                                    g_param_spec_object("active", "Active",
                                                        "The input that is forwarded (null = none)",
                                                        GST_TYPE_PAD, kReadOnly));
    g_object_class_install_property(klass, PROP_SWITCHES,
                                    g_param_spec_uint("switches", "Switches",
                                                      "How often one input took over from another",
                                                      0, G_MAXUINT, 0, kReadOnly));
    g_object_class_install_property(
        klass, PROP_DROPPED,
        g_param_spec_uint64("dropped", "Dropped",
                            "Frames of inputs that are not active, and those before a key frame "
                            "that had to be awaited",
                            0, G_MAXUINT64, 0, kReadOnly));
}

static void gst_rung_switch_class_init(GstRungSwitchClass* klass) {
    GObjectClass* object_class = G_OBJECT_CLASS(klass);
    GstElementClass* element_class = GST_ELEMENT_CLASS(klass);

    object_class->set_property = gst_rung_switch_set_property;
    object_class->get_property = gst_rung_switch_get_property;
    object_class->finalize = gst_rung_switch_finalize;
    install_properties(object_class);

    gst_element_class_add_static_pad_template(element_class, &src_template);
    gst_element_class_add_static_pad_template(element_class, &sink_template);
    gst_element_class_set_static_metadata(
        element_class, "Rung switch", "Generic/Video",
        "Forwards one of several encodings of a picture and changes to another at its key frame",
        "mullion developers");
    element_class->request_new_pad = gst_rung_switch_request_new_pad;
    element_class->release_pad = gst_rung_switch_release_pad;
    element_class->change_state = gst_rung_switch_change_state;
    GST_DEBUG_CATEGORY_INIT(rung_switch_debug, "rungswitch", 0, "Changes between encodings");
}

static void gst_rung_switch_init(GstRungSwitch* self) {
    GstPad* src = gst_pad_new_from_static_template(&src_template, "src");
    gst_pad_set_event_function(src, gst_rung_switch_src_event);
    gst_pad_set_query_function(src, gst_rung_switch_src_query);
    gst_element_add_pad(GST_ELEMENT(self), src);
    self->router = new Router(GST_ELEMENT(self), src);
}

gboolean gst_rung_switch_register(GstPlugin* plugin) {
    return gst_element_register(plugin, "rungswitch", GST_RANK_NONE, GST_TYPE_RUNG_SWITCH);
}
