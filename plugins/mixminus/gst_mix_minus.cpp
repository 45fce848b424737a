/**
 * SECTION:element-mixminus
 * @title: mixminus
 *
 * Adds each input once and gives each output the sum without its own input, so that in a
 * conference nobody hears himself. The work grows with the number of participants, not its square.
 *
 * `sink_N` is an input and `src_N` the mix of all inputs but `sink_N`; both are requested, by name
 * or unnamed for the lowest free number, in any order. A `src_N` without `sink_N` is the full mix,
 * which the always pad `src` has as well.
 *
 * All outputs of a block carry the same times and offsets. An output whose own input is silent in
 * a block is the full mix, and then pushes **the very buffer** that `src` pushes (the same
 * pointer), so that what follows may do its work once for all of them. An output with nothing to
 * hear is silence flagged GAP; when nobody is heard all outputs are one such buffer.
 *
 * Sums are made in double and are exact for S16. An output within full scale is bit for bit the
 * rounded sum; a louder one is turned down smoothly, never clipped (see limiter.h), each on its
 * own.
 *
 * ## Limits
 *
 * - The mix is S16 or F32 in the machine's byte order, 8000..48000 Hz. Inputs are converted in
 *   format and channels, not in rate: all need the mix's rate, and others are refused. The format
 *   is that of the outputs' caps, else of the first input, and stays until the element stops.
 * - Outputs are pushed one after the other in the mixing thread. **What follows `src_N` must not
 *   block**: an appsink with `drop=true sync=false async=false`, or a queue. One that is unlinked,
 *   flushing or fails is skipped, counted in its `dropped`, and served again when it can be.
 * - Where there are `src_N` pads or with `force-live`, `src` need not be linked and its failure
 *   stops nobody.
 * - Pads may be requested and released while it mixes. That waits for the work on the current
 *   block, not for what is downstream. (GStreamer before 1.22.7 lets audio aggregators crash then;
 *   the pads lock here prevents it.)
 *
 * ## Properties
 *
 * - `level-interval` (ns, default 100 ms, 0 = off): how often the levels are posted.
 * - `sink_N` `volume` (0..10, default 1), `mute`: reached along a line over one block.
 * - `src_N` `dropped`: buffers that nobody took.
 * - `force-live`, `ignore-inactive-pads`, `latency`, `min-upstream-latency` and
 *   `output-buffer-duration` are the base class's. In a call: force-live, so that the mix goes on
 *   whatever its inputs do.
 *
 * ## Inputs without threads
 *
 * `before-block` (guint64 `until`) is emitted in the mixing thread when a block is due, with its
 * end in running time, and again while inputs have too little for it; not where every input has
 * something already, as the block is made at once then. A handler may push to the
 * inputs what begins before that, without a thread or a queue of its own: one buffer to each that
 * has none, as an input that has more makes a push wait.
 *
 * ## Levels
 *
 * An element message `mixminus-level` with `running-time` (ns, the interval's end), `duration`
 * (ns) and three arrays (GstValueArray) of one entry an input: `pad` (guint, the N of `sink_N`),
 * `rms` and `peak` (gdouble, dB below full scale, at least -120, which is silence). All channels
 * count as one. They are taken after `mute` and before `volume`: whoever is muted does not speak,
 * and turning somebody down does not make him speak less.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 mixminus name=m audiotestsrc num-buffers=50 freq=440 ! m.sink_0 audiotestsrc
 * num-buffers=50 freq=880 ! m.sink_1 m.src_0 ! queue ! wavenc ! filesink location=hears-880.wav
 * m.src_1 ! queue ! wavenc ! filesink location=hears-440.wav
 * ]| Two tones; each output holds the other's.
 */
//
// Threads: the source pad's task mixes and pushes; pads are requested, released and set from any.
//
// The base class walks the element's pad list with its locks let go around each input, so a pad
// released meanwhile crashes it (https://gitlab.freedesktop.org/gstreamer/gstreamer/-/issues/3052,
// fixed in 1.22.7). Hence the pads lock: held over the base's aggregate() and over every change
// of pads, let go in finish_buffer() while we push, where the base walks no list. It is recursive
// because a handler that the base calls out to may release a pad.
//
// Lock order: pads, then the base class's locks (src, object, pad). The pads lock is never taken
// under one of those.
#include "plugins/mixminus/gst_mix_minus.h"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <vector>

#include "plugins/mixminus/gst_mix_minus_pads.h"
#include "plugins/mixminus/mix.h"

GST_DEBUG_CATEGORY_STATIC(mix_minus_debug);
#define GST_CAT_DEFAULT mix_minus_debug

namespace {

using namespace mullion::mixminus;

enum { PROP_0, PROP_LEVEL_INTERVAL };

guint before_block_signal = 0;

} // namespace

struct _GstMixMinus {
    GstAudioAggregator parent;
    Mix* mix;
};

struct _GstMixMinusClass {
    GstAudioAggregatorClass parent_class;
};

static void gst_mix_minus_child_proxy_init(gpointer iface, gpointer);

#define gst_mix_minus_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE(GstMixMinus, gst_mix_minus, GST_TYPE_AUDIO_AGGREGATOR,
                        G_IMPLEMENT_INTERFACE(GST_TYPE_CHILD_PROXY, gst_mix_minus_child_proxy_init))

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define MIX_FORMATS "{ S16LE, F32LE }"
#else
#define MIX_FORMATS "{ S16BE, F32BE }"
#endif
#define CAPS(formats)                                                                              \
    "audio/x-raw, format = (string) " formats ", rate = (int) [ 8000, 48000 ], "                   \
    "channels = (int) [ 1, 64 ], layout = (string) interleaved"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink_%u", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS(CAPS(GST_AUDIO_FORMATS_ALL)));
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(CAPS(MIX_FORMATS)));
static GstStaticPadTemplate minus_template = GST_STATIC_PAD_TEMPLATE(
    "src_%u", GST_PAD_SRC, GST_PAD_REQUEST, GST_STATIC_CAPS(CAPS(MIX_FORMATS)));

// --- The base class's hooks --------------------------------------------------------------------

static gboolean gst_mix_minus_aggregate_one_buffer(GstAudioAggregator* aagg,
                                                   GstAudioAggregatorPad* aaggpad, GstBuffer* inbuf,
                                                   guint in_offset, GstBuffer* outbuf,
                                                   guint out_offset, guint num_frames) {
    Mix& mix = *GST_MIX_MINUS(aagg)->mix;
    const size_t frameBytes = mix.frameBytes();
    const size_t blockFrames = gst_buffer_get_size(outbuf) / frameBytes;
    GstMapInfo map;
    if (!gst_buffer_map(inbuf, &map, GST_MAP_READ)) return FALSE;
    bool heard = false;
    if ((size_t{in_offset} + num_frames) * frameBytes <= map.size &&
        size_t{out_offset} + num_frames <= blockFrames)
        heard = mix.add(GST_MIX_MINUS_SINK_PAD(aaggpad), map.data + in_offset * frameBytes,
                        out_offset, num_frames, blockFrames);
    gst_buffer_unmap(inbuf, &map);
    return heard;
}

/// Whether the failure of `src` is only its own matter.
static bool src_stands_alone(GstMixMinus* self) {
    return self->mix->outputs.empty() && !gst_aggregator_get_force_live(GST_AGGREGATOR(self));
}

static GstFlowReturn gst_mix_minus_finish_buffer(GstAggregator* agg, GstBuffer* full) {
    GstMixMinus* self = GST_MIX_MINUS(agg);
    Mix& mix = *self->mix;
    const std::vector<Outgoing> outgoing = mix.render(full);
    const bool alone = src_stands_alone(self);
    GstCaps* caps = gst_pad_get_current_caps(agg->srcpad);
    GST_OBJECT_LOCK(agg);
    const GstSegment segment = GST_AGGREGATOR_PAD(agg->srcpad)->segment;
    GST_OBJECT_UNLOCK(agg);
    const GstClockTime end = gst_segment_to_running_time(
        &segment, GST_FORMAT_TIME, GST_BUFFER_PTS(full) + GST_BUFFER_DURATION(full));
    GstMessage* levels = mix.takeLevels(GST_OBJECT(self), gst_buffer_get_size(full), end);
    mix.endBlock();
    mix.reached = GST_BUFFER_PTS(full) + GST_BUFFER_DURATION(full);

    mix.pads.unlock(); // gst_mix_minus_aggregate() holds it; see the top of this file.
    for (const Outgoing& out : outgoing) {
        gst_mix_minus_src_pad_push(out.pad, caps, &segment, out.buffer);
        gst_object_unref(out.pad);
    }
    gst_clear_caps(&caps);
    if (levels) gst_element_post_message(GST_ELEMENT(self), levels);
    const GstFlowReturn flow = GST_AGGREGATOR_CLASS(parent_class)->finish_buffer(agg, full);
    mix.pads.lock();

    if (flow == GST_FLOW_OK || alone || GST_PAD_IS_FLUSHING(agg->srcpad)) return flow;
    GST_DEBUG_OBJECT(self, "src: %s, the others go on", gst_flow_get_name(flow));
    return GST_FLOW_OK;
}

/// Aggregation while no output caps are known, which the base class takes for an error: the time
/// of a block goes by, or the stream ends where all inputs did.
static GstFlowReturn pass_block(GstAggregator* agg, gboolean timeout) {
    bool ended = true;
    guint64 block = 0;
    g_object_get(agg, "output-buffer-duration", &block, nullptr);
    gst_pad_mark_reconfigure(agg->srcpad);
    GST_OBJECT_LOCK(agg);
    for (GList* item = GST_ELEMENT(agg)->sinkpads; item; item = item->next)
        ended = ended && gst_aggregator_pad_is_eos(GST_AGGREGATOR_PAD(item->data));
    GstSegment& segment = GST_AGGREGATOR_PAD(agg->srcpad)->segment;
    if (segment.position == GST_CLOCK_TIME_NONE) segment.position = segment.start;
    if (timeout) segment.position += block;
    GST_OBJECT_UNLOCK(agg);
    if (!timeout && !ended) return GST_FLOW_NOT_NEGOTIATED;
    return timeout ? GST_AGGREGATOR_FLOW_NEED_DATA : GST_FLOW_EOS;
}

/// With the first buffer of the first input the base class sets the position back to the start,
/// though a live mix has gone on since: one block would have the time of the very first.
static void keep_position(GstAggregator* agg) {
    const GstClockTime reached = GST_MIX_MINUS(agg)->mix->reached;
    GST_OBJECT_LOCK(agg);
    GstSegment& segment = GST_AGGREGATOR_PAD(agg->srcpad)->segment;
    if (GST_CLOCK_TIME_IS_VALID(reached) && segment.position < reached) segment.position = reached;
    GST_OBJECT_UNLOCK(agg);
}

static GstClockTime gst_mix_minus_get_next_time(GstAggregator* agg) {
    keep_position(agg);
    return GST_AGGREGATOR_CLASS(parent_class)->get_next_time(agg);
}

static void announce_block(GstAggregator* agg) {
    keep_position(agg);
    GST_OBJECT_LOCK(agg);
    const GstSegment segment = GST_AGGREGATOR_PAD(agg->srcpad)->segment;
    GST_OBJECT_UNLOCK(agg);
    guint64 block = 0;
    g_object_get(agg, "output-buffer-duration", &block, nullptr);
    const GstClockTime begin =
        GST_CLOCK_TIME_IS_VALID(segment.position) ? segment.position : segment.start;
    const GstClockTime until =
        gst_segment_to_running_time(&segment, GST_FORMAT_TIME, begin + block);
    if (GST_CLOCK_TIME_IS_VALID(until)) g_signal_emit(agg, before_block_signal, 0, until);
}

static GstFlowReturn gst_mix_minus_aggregate(GstAggregator* agg, gboolean timeout) {
    Mix& mix = *GST_MIX_MINUS(agg)->mix;
    if (timeout) announce_block(agg);
    const std::lock_guard lock(mix.pads);
    keep_position(agg);
    if (!mix.layout.rateHz) return pass_block(agg, timeout);
    return GST_AGGREGATOR_CLASS(parent_class)->aggregate(agg, timeout);
}

static std::vector<GstPad*> reference_outputs(Mix& mix) {
    const std::lock_guard lock(mix.pads);
    std::vector<GstPad*> pads;
    for (auto& [number, pad] : mix.outputs)
        pads.push_back(GST_PAD(gst_object_ref(pad)));
    return pads;
}

/// The rate of the first input that has one, else 0.
static gint input_rate(GstAggregator* agg) {
    gint rate = 0;
    GST_OBJECT_LOCK(agg);
    for (GList* item = GST_ELEMENT(agg)->sinkpads; item && !rate; item = item->next) {
        const GstAudioInfo& info = GST_AUDIO_AGGREGATOR_PAD(item->data)->info;
        if (GST_AUDIO_INFO_IS_VALID(&info)) rate = GST_AUDIO_INFO_RATE(&info);
    }
    GST_OBJECT_UNLOCK(agg);
    return rate;
}

/// Narrows `caps` to what is also in `other` (both transfer full); keeps it where nothing is.
static GstCaps* narrow(GstCaps* caps, GstCaps* other, gpointer whose) {
    GstCaps* both = gst_caps_intersect(caps, other);
    gst_caps_unref(other);
    if (gst_caps_is_empty(both)) {
        GST_WARNING_OBJECT(whose, "does not take the mix's format");
        gst_caps_unref(both);
        return caps;
    }
    gst_caps_unref(caps);
    return both;
}

static GstFlowReturn gst_mix_minus_update_src_caps(GstAggregator* agg, GstCaps* caps,
                                                   GstCaps** ret) {
    Mix& mix = *GST_MIX_MINUS(agg)->mix;
    const GstFlowReturn flow = GST_AGGREGATOR_CLASS(parent_class)->update_src_caps(agg, caps, ret);
    if (flow != GST_FLOW_OK || gst_caps_is_empty(*ret)) return flow;

    const gint inputRate = input_rate(agg);
    if (inputRate)
        *ret =
            narrow(*ret, gst_caps_new_simple("audio/x-raw", "rate", G_TYPE_INT, inputRate, nullptr),
                   agg->srcpad);
    for (GstPad* pad : reference_outputs(mix)) {
        if (gst_pad_is_linked(pad)) *ret = narrow(*ret, gst_pad_peer_query_caps(pad, nullptr), pad);
        gst_object_unref(pad);
    }
    gint rate = 0;
    const bool known = gst_structure_get_int(gst_caps_get_structure(*ret, 0), "rate", &rate);
    // A guessed rate would lock out the first input that has another.
    return known ? GST_FLOW_OK : GST_AGGREGATOR_FLOW_NEED_DATA;
}

/// Whoever is linked to `src` later takes the format as it is: the others have it already.
static gboolean gst_mix_minus_negotiate(GstAggregator* agg) {
    if (GST_MIX_MINUS(agg)->mix->rateHz) return TRUE;
    return GST_AGGREGATOR_CLASS(parent_class)->negotiate(agg);
}

static gboolean gst_mix_minus_negotiated_src_caps(GstAggregator* agg, GstCaps* caps) {
    Mix& mix = *GST_MIX_MINUS(agg)->mix;
    GstAudioInfo info;
    if (!gst_audio_info_from_caps(&info, caps)) return FALSE;
    const Layout layout{GST_AUDIO_INFO_FORMAT(&info) == GST_AUDIO_FORMAT_F32 ? SampleFormat::F32
                                                                             : SampleFormat::S16,
                        static_cast<unsigned>(GST_AUDIO_INFO_RATE(&info)),
                        static_cast<size_t>(GST_AUDIO_INFO_CHANNELS(&info))};
    {
        const std::lock_guard lock(mix.pads);
        if (!(layout == mix.layout)) mix.endBlock();
        mix.layout = layout;
        mix.rateHz = layout.rateHz;
    }
    return GST_AGGREGATOR_CLASS(parent_class)->negotiated_src_caps(agg, caps);
}

/// The base class takes another rate when no input is left, and would then play it too fast.
static gboolean gst_mix_minus_sink_event(GstAggregator* agg, GstAggregatorPad* pad,
                                         GstEvent* event) {
    const auto mixRate = static_cast<gint>(GST_MIX_MINUS(agg)->mix->rateHz);
    if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS && mixRate) {
        GstCaps* caps = nullptr;
        gint rate = 0;
        gst_event_parse_caps(event, &caps);
        gst_structure_get_int(gst_caps_get_structure(caps, 0), "rate", &rate);
        if (rate != mixRate) {
            GST_WARNING_OBJECT(pad, "refusing %d Hz in a mix of %d Hz", rate, mixRate);
            gst_event_unref(event);
            return FALSE;
        }
    }
    return GST_AGGREGATOR_CLASS(parent_class)->sink_event(agg, pad, event);
}

static gboolean gst_mix_minus_sink_query(GstAggregator* agg, GstAggregatorPad* pad,
                                         GstQuery* query) {
    const gboolean answered = GST_AGGREGATOR_CLASS(parent_class)->sink_query(agg, pad, query);
    const auto mixRate = static_cast<gint>(GST_MIX_MINUS(agg)->mix->rateHz);
    if (answered && GST_QUERY_TYPE(query) == GST_QUERY_CAPS && mixRate) {
        GstCaps* caps = nullptr;
        gst_query_parse_caps_result(query, &caps);
        GstCaps* atRate = gst_caps_new_simple("audio/x-raw", "rate", G_TYPE_INT, mixRate, nullptr);
        GstCaps* both = gst_caps_intersect(caps, atRate);
        gst_query_set_caps_result(query, both);
        gst_caps_unref(both);
        gst_caps_unref(atRate);
    }
    return answered;
}

static GstFlowReturn gst_mix_minus_flush(GstAggregator* agg) {
    Mix& mix = *GST_MIX_MINUS(agg)->mix;
    {
        const std::lock_guard lock(mix.pads);
        mix.endBlock();
        mix.reached = GST_CLOCK_TIME_NONE;
    }
    return GST_AGGREGATOR_CLASS(parent_class)->flush(agg);
}

static gboolean gst_mix_minus_start(GstAggregator* agg) {
    // Without this an unlinked src is never negotiated.
    gst_pad_mark_reconfigure(agg->srcpad);
    return GST_AGGREGATOR_CLASS(parent_class)->start(agg);
}

static gboolean gst_mix_minus_stop(GstAggregator* agg) {
    Mix& mix = *GST_MIX_MINUS(agg)->mix;
    {
        const std::lock_guard lock(mix.pads);
        mix.reset();
    }
    return GST_AGGREGATOR_CLASS(parent_class)->stop(agg);
}

/// The base class ends and flushes `src` alone; the other outputs follow it here.
static GstPadProbeReturn follow_src(GstPad* src, GstPadProbeInfo* info, gpointer data) {
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    const GstEventType type = GST_EVENT_TYPE(event);
    if (type != GST_EVENT_EOS && type != GST_EVENT_FLUSH_START && type != GST_EVENT_FLUSH_STOP)
        return GST_PAD_PROBE_OK;
    for (GstPad* pad : reference_outputs(*GST_MIX_MINUS(data)->mix)) {
        GST_DEBUG_OBJECT(pad, "%s as on %s", GST_EVENT_TYPE_NAME(event), GST_PAD_NAME(src));
        if (type != GST_EVENT_EOS || !GST_PAD_IS_EOS(pad)) {
            if (type == GST_EVENT_EOS) gst_mix_minus_src_pad_begin(GST_MIX_MINUS_SRC_PAD(pad));
            gst_pad_push_event(pad, gst_event_ref(event));
        }
        gst_object_unref(pad);
    }
    return GST_PAD_PROBE_OK;
}

// --- Pads --------------------------------------------------------------------------------------

/// The number in a requested name such as "src_7"; the lowest that `used` lacks without one.
template <typename Pad>
static guint requested_number(const std::map<guint, Pad*>& used, const gchar* name) {
    guint number = 0;
    if (name && sscanf(name, "%*[a-z]_%u", &number) == 1) return number;
    while (used.contains(number))
        ++number;
    return number;
}

static GstPad* request_input(GstMixMinus* self, GstPadTemplate* templ, const gchar* name,
                             const GstCaps* caps) {
    Mix& mix = *self->mix;
    const guint number = requested_number(mix.inputs, name);
    if (mix.inputs.contains(number)) return nullptr;
    gchar* numbered = g_strdup_printf("sink_%u", number);
    GstPad* pad =
        GST_ELEMENT_CLASS(parent_class)->request_new_pad(GST_ELEMENT(self), templ, numbered, caps);
    g_free(numbered);
    if (pad) mix.inputs[number] = GST_MIX_MINUS_SINK_PAD(pad);
    return pad;
}

static GstPad* request_output(GstMixMinus* self, GstPadTemplate* templ, const gchar* name) {
    Mix& mix = *self->mix;
    const guint number = requested_number(mix.outputs, name);
    if (mix.outputs.contains(number)) return nullptr;
    GstPad* pad = gst_mix_minus_src_pad_new(templ, number);
    GST_MIX_MINUS_SRC_PAD(pad)->limiter = mix.limiter;
    gst_pad_set_active(pad, TRUE);
    if (!gst_element_add_pad(GST_ELEMENT(self), pad)) return nullptr;
    mix.outputs[number] = GST_MIX_MINUS_SRC_PAD(pad);
    return pad;
}

static GstPad* gst_mix_minus_request_new_pad(GstElement* element, GstPadTemplate* templ,
                                             const gchar* name, const GstCaps* caps) {
    GstMixMinus* self = GST_MIX_MINUS(element);
    GstPad* pad = nullptr;
    {
        const std::lock_guard lock(self->mix->pads);
        pad = templ->direction == GST_PAD_SINK ? request_input(self, templ, name, caps)
                                               : request_output(self, templ, name);
    }
    if (!pad) {
        GST_WARNING_OBJECT(self, "no pad %s: it exists already", GST_STR_NULL(name));
        return nullptr;
    }
    gst_child_proxy_child_added(GST_CHILD_PROXY(self), G_OBJECT(pad), GST_OBJECT_NAME(pad));
    return pad;
}

static void release_input(GstMixMinus* self, GstPad* pad) {
    Mix& mix = *self->mix;
    const std::lock_guard lock(mix.pads);
    const auto found = std::find_if(mix.inputs.begin(), mix.inputs.end(),
                                    [&](auto& entry) { return GST_PAD(entry.second) == pad; });
    if (found != mix.inputs.end()) {
        mix.withdraw(found->second);
        mix.inputs.erase(found);
    }
    GST_ELEMENT_CLASS(parent_class)->release_pad(GST_ELEMENT(self), pad);
}

static void release_output(GstMixMinus* self, GstPad* pad) {
    {
        const std::lock_guard lock(self->mix->pads);
        std::erase_if(self->mix->outputs,
                      [&](auto& entry) { return GST_PAD(entry.second) == pad; });
    }
    gst_pad_set_active(pad, FALSE);
    gst_element_remove_pad(GST_ELEMENT(self), pad);
}

static void gst_mix_minus_release_pad(GstElement* element, GstPad* pad) {
    GstMixMinus* self = GST_MIX_MINUS(element);
    gst_child_proxy_child_removed(GST_CHILD_PROXY(self), G_OBJECT(pad), GST_OBJECT_NAME(pad));
    if (GST_PAD_IS_SINK(pad))
        release_input(self, pad);
    else
        release_output(self, pad);
}

static GObject* gst_mix_minus_child_by_index(GstChildProxy* proxy, guint index) {
    GST_OBJECT_LOCK(proxy);
    gpointer pad = g_list_nth_data(GST_ELEMENT(proxy)->pads, index);
    if (pad) gst_object_ref(pad);
    GST_OBJECT_UNLOCK(proxy);
    return static_cast<GObject*>(pad);
}

static guint gst_mix_minus_children_count(GstChildProxy* proxy) {
    GST_OBJECT_LOCK(proxy);
    const guint count = GST_ELEMENT(proxy)->numpads;
    GST_OBJECT_UNLOCK(proxy);
    return count;
}

static void gst_mix_minus_child_proxy_init(gpointer iface, gpointer) {
    auto* proxy = static_cast<GstChildProxyInterface*>(iface);
    proxy->get_child_by_index = gst_mix_minus_child_by_index;
    proxy->get_children_count = gst_mix_minus_children_count;
}

// --- The type ----------------------------------------------------------------------------------

static void gst_mix_minus_set_property(GObject* object, guint id, const GValue* value,
                                       GParamSpec* spec) {
    if (id == PROP_LEVEL_INTERVAL)
        GST_MIX_MINUS(object)->mix->levelInterval = g_value_get_uint64(value);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void gst_mix_minus_get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
    if (id == PROP_LEVEL_INTERVAL)
        g_value_set_uint64(value, GST_MIX_MINUS(object)->mix->levelInterval);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void gst_mix_minus_finalize(GObject* object) {
    delete GST_MIX_MINUS(object)->mix;
    G_OBJECT_CLASS(parent_class)->finalize(object);
}

static void gst_mix_minus_class_init(GstMixMinusClass* klass) {
    GObjectClass* object_class = G_OBJECT_CLASS(klass);
    GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
    GstAggregatorClass* agg_class = GST_AGGREGATOR_CLASS(klass);

    object_class->set_property = gst_mix_minus_set_property;
    object_class->get_property = gst_mix_minus_get_property;
    object_class->finalize = gst_mix_minus_finalize;
    g_object_class_install_property(
        object_class, PROP_LEVEL_INTERVAL,
        g_param_spec_uint64("level-interval", "Level interval",
                            "Nanoseconds between two mixminus-level messages with the level of "
                            "each input (0 = none)",
                            0, 3600 * GST_SECOND, Mix::kDefaultLevelInterval,
                            static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                     GST_PARAM_MUTABLE_PLAYING)));

    before_block_signal = g_signal_new("before-block", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST,
                                       0, nullptr, nullptr, nullptr, G_TYPE_NONE, 1, G_TYPE_UINT64);

    gst_element_class_add_static_pad_template_with_gtype(element_class, &src_template,
                                                         GST_TYPE_AUDIO_AGGREGATOR_CONVERT_PAD);
    gst_element_class_add_static_pad_template_with_gtype(element_class, &sink_template,
                                                         GST_TYPE_MIX_MINUS_SINK_PAD);
    gst_element_class_add_static_pad_template_with_gtype(element_class, &minus_template,
                                                         GST_TYPE_MIX_MINUS_SRC_PAD);
    gst_element_class_set_static_metadata(
        element_class, "Mix-minus", "Generic/Audio",
        "Mixes audio and gives each output the mix without its own input", "mullion developers");
    element_class->request_new_pad = gst_mix_minus_request_new_pad;
    element_class->release_pad = gst_mix_minus_release_pad;

    agg_class->aggregate = gst_mix_minus_aggregate;
    agg_class->finish_buffer = gst_mix_minus_finish_buffer;
    agg_class->negotiate = gst_mix_minus_negotiate;
    agg_class->update_src_caps = gst_mix_minus_update_src_caps;
    agg_class->negotiated_src_caps = gst_mix_minus_negotiated_src_caps;
    agg_class->sink_event = gst_mix_minus_sink_event;
    agg_class->sink_query = gst_mix_minus_sink_query;
    agg_class->flush = gst_mix_minus_flush;
    agg_class->get_next_time = gst_mix_minus_get_next_time;
    agg_class->start = gst_mix_minus_start;
    agg_class->stop = gst_mix_minus_stop;
    GST_AUDIO_AGGREGATOR_CLASS(klass)->aggregate_one_buffer = gst_mix_minus_aggregate_one_buffer;

    GST_DEBUG_CATEGORY_INIT(mix_minus_debug, "mixminus", 0, "mix without one's own input");
    gst_type_mark_as_plugin_api(GST_TYPE_MIX_MINUS_SINK_PAD, static_cast<GstPluginAPIFlags>(0));
    gst_type_mark_as_plugin_api(GST_TYPE_MIX_MINUS_SRC_PAD, static_cast<GstPluginAPIFlags>(0));
}

static void gst_mix_minus_init(GstMixMinus* self) {
    self->mix = new Mix();
    gst_pad_add_probe(GST_AGGREGATOR_SRC_PAD(self),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                   GST_PAD_PROBE_TYPE_EVENT_FLUSH),
                      follow_src, self, nullptr);
}

gboolean gst_mix_minus_register(GstPlugin* plugin) {
    return gst_element_register(plugin, "mixminus", GST_RANK_NONE, GST_TYPE_MIX_MINUS);
}
