#pragma once

#include <functional>
#include <string>

#include <gst/gst.h>

#include "pipelines/gst/ref.h"

namespace mullion {

/// A source pad of no element: the beginning of a branch that is run by whoever pushes, without a
/// queue or a thread of its own. It says that it is live and late by nothing. One thread at a time
/// pushes; the elements behind it refuse what comes before they run or after they have stopped.
class SourcePad {
public:
    /// What comes back from the branch, on any thread, until this object goes.
    using Upstream = std::function<void(GstEvent*)>;

    /// Links itself to `sink`. `stream` names what it pushes, for logs.
    SourcePad(std::string stream, GRef<GstCaps> caps, GstPad* sink, Upstream upstream);
    ~SourcePad();
    SourcePad(const SourcePad&) = delete;
    SourcePad& operator=(const SourcePad&) = delete;

    /// Announces the stream, as the first push does otherwise.
    void begin();

    void push(GRef<GstBuffer> buffer);
    void push(GRef<GstEvent> event);

private:
    static gboolean onEvent(GstPad* pad, GstObject* parent, GstEvent* event);
    static gboolean onQuery(GstPad* pad, GstObject* parent, GstQuery* query);

    std::string stream_;
    GRef<GstCaps> caps_;
    Upstream upstream_;
    GRef<GstPad> pad_;
    bool begun_ = false;
};

} // namespace mullion
