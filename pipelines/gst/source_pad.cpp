#include "pipelines/gst/source_pad.h"

#include <utility>

namespace mullion {

SourcePad::SourcePad(std::string stream, GRef<GstCaps> caps, GstPad* sink, Upstream upstream)
    : stream_(std::move(stream))
    , caps_(std::move(caps))
    , upstream_(std::move(upstream))
    , pad_(GRef<GstPad>::sink(gst_pad_new("source", GST_PAD_SRC))) {
    gst_pad_set_element_private(pad_.get(), this);
    gst_pad_set_event_function(pad_.get(), &SourcePad::onEvent);
    gst_pad_set_query_function(pad_.get(), &SourcePad::onQuery);
    gst_pad_set_active(pad_.get(), TRUE);
    gst_pad_link(pad_.get(), sink);
}

SourcePad::~SourcePad() {
    if (const auto sink = GRef<GstPad>::adopt(gst_pad_get_peer(pad_.get())))
        gst_pad_unlink(pad_.get(), sink.get());
    gst_pad_set_active(pad_.get(), FALSE);
}

void SourcePad::begin() {
    if (std::exchange(begun_, true)) return;
    gst_pad_push_event(pad_.get(), gst_event_new_stream_start(stream_.c_str()));
    gst_pad_push_event(pad_.get(), gst_event_new_caps(caps_.get()));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(pad_.get(), gst_event_new_segment(&segment));
}

void SourcePad::push(GRef<GstBuffer> buffer) {
    begin();
    gst_pad_push(pad_.get(), buffer.release());
}

void SourcePad::push(GRef<GstEvent> event) {
    begin();
    gst_pad_push_event(pad_.get(), event.release());
}

gboolean SourcePad::onEvent(GstPad* pad, GstObject*, GstEvent* event) {
    const auto owned = GRef<GstEvent>::adopt(event);
    const auto* self = static_cast<const SourcePad*>(gst_pad_get_element_private(pad));
    self->upstream_(event);
    return TRUE;
}

gboolean SourcePad::onQuery(GstPad* pad, GstObject* parent, GstQuery* query) {
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY)
        return gst_pad_query_default(pad, parent, query);
    gst_query_set_latency(query, TRUE, 0, GST_CLOCK_TIME_NONE);
    return TRUE;
}

} // namespace mullion
