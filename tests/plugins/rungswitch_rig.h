#pragma once

#include <map>
#include <string>
#include <vector>

#include <gst/check/gstharness.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "plugins/rungswitch/gst_rung_switch.h"
#include "tests/support/check_framework.h"

namespace mullion::test {

constexpr GstClockTime kFrame = 40 * GST_MSECOND;

inline void initGStreamer() {
    static const bool once = [] {
        gst_init(nullptr, nullptr);
        return gst_rung_switch_register(nullptr) == TRUE;
    }();
    ck_assert(once);
}

/// One rungswitch with a GstHarness for each input and one for its output. Nothing has a thread:
/// what a push brings about has happened when it returns.
class SwitchRig {
public:
    SwitchRig() {
        initGStreamer();
        element_ = gst_element_factory_make("rungswitch", nullptr);
        ck_assert_ptr_nonnull(element_);
        gst_object_ref_sink(element_);
        harnesses_["src"] = gst_harness_new_with_element(element_, nullptr, "src");
    }

    /// With as many inputs, each a rung of its own size.
    explicit SwitchRig(unsigned inputs)
        : SwitchRig() {
        for (unsigned n = 0; n < inputs; ++n)
            input(n);
    }

    ~SwitchRig() {
        gst_element_set_state(element_, GST_STATE_NULL);
        for (auto& [name, harness] : harnesses_)
            gst_harness_teardown(harness);
        for (GstHarness* harness : retired_)
            gst_harness_teardown(harness);
        gst_object_unref(element_);
    }

    SwitchRig(const SwitchRig&) = delete;
    SwitchRig& operator=(const SwitchRig&) = delete;

    GstElement* element() { return element_; }

    GstHarness* out() { return harnesses_.at("src"); }

    GstHarness* in(unsigned n) { return harnesses_.at(name(n)); }

    static std::string name(unsigned n) { return "sink_" + std::to_string(n); }

    static int widthOf(unsigned n) { return 1280 >> n; }

    void input(unsigned n) {
        GstHarness* harness = gst_harness_new_with_element(element_, name(n).c_str(), nullptr);
        harnesses_[name(n)] = harness;
        gst_harness_set_src_caps(harness,
                                 gst_caps_new_simple("video/x-vp8", "width", G_TYPE_INT, widthOf(n),
                                                     "height", G_TYPE_INT, 720 >> n, nullptr));
        forgetRequests(n);
    }

    void release(unsigned n) {
        GstPad* own = pad(n);
        GstPad* peer = gst_pad_get_peer(own);
        gst_pad_unlink(peer, own);
        gst_element_release_request_pad(element_, own);
        gst_object_unref(peer);
        retired_.push_back(harnesses_.at(name(n)));
        harnesses_.erase(name(n));
    }

    /// Borrowed.
    GstPad* pad(unsigned n) {
        GstPad* pad = gst_element_get_static_pad(element_, name(n).c_str());
        ck_assert_ptr_nonnull(pad);
        gst_object_unref(pad);
        return pad;
    }

    void want(unsigned n) { g_object_set(element_, "wanted", pad(n), nullptr); }

    void wantNothing() { g_object_set(element_, "wanted", nullptr, nullptr); }

    /// The number of the pad that this property names, or -1.
    int number(const char* property) {
        GstPad* pad = nullptr;
        g_object_get(element_, property, &pad, nullptr);
        if (!pad) return -1;
        const int number = std::atoi(GST_PAD_NAME(pad) + strlen("sink_"));
        gst_object_unref(pad);
        return number;
    }

    int active() { return number("active"); }

    unsigned switches() {
        guint count = 0;
        g_object_get(element_, "switches", &count, nullptr);
        return count;
    }

    guint64 dropped() {
        guint64 count = 0;
        g_object_get(element_, "dropped", &count, nullptr);
        return count;
    }

    /// A frame is one byte: the number of its input.
    static GstBuffer* frame(unsigned n, GstClockTime time, bool isKeyFrame) {
        GstBuffer* buffer = gst_buffer_new_allocate(nullptr, 1, nullptr);
        gst_buffer_memset(buffer, 0, static_cast<guint8>(n), 1);
        GST_BUFFER_PTS(buffer) = time;
        GST_BUFFER_DTS(buffer) = time;
        GST_BUFFER_DURATION(buffer) = kFrame;
        if (!isKeyFrame) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
        return buffer;
    }

    GstFlowReturn key(unsigned n, GstClockTime time) {
        return gst_harness_push(in(n), frame(n, time, true));
    }

    GstFlowReturn delta(unsigned n, GstClockTime time) {
        return gst_harness_push(in(n), frame(n, time, false));
    }

    struct Out {
        int input = -1; ///< -1: nothing came
        GstClockTime time = GST_CLOCK_TIME_NONE;
        bool isKeyFrame = false;
    };

    /// What went out next, if anything.
    Out pull() {
        GstBuffer* buffer = gst_harness_try_pull(out());
        if (!buffer) return {};
        guint8 number = 0;
        gst_buffer_extract(buffer, 0, &number, 1);
        const Out result{number, GST_BUFFER_PTS(buffer),
                         !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT)};
        ck_assert_uint_eq(GST_BUFFER_DTS(buffer), result.time);
        gst_buffer_unref(buffer);
        return result;
    }

    /// How many key frames an input was asked for since the last call.
    unsigned requests(unsigned n) {
        unsigned count = 0;
        while (GstEvent* event = gst_harness_try_pull_upstream_event(in(n))) {
            count += gst_video_event_is_force_key_unit(event);
            gst_event_unref(event);
        }
        return count;
    }

    void forgetRequests(unsigned n) { requests(n); }

    void askFromDownstream() {
        gst_harness_push_upstream_event(
            out(), gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 1));
    }

    /// The types of the events that went out since the last call.
    std::vector<GstEventType> events() {
        std::vector<GstEventType> types;
        while (GstEvent* event = gst_harness_try_pull_event(out())) {
            types.push_back(GST_EVENT_TYPE(event));
            gst_event_unref(event);
        }
        return types;
    }

private:
    GstElement* element_ = nullptr;
    std::map<std::string, GstHarness*> harnesses_;
    std::vector<GstHarness*> retired_;
};

inline void assertNext(SwitchRig& rig, int input, GstClockTime time) {
    const auto out = rig.pull();
    ck_assert_int_eq(out.input, input);
    if (input >= 0) ck_assert_uint_eq(out.time, time);
}

inline void assertNothing(SwitchRig& rig) {
    assertNext(rig, -1, 0);
}

/// Rig with sink_0 active: its first key frame went out at 0.
struct ActiveRig : SwitchRig {
    explicit ActiveRig(unsigned inputs = 2)
        : SwitchRig(inputs) {
        want(0);
        key(0, 0);
        assertNext(*this, 0, 0);
        events();
        for (unsigned n = 0; n < inputs; ++n)
            forgetRequests(n);
    }
};

} // namespace mullion::test
