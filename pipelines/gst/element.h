#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <gst/gst.h>

#include "pipelines/gst/ref.h"
#include "src/base/result.h"

namespace mullion {

/// Properties by name, with values as gst-launch-1.0 takes them.
using Properties = std::vector<std::pair<const char*, std::string>>;

/// Sets properties of a GObject; a name that it does not have is our bug and is logged by GLib.
void setProperties(void* object, const Properties& properties);

/// Makes an element and puts it into `bin`, which owns it.
/// @return the borrowed element, Unavailable naming the element that is not installed, or Internal
/// naming the property that it does not take.
Result<GstElement*> addElement(GstBin* bin, const char* name, const Properties& properties = {});

/// Links elements one after the other. @return Internal naming the two that do not fit.
Result<void> linkElements(std::initializer_list<GstElement*> elements);

/// Links two pads by name, requesting them where they are request pads.
Result<void> linkPads(GstElement* source, const char* sourcePad, GstElement* sink,
                      const char* sinkPad);

/// Brings elements that were added to a running pipeline to its state.
void syncStates(std::initializer_list<GstElement*> elements);

/// Stops an element and takes it out of its bin: once its streaming thread has ended.
void removeElement(GstBin* bin, GstElement* element);

/// A pad probe that is removed when this object goes; `call` runs on the pad's streaming thread.
/// Move-only.
class PadProbe {
public:
    using Call = std::function<GstPadProbeReturn(GstPadProbeInfo*)>;

    PadProbe() = default;
    PadProbe(GstPad* pad, GstPadProbeType type, Call call);
    PadProbe(PadProbe&& other) noexcept;
    PadProbe& operator=(PadProbe&& other) noexcept;
    ~PadProbe();

private:
    GRef<GstPad> pad_ = {};
    unsigned long id_ = 0;
};

/// What a probe on media is for: buffers, and lists of them.
constexpr auto kMediaProbe =
    static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);

/// Calls `take` with each buffer that such a probe sees.
void forEachBuffer(const GstPadProbeInfo* info, const std::function<void(GstBuffer*)>& take);

/// Ends a probe that has taken what it saw for itself, with the flow that became of that.
GstPadProbeReturn taken(GstPadProbeInfo* info, GstFlowReturn flow);

/// Calls on the main context for the messages of a pipeline's bus, until this object goes.
/// Move-only, main-bound.
class BusWatch {
public:
    BusWatch() = default;
    BusWatch(GstElement* pipeline, std::function<void(GstMessage*)> call);
    BusWatch(BusWatch&& other) noexcept;
    BusWatch& operator=(BusWatch&& other) noexcept;
    ~BusWatch();

private:
    GRef<GstBus> bus_ = {};
};

/// What an error message says, with the element that it comes from, for the log.
std::string describeError(GstMessage* message);

} // namespace mullion
