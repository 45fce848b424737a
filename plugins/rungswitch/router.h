#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include <gst/gst.h>

#include "plugins/rungswitch/choice.h"
#include "plugins/rungswitch/timeline.h"

namespace mullion::rungswitch {

/// What goes through a rungswitch: frames and events downstream, events and queries upstream.
///
/// Thread-safe. Threads and lock order are at the top of gst_rung_switch.cpp.
class Router {
public:
    /// Both outlive it.
    Router(GstElement* element, GstPad* src)
        : element_(element)
        , src_(src) {}

    /// The number of a new input: the requested one, or the lowest free one where that is
    /// negative. @return whether it was free; then it is taken.
    bool reserve(gint64 requested, guint* number);
    /// Makes a number free again, once the element has no pad of its name any more.
    void vacate(guint number);
    void add(GstPad* input);
    /// After it, nothing of `input` is forwarded any more; what is being pushed may still be.
    void remove(GstPad* input);
    void reset();

    /// @return false where `input` is no input of this element.
    bool want(GstPad* input);
    void readInto(GValue* value, GstPad* (Choice::*which)() const);
    guint switches();
    guint64 dropped();

    /// Takes the buffer.
    GstFlowReturn chain(GstPad* input, GstBuffer* buffer);
    /// Takes the event.
    bool onSinkEvent(GstPad* input, GstEvent* event);
    bool onSinkQuery(GstPad* input, GstQuery* query);
    /// Takes the event.
    bool onSrcEvent(GstEvent* event);
    bool onSrcQuery(GstQuery* query);

private:
    class Turn;

    /// Pads with a reference each.
    using Pads = std::vector<GstPad*>;

    bool passes(GstPad* input, bool isKeyFrame, std::optional<guint64> time);
    bool stamp(GstPad* input, GstBuffer* buffer, std::optional<guint64> time, bool* changed);
    std::optional<guint64> runningTime(GstPad* input, const GstBuffer* buffer);
    void sendStart();
    void sendHead(GstPad* input);
    void endIfOver();
    void endIfOverLater();
    void ask(GstPad* input);
    bool forwardFromActive(GstPad* input, GstEvent* event);
    /// Where an upstream event goes, or a query (null).
    Pads targets(GstEvent* event);
    Pads allInputs();
    bool answerLatency(GstQuery* query);

    GstElement* element_;
    GstPad* src_;
    /// Guards what follows; never held over a call into another element or the application.
    std::mutex state_ = {};
    /// A turn ended or an input went.
    std::condition_variable changed_ = {};
    /// GUARDED_BY(state_): somebody has the turn.
    bool isSending_ = false;
    /// GUARDED_BY(state_): the numbers that are taken.
    std::set<guint> numbers_ = {};
    /// GUARDED_BY(state_)
    std::map<GstPad*, GstSegment> segments_ = {};
    /// GUARDED_BY(state_)
    Choice choice_ = {};
    /// GUARDED_BY(state_)
    Timeline timeline_ = {};
    /// GUARDED_BY(state_): counts key frame requests.
    guint requests_ = 0;
};

} // namespace mullion::rungswitch
