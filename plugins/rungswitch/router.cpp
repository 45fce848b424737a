#include "plugins/rungswitch/router.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_EXTERN(rung_switch_debug);
#define GST_CAT_DEFAULT rung_switch_debug

namespace mullion::rungswitch {

// GStreamer's own macro for this mixes two enums, which C++20 deprecates.
static bool is_serialized(const GstEvent* event) {
    return (static_cast<unsigned>(GST_EVENT_TYPE(event)) & GST_EVENT_TYPE_SERIALIZED) != 0;
}

/// The turn to send something out of src, given back when it goes.
class Router::Turn {
public:
    /// Waits for it, but not for longer than `input` is an input; null: for the stream's end.
    Turn(Router& router, GstPad* input)
        : router_(router) {
        std::unique_lock lock(router_.state_);
        const auto isGone = [&] { return input && !router_.choice_.has(input); };
        router_.changed_.wait(lock, [&] { return !router_.isSending_ || isGone(); });
        isMine_ = !isGone();
        if (isMine_) router_.isSending_ = true;
    }

    ~Turn() {
        if (!isMine_) return;
        const std::lock_guard lock(router_.state_);
        router_.isSending_ = false;
        router_.changed_.notify_all();
    }

    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    explicit operator bool() const { return isMine_; }

private:
    Router& router_;
    bool isMine_ = false;
};

// --- Inputs ------------------------------------------------------------------------------------

bool Router::reserve(gint64 requested, guint* number) {
    const std::lock_guard lock(state_);
    *number = requested < 0 ? 0 : static_cast<guint>(requested);
    while (requested < 0 && numbers_.contains(*number))
        ++*number;
    return numbers_.insert(*number).second;
}

void Router::vacate(guint number) {
    const std::lock_guard lock(state_);
    numbers_.erase(number);
}

void Router::add(GstPad* input) {
    const std::lock_guard lock(state_);
    gst_segment_init(&segments_[input], GST_FORMAT_UNDEFINED);
    choice_.add(input);
}

void Router::remove(GstPad* input) {
    bool wasActive = false;
    bool wasWanted = false;
    {
        const std::lock_guard lock(state_);
        wasActive = choice_.active() == input;
        wasWanted = choice_.wanted() == input;
        choice_.remove(input);
        segments_.erase(input);
        changed_.notify_all();
    }
    if (wasWanted) g_object_notify(G_OBJECT(element_), "wanted");
    if (wasActive) g_object_notify(G_OBJECT(element_), "active");
    endIfOverLater();
}

void Router::reset() {
    bool wasActive = false;
    {
        const std::lock_guard lock(state_);
        wasActive = choice_.active() != nullptr;
        choice_.reset();
        timeline_.reset();
        for (auto& [input, segment] : segments_)
            gst_segment_init(&segment, GST_FORMAT_UNDEFINED);
    }
    if (wasActive) g_object_notify(G_OBJECT(element_), "active");
}

bool Router::want(GstPad* input) {
    bool asks = false;
    {
        const std::lock_guard lock(state_);
        if (input && !choice_.has(input)) return false;
        asks = choice_.want(input, input && gst_pad_is_linked(input));
    }
    if (asks) ask(input);
    endIfOverLater();
    return true;
}

void Router::readInto(GValue* value, GstPad* (Choice::*which)() const) {
    const std::lock_guard lock(state_);
    g_value_set_object(value, (choice_.*which)());
}

guint Router::switches() {
    const std::lock_guard lock(state_);
    return choice_.switches();
}

guint64 Router::dropped() {
    const std::lock_guard lock(state_);
    return choice_.dropped();
}

void Router::ask(GstPad* input) {
    guint count = 0;
    {
        const std::lock_guard lock(state_);
        count = ++requests_;
    }
    GST_DEBUG_OBJECT(input, "asking for a key frame");
    gst_pad_push_event(input, gst_video_event_new_upstream_force_key_unit(
                                  GST_CLOCK_TIME_NONE, /*all_headers=*/TRUE, count));
}

// --- Downstream --------------------------------------------------------------------------------

std::optional<guint64> Router::runningTime(GstPad* input, const GstBuffer* buffer) {
    const std::lock_guard lock(state_);
    const auto found = segments_.find(input);
    if (found == segments_.end() || found->second.format != GST_FORMAT_TIME ||
        !GST_BUFFER_PTS_IS_VALID(buffer))
        return std::nullopt;
    // A frame outside of the segment is not dropped: the next one leans on it.
    guint64 time = 0;
    const int sign = gst_segment_to_running_time_full(&found->second, GST_FORMAT_TIME,
                                                      GST_BUFFER_PTS(buffer), &time);
    return sign > 0 ? time : 0;
}

bool Router::passes(GstPad* input, bool isKeyFrame, std::optional<guint64> time) {
    Choice::Verdict verdict = Choice::Verdict::Drop;
    {
        const std::lock_guard lock(state_);
        verdict = choice_.judge(input, isKeyFrame, time);
    }
    if (verdict == Choice::Verdict::DropAndAsk) ask(input);
    return verdict == Choice::Verdict::Forward;
}

GstFlowReturn Router::chain(GstPad* input, GstBuffer* buffer) {
    const bool isKeyFrame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    const auto time = runningTime(input, buffer);
    if (!passes(input, isKeyFrame, time)) {
        gst_buffer_unref(buffer);
        return GST_FLOW_OK;
    }
    bool changed = false;
    GstFlowReturn flow = GST_FLOW_OK;
    {
        const Turn turn(*this, input);
        buffer = gst_buffer_make_writable(buffer);
        if (!turn || !stamp(input, buffer, time, &changed)) {
            gst_buffer_unref(buffer);
            return GST_FLOW_OK;
        }
        sendHead(input);
        flow = gst_pad_push(src_, buffer);
        if (flow != GST_FLOW_OK) {
            const std::lock_guard lock(state_);
            choice_.lose(input);
        }
    }
    if (changed) {
        GST_DEBUG_OBJECT(input, "active now");
        g_object_notify(G_OBJECT(element_), "active");
    }
    return flow;
}

/// Makes `buffer` the next one to go out. @return false where it is not to go after all: while the
/// turn was waited for, something else may have been wanted.
bool Router::stamp(GstPad* input, GstBuffer* buffer, std::optional<guint64> time, bool* changed) {
    const bool isKeyFrame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    const std::lock_guard lock(state_);
    if (choice_.judge(input, isKeyFrame, std::nullopt) != Choice::Verdict::Forward) return false;
    *changed = choice_.take(input);
    // For what follows it is one stream.
    if (timeline_.hasBegun()) GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_DISCONT);
    GST_BUFFER_PTS(buffer) = timeline_.place(time);
    if (GST_BUFFER_DTS_IS_VALID(buffer)) GST_BUFFER_DTS(buffer) = GST_BUFFER_PTS(buffer);
    return true;
}

// The pad's sticky events are the record of what was sent: GStreamer sends them again to a newly
// linked peer and forgets them on deactivation, when we have to.
static bool was_sent(GstPad* pad, GstEventType type) {
    GstEvent* sent = gst_pad_get_sticky_event(pad, type, 0);
    if (sent) gst_event_unref(sent);
    return sent != nullptr;
}

void Router::sendStart() {
    if (was_sent(src_, GST_EVENT_STREAM_START)) return;
    gchar* id = g_strdup_printf("rungswitch-%08x", g_random_int());
    GstEvent* start = gst_event_new_stream_start(id);
    gst_event_set_group_id(start, gst_util_group_id_next());
    gst_pad_push_event(src_, start);
    g_free(id);
}

void Router::sendHead(GstPad* input) {
    sendStart();
    GstCaps* caps = gst_pad_get_current_caps(input);
    GstCaps* sent = gst_pad_get_current_caps(src_);
    if (caps && (!sent || !gst_caps_is_equal(sent, caps)))
        gst_pad_push_event(src_, gst_event_new_caps(caps));
    gst_clear_caps(&sent);
    gst_clear_caps(&caps);
    if (was_sent(src_, GST_EVENT_SEGMENT)) return;
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(src_, gst_event_new_segment(&segment));
}

void Router::endIfOver() {
    const Turn turn(*this, nullptr);
    {
        const std::lock_guard lock(state_);
        if (!choice_.isOver()) return;
    }
    if (was_sent(src_, GST_EVENT_EOS)) return;
    sendStart();
    gst_pad_push_event(src_, gst_event_new_eos());
}

/// For threads that must not wait for what is downstream.
void Router::endIfOverLater() {
    {
        const std::lock_guard lock(state_);
        if (!choice_.isOver()) return;
    }
    gst_element_call_async(
        element_, [](GstElement*, gpointer self) { static_cast<Router*>(self)->endIfOver(); }, this,
        nullptr);
}

bool Router::onSinkEvent(GstPad* input, GstEvent* event) {
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START: {
        const std::lock_guard lock(state_);
        choice_.setEnded(input, false);
        break;
    }
    case GST_EVENT_SEGMENT: {
        const std::lock_guard lock(state_);
        if (const auto found = segments_.find(input); found != segments_.end())
            gst_event_copy_segment(event, &found->second);
        break;
    }
    case GST_EVENT_FLUSH_STOP: {
        const std::lock_guard lock(state_);
        if (const auto found = segments_.find(input); found != segments_.end())
            gst_segment_init(&found->second, GST_FORMAT_UNDEFINED);
        choice_.setEnded(input, false);
        choice_.lose(input);
        break;
    }
    case GST_EVENT_EOS: {
        {
            const std::lock_guard lock(state_);
            choice_.setEnded(input, true);
        }
        endIfOver();
        break;
    }
    case GST_EVENT_CAPS: // Goes before the next frame, see sendHead().
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_GAP: // Is in the input's own time, and tells a payloader nothing.
        break;
    default:
        return forwardFromActive(input, event);
    }
    gst_event_unref(event);
    return true;
}

bool Router::forwardFromActive(GstPad* input, GstEvent* event) {
    const auto isActive = [this, input] {
        const std::lock_guard lock(state_);
        return choice_.active() == input;
    };
    if (isActive()) {
        if (!is_serialized(event)) return gst_pad_push_event(src_, event);
        const Turn turn(*this, input);
        if (turn && isActive()) return gst_pad_push_event(src_, event);
    }
    gst_event_unref(event);
    return true;
}

} // namespace mullion::rungswitch
