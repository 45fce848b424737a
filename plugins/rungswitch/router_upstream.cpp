// The half of Router that carries events and queries against the stream, and answers queries.
#include <algorithm>

#include <gst/video/video.h>

#include "plugins/rungswitch/router.h"

namespace mullion::rungswitch {

// GStreamer's own macro for this mixes two enums, which C++20 deprecates.
static bool is_serialized(const GstQuery* query) {
    return (static_cast<unsigned>(GST_QUERY_TYPE(query)) & GST_QUERY_TYPE_SERIALIZED) != 0;
}

bool Router::onSinkQuery(GstPad* input, GstQuery* query) {
    // Such a query waits for the frame that is on its way downstream, which may not hold up an
    // input that is not forwarded. What follows a switch of encoders has no memory to offer.
    if (is_serialized(query)) return false;
    if (GST_QUERY_TYPE(query) != GST_QUERY_CAPS)
        return gst_pad_query_default(input, GST_OBJECT(element_), query);
    GstCaps* filter = nullptr;
    gst_query_parse_caps(query, &filter);
    GstCaps* own = gst_pad_get_pad_template_caps(input);
    GstCaps* taken = gst_pad_peer_query_caps(src_, filter);
    GstCaps* both = gst_caps_intersect_full(taken, own, GST_CAPS_INTERSECT_FIRST);
    gst_query_set_caps_result(query, both);
    for (GstCaps* caps : {own, taken, both})
        gst_caps_unref(caps);
    return true;
}

Router::Pads Router::allInputs() {
    const std::lock_guard lock(state_);
    Pads inputs;
    for (const auto& [input, segment] : segments_)
        inputs.push_back(GST_PAD(gst_object_ref(input)));
    return inputs;
}

Router::Pads Router::targets(GstEvent* event) {
    // All inputs have to know how late they may be and that they have to look at the format again.
    if (event && (GST_EVENT_TYPE(event) == GST_EVENT_LATENCY ||
                  GST_EVENT_TYPE(event) == GST_EVENT_RECONFIGURE))
        return allInputs();
    const bool forKeyFrame = event && gst_video_event_is_force_key_unit(event);
    const std::lock_guard lock(state_);
    Pads pads;
    if (choice_.active()) pads.push_back(GST_PAD(gst_object_ref(choice_.active())));
    if (choice_.isPending() && (pads.empty() || forKeyFrame))
        pads.push_back(GST_PAD(gst_object_ref(choice_.wanted())));
    return pads;
}

bool Router::onSrcEvent(GstEvent* event) {
    bool handled = false;
    for (GstPad* input : targets(event)) {
        handled = gst_pad_push_event(input, gst_event_ref(event)) || handled;
        gst_object_unref(input);
    }
    gst_event_unref(event);
    return handled;
}

bool Router::answerLatency(GstQuery* query) {
    bool live = false;
    GstClockTime least = 0;
    GstClockTime most = GST_CLOCK_TIME_NONE;
    for (GstPad* input : allInputs()) {
        GstQuery* own = gst_query_new_latency();
        if (gst_pad_peer_query(input, own)) {
            gboolean ownLive = FALSE;
            GstClockTime ownLeast = 0;
            GstClockTime ownMost = GST_CLOCK_TIME_NONE;
            gst_query_parse_latency(own, &ownLive, &ownLeast, &ownMost);
            if (ownLive) {
                live = true;
                least = std::max(least, ownLeast);
                most = std::min(most, ownMost); // None is the largest number.
            }
        }
        gst_query_unref(own);
        gst_object_unref(input);
    }
    gst_query_set_latency(query, live, least, most);
    return true;
}

bool Router::onSrcQuery(GstQuery* query) {
    if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) return answerLatency(query);
    bool answered = false;
    for (GstPad* input : targets(nullptr)) {
        answered = gst_pad_peer_query(input, query) || answered;
        gst_object_unref(input);
    }
    if (answered) return true;
    const bool isAboutCaps =
        GST_QUERY_TYPE(query) == GST_QUERY_CAPS || GST_QUERY_TYPE(query) == GST_QUERY_ACCEPT_CAPS;
    return isAboutCaps && gst_pad_query_default(src_, GST_OBJECT(element_), query);
}

} // namespace mullion::rungswitch
