#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <check.h>
#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <gst/gst.h>

#include "plugins/mixminus/gst_mix_minus.h"

namespace mullion::test {

constexpr unsigned kRate = 48000;
constexpr unsigned kBlock = 480; ///< frames in 10 ms, the mixer's default block
constexpr GstClockTime kBlockTime = 10 * GST_MSECOND;

inline void initGStreamer() {
    static const bool once = [] {
        gst_init(nullptr, nullptr);
        return gst_mix_minus_register(nullptr) == TRUE;
    }();
    ck_assert(once);
}

/// One mixminus with a GstHarness for each pad that a test asks for. `T` is int16_t or float.
/// Not live: a block comes out when every input has given one, so tests need no clock. Live: the
/// test's clock says when a block is due.
template <typename T>
class MixRig {
public:
    using Samples = std::vector<T>;

    explicit MixRig(bool live = false, unsigned channels = 1)
        : live_(live)
        , channels_(channels) {
        initGStreamer();
        mix_ = gst_element_factory_make_full("mixminus", "force-live", live, nullptr);
        ck_assert_ptr_nonnull(mix_);
        gst_object_ref_sink(mix_);
        bus_ = gst_bus_new();
        gst_element_set_bus(mix_, bus_);
    }

    ~MixRig() {
        for (auto& [name, harness] : harnesses_)
            gst_harness_teardown(harness);
        gst_element_set_state(mix_, GST_STATE_NULL);
        for (GstHarness* harness : retired_)
            gst_harness_teardown(harness);
        gst_element_set_bus(mix_, nullptr);
        gst_object_unref(bus_);
        gst_object_unref(mix_);
        if (clock_) gst_object_unref(clock_);
    }

    MixRig(const MixRig&) = delete;
    MixRig& operator=(const MixRig&) = delete;

    GstElement* element() { return mix_; }

    GstBus* bus() { return bus_; }

    std::string capsText() const {
        return std::string("audio/x-raw,format=") + (sizeof(T) == 2 ? "S16LE" : "F32LE") +
               ",layout=interleaved,rate=48000,channels=" + std::to_string(channels_) +
               (channels_ == 2 ? ",channel-mask=(bitmask)3" : "");
    }

    /// Links an output, "src" or "src_N".
    void output(const std::string& name) {
        GstHarness* harness = gst_harness_new_with_element(mix_, nullptr, name.c_str());
        harnesses_[name] = harness;
        gst_harness_set_sink_caps_str(harness, capsText().c_str());
    }

    /// Links an input, sink_N.
    void input(unsigned n) {
        const std::string name = "sink_" + std::to_string(n);
        GstHarness* harness = gst_harness_new_with_element(mix_, name.c_str(), nullptr);
        harnesses_[name] = harness;
        gst_harness_set_live(harness, live_);
        gst_harness_set_src_caps_str(harness, capsText().c_str());
    }

    /// Call after the pads of the start, each of which brings a clock of its harness and plays:
    /// the mixer may wait for that clock already.
    void start() {
        gst_element_set_state(mix_, GST_STATE_READY);
        clock_ = GST_TEST_CLOCK(gst_test_clock_new());
        gst_element_set_clock(mix_, GST_CLOCK(clock_));
        gst_element_set_state(mix_, GST_STATE_PLAYING);
    }

    GstHarness* harness(const std::string& name) { return harnesses_.at(name); }

    void remove(const std::string& name) {
        GstHarness* harness = harnesses_.at(name);
        harnesses_.erase(name);
        GstPad* pad = gst_element_get_static_pad(mix_, name.c_str());
        GstPad* peer = gst_pad_get_peer(pad);
        if (GST_PAD_IS_SINK(pad))
            gst_pad_unlink(peer, pad);
        else
            gst_pad_unlink(pad, peer);
        gst_element_release_request_pad(mix_, pad);
        gst_object_unref(peer);
        gst_object_unref(pad);
        retired_.push_back(harness);
    }

    GstPad* pad(const std::string& name) {
        GstPad* pad = gst_element_get_static_pad(mix_, name.c_str());
        ck_assert_ptr_nonnull(pad);
        gst_object_unref(pad);
        return pad;
    }

    static GstBuffer* buffer(const Samples& samples, GstClockTime pts, unsigned channels = 1) {
        GstBuffer* buffer = gst_buffer_new_allocate(nullptr, samples.size() * sizeof(T), nullptr);
        gst_buffer_fill(buffer, 0, samples.data(), samples.size() * sizeof(T));
        GST_BUFFER_PTS(buffer) = pts;
        GST_BUFFER_DURATION(buffer) =
            gst_util_uint64_scale(samples.size() / channels, GST_SECOND, kRate);
        return buffer;
    }

    GstFlowReturn push(unsigned n, const Samples& samples, GstClockTime pts) {
        return push(n, buffer(samples, pts, channels_));
    }

    GstFlowReturn push(unsigned n, GstBuffer* buffer) {
        return gst_harness_push(harness("sink_" + std::to_string(n)), buffer);
    }

    /// Waits at most a minute, the harness' deadline; transfer full.
    GstBuffer* pullBuffer(const std::string& name) {
        GstBuffer* buffer = gst_harness_pull(harness(name));
        ck_assert_msg(buffer != nullptr, "no buffer came from %s", name.c_str());
        return buffer;
    }

    static Samples samplesOf(GstBuffer* buffer) {
        Samples samples(gst_buffer_get_size(buffer) / sizeof(T));
        gst_buffer_extract(buffer, 0, samples.data(), samples.size() * sizeof(T));
        return samples;
    }

    Samples pull(const std::string& name) {
        GstBuffer* buffer = pullBuffer(name);
        Samples samples = samplesOf(buffer);
        gst_buffer_unref(buffer);
        return samples;
    }

    /// Live only: waits until the mixer waits for the clock, then lets that time come.
    void tick() { ck_assert(gst_test_clock_crank(clock_)); }

    /// The next message mixminus-level; waits at most a minute. Transfer full.
    GstMessage* levels() {
        for (;;) {
            GstMessage* message =
                gst_bus_timed_pop_filtered(bus_, 60 * GST_SECOND, GST_MESSAGE_ELEMENT);
            ck_assert_msg(message != nullptr, "no levels came");
            if (gst_message_has_name(message, "mixminus-level")) return message;
            gst_message_unref(message);
        }
    }

private:
    bool live_;
    unsigned channels_;
    GstElement* mix_ = nullptr;
    GstBus* bus_ = nullptr;
    GstTestClock* clock_ = nullptr;
    std::map<std::string, GstHarness*> harnesses_;
    std::vector<GstHarness*> retired_;
};

/// `amplitude` 1 is full scale. Phase runs on from `firstFrame`.
template <typename T>
std::vector<T> sine(double hertz, double amplitude, size_t frames = kBlock, size_t firstFrame = 0) {
    const double scale = sizeof(T) == 2 ? 32767.0 : 1.0;
    std::vector<T> samples(frames);
    for (size_t i = 0; i < frames; ++i) {
        const double value =
            amplitude * scale *
            std::sin(2 * M_PI * hertz * static_cast<double>(firstFrame + i) / kRate);
        samples[i] = sizeof(T) == 2 ? static_cast<T>(std::lround(value)) : static_cast<T>(value);
    }
    return samples;
}

template <typename T>
double largestDifference(const std::vector<T>& a, const std::vector<T>& b) {
    ck_assert_uint_eq(a.size(), b.size());
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i)
        largest =
            std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    return largest;
}

template <typename T>
std::vector<T> sumOf(const std::vector<std::vector<T>>& parts) {
    std::vector<double> sum(parts.front().size());
    for (const auto& part : parts)
        for (size_t i = 0; i < part.size(); ++i)
            sum[i] += part[i];
    std::vector<T> samples(sum.size());
    for (size_t i = 0; i < sum.size(); ++i)
        samples[i] = static_cast<T>(sum[i]);
    return samples;
}

} // namespace mullion::test
