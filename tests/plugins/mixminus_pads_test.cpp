#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/plugins/mixminus_rig.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

guint64 droppedBy(GstPad* pad) {
    guint64 dropped = 0;
    g_object_get(pad, "dropped", &dropped, nullptr);
    return dropped;
}

/// A pad that takes what an output pushes, and can be linked and unlinked at will.
struct Listener {
    GstPad* pad = gst_pad_new("listener", GST_PAD_SINK);
    std::vector<GstEventType> events;
    std::atomic<unsigned> buffers{0};
    std::atomic<int> answer{GST_FLOW_OK};

    Listener() {
        gst_object_ref_sink(pad);
        gst_pad_set_element_private(pad, this);
        gst_pad_set_event_function(pad, [](GstPad* pad, GstObject*, GstEvent* event) -> gboolean {
            self(pad)->events.push_back(GST_EVENT_TYPE(event));
            gst_event_unref(event);
            return TRUE;
        });
        gst_pad_set_chain_function(pad, [](GstPad* pad, GstObject*, GstBuffer* buffer) {
            gst_buffer_unref(buffer);
            ++self(pad)->buffers;
            return static_cast<GstFlowReturn>(self(pad)->answer.load());
        });
        gst_pad_set_active(pad, TRUE);
    }

    ~Listener() {
        gst_pad_set_active(pad, FALSE); // waits for a buffer on its way
        gst_object_unref(pad);
    }

    static Listener* self(GstPad* pad) {
        return static_cast<Listener*>(gst_pad_get_element_private(pad));
    }
};

/// Two inputs and src_0 with a harness; src_1 and src as the test wants them.
struct PairRig : MixRig<int16_t> {
    PairRig() {
        output("src_0");
        input(0);
        input(1);
        start();
    }

    /// Both speak; src_0 hears the other.
    void mixBlock() {
        push(0, sine<int16_t>(440, 0.2), block * kBlockTime);
        push(1, other, block * kBlockTime);
        ++block;
        ck_assert(pull("src_0") == other);
    }

    std::vector<int16_t> other = sine<int16_t>(880, 0.2);
    unsigned block = 0;
};

} // namespace

START_TEST(unlinked_main_output_stops_nobody) {
    PairRig rig;
    for (int i = 0; i < 10; ++i)
        rig.mixBlock();
}

END_TEST

START_TEST(unlinked_output_is_counted_and_stops_nobody) {
    PairRig rig;
    GstPad* idle = gst_element_request_pad_simple(rig.element(), "src_1");
    for (int i = 0; i < 10; ++i)
        rig.mixBlock();
    ck_assert_uint_ge(droppedBy(idle), 9);
    gst_element_release_request_pad(rig.element(), idle);
    gst_object_unref(idle);
    rig.mixBlock();
}

END_TEST

START_TEST(failing_output_is_counted_and_recovers) {
    PairRig rig;
    Listener listener;
    GstPad* pad = gst_element_request_pad_simple(rig.element(), "src_1");
    ck_assert_int_eq(gst_pad_link(pad, listener.pad), GST_PAD_LINK_OK);
    for (const GstFlowReturn flow : {GST_FLOW_ERROR, GST_FLOW_FLUSHING, GST_FLOW_NOT_NEGOTIATED}) {
        listener.answer = flow;
        const guint64 before = droppedBy(pad);
        rig.mixBlock();
        rig.mixBlock();
        ck_assert_uint_gt(droppedBy(pad), before);
    }
    // The block after the next is mixed only when the one before was pushed to all.
    listener.answer = GST_FLOW_OK;
    rig.mixBlock();
    const unsigned taken = listener.buffers;
    rig.mixBlock();
    rig.mixBlock();
    ck_assert_uint_gt(listener.buffers, taken);
    gst_pad_unlink(pad, listener.pad);
    gst_element_release_request_pad(rig.element(), pad);
    gst_object_unref(pad);
}

END_TEST

START_TEST(relinked_output_begins_its_stream_again) {
    PairRig rig;
    GstPad* pad = gst_element_request_pad_simple(rig.element(), "src_1");
    for (int round = 0; round < 3; ++round) {
        Listener listener;
        ck_assert_int_eq(gst_pad_link(pad, listener.pad), GST_PAD_LINK_OK);
        for (int i = 0; i < 3; ++i)
            rig.mixBlock();
        gst_pad_unlink(pad, listener.pad);
        rig.mixBlock();
        rig.mixBlock();
        const std::vector<GstEventType> expected = {GST_EVENT_STREAM_START, GST_EVENT_CAPS,
                                                    GST_EVENT_SEGMENT};
        ck_assert_msg(listener.events == expected, "%zu events came in round %d",
                      listener.events.size(), round);
        ck_assert_uint_gt(listener.buffers, 0);
    }
    gst_element_release_request_pad(rig.element(), pad);
    gst_object_unref(pad);
}

END_TEST

START_TEST(outputs_answer_queries_alike) {
    MixRig<int16_t> rig(true);
    rig.output("src");
    rig.output("src_0");
    rig.input(0);
    gst_harness_set_upstream_latency(rig.harness("sink_0"), 30 * GST_MSECOND);
    rig.start();
    GstClockTime min[2];
    gint64 position[2];
    const char* names[] = {"src", "src_0"};
    rig.push(0, sine<int16_t>(440, 0.2), 0);
    for (int i = 0; i < 2; ++i) {
        rig.pull(names[i]);
        GstQuery* query = gst_query_new_latency();
        ck_assert(gst_pad_query(rig.pad(names[i]), query));
        gboolean live = FALSE;
        gst_query_parse_latency(query, &live, &min[i], nullptr);
        ck_assert(live);
        gst_query_unref(query);
    }
    ck_assert_uint_eq(min[0], min[1]);
    ck_assert_uint_eq(min[0], 40 * GST_MSECOND);
    for (int i = 0; i < 2; ++i)
        ck_assert(gst_pad_query_position(rig.pad(names[i]), GST_FORMAT_TIME, &position[i]));
    ck_assert_int_eq(position[0], position[1]);
    GstCaps* caps[] = {gst_pad_get_current_caps(rig.pad("src")),
                       gst_pad_query_caps(rig.pad("src_0"), nullptr)};
    ck_assert(gst_caps_is_equal(caps[0], caps[1]));
    for (GstCaps* c : caps)
        gst_caps_unref(c);
}

END_TEST

START_TEST(eos_reaches_every_output) {
    MixRig<int16_t> rig;
    rig.output("src");
    rig.output("src_0");
    rig.input(0);
    rig.start();
    rig.push(0, sine<int16_t>(440, 0.2), 0);
    gst_harness_push_event(rig.harness("sink_0"), gst_event_new_eos());
    for (const char* name : {"src", "src_0"}) {
        for (;;) {
            GstEvent* event = gst_harness_pull_event(rig.harness(name));
            ck_assert_ptr_nonnull(event);
            const GstEventType type = GST_EVENT_TYPE(event);
            gst_event_unref(event);
            if (type == GST_EVENT_EOS) break;
        }
    }
}

END_TEST

START_TEST(pads_have_the_number_asked_for) {
    initGStreamer();
    GstElement* mix = gst_element_factory_make("mixminus", nullptr);
    gst_object_ref_sink(mix);
    const char* asked[] = {"src_7", "sink_7", "sink_%u", "src_%u", "src_%u"};
    const char* given[] = {"src_7", "sink_7", "sink_0", "src_0", "src_1"};
    for (int i = 0; i < 5; ++i) {
        GstPad* pad = gst_element_request_pad_simple(mix, asked[i]);
        ck_assert_ptr_nonnull(pad);
        ck_assert_str_eq(GST_PAD_NAME(pad), given[i]);
        gst_object_unref(pad);
    }
    ck_assert_uint_eq(mix->numpads, 6);
    gst_object_unref(mix);
}

END_TEST

START_TEST(other_rate_is_refused_once_the_mix_runs) {
    PairRig rig;
    rig.mixBlock();
    GstHarness* stranger = gst_harness_new_with_element(rig.element(), "sink_5", nullptr);
    GstPad* pad = rig.pad("sink_5");
    GstCaps* caps = gst_pad_query_caps(pad, nullptr);
    GstCaps* foreign = gst_caps_from_string("audio/x-raw,rate=44100");
    ck_assert(!gst_caps_can_intersect(caps, foreign));
    gst_caps_unref(foreign);
    gst_caps_unref(caps);
    gst_harness_teardown(stranger);
}

END_TEST

START_TEST(pads_come_and_go_while_it_mixes) {
    PairRig rig;
    std::atomic<bool> stop{false};
    std::atomic<unsigned> changes{0};
    std::vector<std::thread> changers;
    for (unsigned t = 0; t < 2; ++t)
        changers.emplace_back([&rig, &stop, &changes, t] {
            const std::string sink = "sink_" + std::to_string(10 + t);
            const std::string src = "src_" + std::to_string(10 + t);
            const auto tone = sine<int16_t>(440, 0.1);
            for (unsigned i = 0; i < 500 && !stop; ++i) {
                GstElement* mix = rig.element();
                GstPad* in = gst_element_request_pad_simple(mix, sink.c_str());
                GstPad* out = gst_element_request_pad_simple(mix, src.c_str());
                Listener listener;
                gst_pad_link(out, listener.pad);
                gst_pad_send_event(in, gst_event_new_stream_start("t"));
                GstCaps* caps = gst_caps_from_string(rig.capsText().c_str());
                gst_pad_send_event(in, gst_event_new_caps(caps));
                gst_caps_unref(caps);
                GstSegment segment;
                gst_segment_init(&segment, GST_FORMAT_TIME);
                gst_pad_send_event(in, gst_event_new_segment(&segment));
                // The pad holds two blocks at most before it waits, so one is always taken.
                gst_pad_chain(in, rig.buffer(tone, GST_CLOCK_TIME_NONE));
                for (unsigned spin = 0; spin < 20 * (i % 50); ++spin)
                    std::this_thread::yield(); // so that the release meets every part of a block
                gst_pad_unlink(out, listener.pad);
                gst_element_release_request_pad(mix, in);
                gst_element_release_request_pad(mix, out);
                gst_object_unref(in);
                gst_object_unref(out);
                ++changes;
            }
        });
    unsigned blocks = 0;
    while (changes < 1000) {
        rig.push(0, sine<int16_t>(440, 0.2), blocks * kBlockTime);
        rig.push(1, rig.other, blocks * kBlockTime);
        ++blocks;
        while (GstBuffer* buffer = gst_harness_try_pull(rig.harness("src_0")))
            gst_buffer_unref(buffer);
    }
    stop = true;
    for (std::thread& thread : changers)
        thread.join();
    ck_assert_uint_gt(blocks, 10);
}

END_TEST

int main() {
    return runSuite("plugins.mixminus.pads",
                    {unlinked_main_output_stops_nobody, unlinked_output_is_counted_and_stops_nobody,
                     failing_output_is_counted_and_recovers,
                     relinked_output_begins_its_stream_again, outputs_answer_queries_alike,
                     eos_reaches_every_output, pads_have_the_number_asked_for,
                     other_rate_is_refused_once_the_mix_runs, pads_come_and_go_while_it_mixes});
}
