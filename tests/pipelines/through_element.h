#pragma once

#include <cstdint>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gst/app/gstappsrc.h>

#include "pipelines/gst/bridge.h"
#include "pipelines/gst/element.h"
#include "tests/support/check_framework.h"

namespace mullion::test {

using Bytes = std::vector<std::uint8_t>;

/// What an element of GStreamer makes of these buffers, which have `caps` and are 40 ms apart.
inline std::vector<Bytes> throughElement(const char* name, const Properties& properties,
                                         const std::string& caps,
                                         const std::vector<Bytes>& buffers) {
    struct Kept : SampleReceiver {
        void onSample(GstSample* sample) override {
            GstBuffer* buffer = gst_sample_get_buffer(sample);
            Bytes bytes(gst_buffer_get_size(buffer));
            gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
            made.push_back(std::move(bytes));
        }

        std::vector<Bytes> made;
    };

    gst_init(nullptr, nullptr);
    const auto pipeline = GRef<GstElement>::sink(gst_pipeline_new("through-element"));
    auto* bin = GST_BIN(pipeline.get());
    GstElement* source = *addElement(bin, "appsrc", {{"format", "time"}, {"caps", caps}});
    GstElement* element = *addElement(bin, name, properties);
    auto outlet = *Outlet::create(bin);
    ck_assert(linkElements({source, element, outlet->element()}).ok());
    const auto kept = std::make_shared<Kept>();
    outlet->connect(kept);
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    GstClockTime label = 0;
    for (const Bytes& bytes : buffers) {
        GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
        GST_BUFFER_PTS(buffer) = label;
        label += 40 * GST_MSECOND;
        gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
    }
    gst_app_src_end_of_stream(GST_APP_SRC(source));
    const auto bus = GRef<GstBus>::adopt(gst_element_get_bus(pipeline.get()));
    const auto message = GRef<GstMessage>::adopt(gst_bus_timed_pop_filtered(
        bus.get(), 30 * GST_SECOND,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
    ck_assert(message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS);
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    return kept->made;
}

} // namespace mullion::test
