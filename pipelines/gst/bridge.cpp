#include "pipelines/gst/bridge.h"

#include <algorithm>

namespace mullion {

namespace {

constexpr GstClockTime kMaxLatency = GST_SECOND;

} // namespace

void Fanout::connect(std::weak_ptr<SampleReceiver> receiver) {
    const std::lock_guard lock(mutex_);
    std::erase_if(receivers_, [](const auto& weak) { return weak.expired(); });
    receivers_.push_back(std::move(receiver));
}

void Fanout::disconnect(const SampleReceiver* receiver) {
    const std::lock_guard lock(mutex_);
    std::erase_if(receivers_, [receiver](const auto& weak) {
        const auto strong = weak.lock();
        return !strong || strong.get() == receiver;
    });
}

void Fanout::deliver(GstSample* sample) {
    std::vector<std::shared_ptr<SampleReceiver>> receivers;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& weak : receivers_)
            if (auto strong = weak.lock()) receivers.push_back(std::move(strong));
    }
    for (const auto& receiver : receivers)
        receiver->onSample(sample);
}

bool Fanout::empty() const {
    const std::lock_guard lock(mutex_);
    return receivers_.empty();
}

Result<std::shared_ptr<Outlet>> Outlet::create(GstBin* bin, const char* caps) {
    auto outlet = std::make_shared<Outlet>();
    outlet->sink_ = TRY(addElement(bin, "appsink",
                                   {{"sync", "false"},
                                    {"async", "false"},
                                    {"qos", "false"},
                                    {"enable-last-sample", "false"},
                                    {"wait-on-eos", "false"},
                                    {"max-buffers", "32"},
                                    {"drop", "true"},
                                    // The default adds 20 ms to the latency of the pipeline.
                                    {"processing-deadline", "0"}}));
    if (caps) setProperties(outlet->sink_, {{"caps", caps}});
    GstAppSinkCallbacks callbacks = {};
    callbacks.new_sample = [](GstAppSink* sink, void* data) {
        const auto sample = GRef<GstSample>::adopt(gst_app_sink_pull_sample(sink));
        if (const auto self = static_cast<std::weak_ptr<Outlet>*>(data)->lock(); self && sample)
            self->fanout_.deliver(sample.get());
        return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(
        GST_APP_SINK(outlet->sink_), &callbacks, new std::weak_ptr<Outlet>(outlet),
        [](void* data) { delete static_cast<std::weak_ptr<Outlet>*>(data); });
    return outlet;
}

Result<std::shared_ptr<Inlet>> Inlet::create(GstBin* bin, const char* caps, unsigned maxBuffers) {
    auto inlet = std::make_shared<Inlet>();
    // Without its latency set, a live appsrc of 1.22 tells the mixers nothing that they can use:
    // they report a clock problem and stay silent.
    GstElement* source = TRY(addElement(bin, "appsrc",
                                        {{"is-live", "true"},
                                         {"format", "time"},
                                         {"block", "false"},
                                         {"emit-signals", "false"},
                                         {"max-bytes", "0"},
                                         {"max-buffers", "0"},
                                         {"min-latency", "0"},
                                         {"max-latency", std::to_string(kMaxLatency)}}));
    inlet->source_ = GRef<GstElement>::share(source);
    inlet->maxBuffers_ = maxBuffers;
    if (caps) {
        const auto parsed = GRef<GstCaps>::adopt(gst_caps_from_string(caps));
        inlet->setCapsLocked(parsed.get());
    }
    return inlet;
}

bool Inlet::push(GRef<GstBuffer> buffer, GstCaps* caps) {
    auto* source = GST_APP_SRC(source_.get());
    if (gst_app_src_get_current_level_buffers(source) >= maxBuffers_) {
        ++dropped_;
        return false;
    }
    const std::lock_guard lock(mutex_);
    if (caps) setCapsLocked(caps);
    return gst_app_src_push_buffer(source, buffer.release()) == GST_FLOW_OK;
}

bool Inlet::take(GstBuffer* buffer, GstClockTime at, GstCaps* caps) {
    return push(retimed(buffer, at), caps);
}

void Inlet::setCapsLocked(GstCaps* caps) {
    if (caps_.get() == caps || (caps_ && gst_caps_is_equal(caps_.get(), caps))) return;
    caps_ = GRef<GstCaps>::share(caps);
    gst_app_src_set_caps(GST_APP_SRC(source_.get()), caps);
}

GRef<GstBuffer> retimed(GstBuffer* buffer, GstClockTime timestamp) {
    auto copy = GRef<GstBuffer>::adopt(gst_buffer_copy(buffer));
    GST_BUFFER_PTS(copy.get()) = timestamp;
    GST_BUFFER_DTS(copy.get()) = GST_CLOCK_TIME_NONE;
    return copy;
}

} // namespace mullion
