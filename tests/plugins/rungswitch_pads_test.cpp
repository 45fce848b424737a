#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/plugins/rungswitch_rig.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

bool contains(const std::vector<GstEventType>& events, GstEventType type) {
    return std::find(events.begin(), events.end(), type) != events.end();
}

/// An input's source without a harness, linked to a pad that it requested.
struct Feed {
    GstPad* src = gst_pad_new("feed", GST_PAD_SRC);
    std::atomic<unsigned> requests = 0;

    Feed() {
        gst_object_ref_sink(src);
        gst_pad_set_element_private(src, this);
        gst_pad_set_event_function(src, [](GstPad* pad, GstObject*, GstEvent* event) -> gboolean {
            auto* self = static_cast<Feed*>(gst_pad_get_element_private(pad));
            if (gst_video_event_is_force_key_unit(event)) ++self->requests;
            gst_event_unref(event);
            return TRUE;
        });
        gst_pad_set_active(src, TRUE);
        gst_pad_push_event(src, gst_event_new_stream_start("feed"));
        GstCaps* caps = gst_caps_new_empty_simple("video/x-vp8");
        gst_pad_push_event(src, gst_event_new_caps(caps));
        gst_caps_unref(caps);
        GstSegment segment;
        gst_segment_init(&segment, GST_FORMAT_TIME);
        gst_pad_push_event(src, gst_event_new_segment(&segment));
    }

    ~Feed() {
        gst_pad_set_active(src, FALSE);
        gst_object_unref(src);
    }

    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;
};

/// Holds what goes out until open().
struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool isOpen = false;
    bool isReached = false;

    explicit Gate(GstPad* pad) {
        gst_pad_add_probe(
            pad, GST_PAD_PROBE_TYPE_BUFFER,
            [](GstPad*, GstPadProbeInfo*, gpointer data) {
                auto* self = static_cast<Gate*>(data);
                std::unique_lock lock(self->mutex);
                self->isReached = true;
                self->changed.notify_all();
                self->changed.wait(lock, [self] { return self->isOpen; });
                return GST_PAD_PROBE_OK;
            },
            this, nullptr);
    }

    void await() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return isReached; });
    }

    void open() {
        const std::lock_guard lock(mutex);
        isOpen = true;
        changed.notify_all();
    }
};

} // namespace

START_TEST(wanted_takes_over_after_the_active_was_released) {
    ActiveRig rig;
    rig.want(1);
    rig.release(0);
    ck_assert_int_eq(rig.active(), -1);
    ck_assert_int_eq(rig.number("wanted"), 1);
    rig.delta(1, kFrame);
    assertNothing(rig);
    rig.key(1, 2 * kFrame);
    assertNext(rig, 1, 2 * kFrame);
    ck_assert_uint_eq(rig.switches(), 1);
}

END_TEST

START_TEST(active_goes_on_after_the_wanted_was_released) {
    ActiveRig rig;
    rig.want(1);
    rig.release(1);
    ck_assert_int_eq(rig.number("wanted"), -1);
    rig.delta(0, kFrame);
    assertNext(rig, 0, kFrame);
}

END_TEST

START_TEST(nobody_takes_over_unwanted) {
    ActiveRig rig;
    rig.release(0);
    rig.key(1, kFrame);
    assertNothing(rig);
    // A number that was released is free again.
    rig.input(0);
    rig.want(0);
    rig.key(0, 2 * kFrame);
    assertNext(rig, 0, 2 * kFrame);
}

END_TEST

START_TEST(unnamed_pad_has_the_lowest_free_number) {
    SwitchRig rig(2);
    GstPad* pad = gst_element_request_pad_simple(rig.element(), "sink_%u");
    ck_assert_str_eq(GST_PAD_NAME(pad), "sink_2");
    gst_element_release_request_pad(rig.element(), pad);
    gst_object_unref(pad);
    rig.release(0);
    pad = gst_element_request_pad_simple(rig.element(), "sink_%u");
    ck_assert_str_eq(GST_PAD_NAME(pad), "sink_0");
    gst_element_release_request_pad(rig.element(), pad);
    gst_object_unref(pad);
}

END_TEST

START_TEST(wanted_is_asked_when_it_is_linked_where_it_was_not) {
    ActiveRig rig;
    GstPad* pad = gst_element_request_pad_simple(rig.element(), "sink_7");
    g_object_set(rig.element(), "wanted", pad, nullptr);
    Feed feed;
    gst_pad_link(feed.src, pad);
    ck_assert_uint_eq(feed.requests, 0);
    gst_pad_push(feed.src, SwitchRig::frame(7, 0, false));
    ck_assert_uint_eq(feed.requests, 1);
    gst_pad_push(feed.src, SwitchRig::frame(7, kFrame, false));
    ck_assert_uint_eq(feed.requests, 1);
    gst_element_release_request_pad(rig.element(), pad);
    gst_object_unref(pad);
}

END_TEST

START_TEST(key_frame_requests_reach_who_can_answer) {
    SwitchRig rig(3);
    rig.askFromDownstream(); // to nobody
    rig.want(1);
    rig.forgetRequests(1);
    rig.askFromDownstream();
    ck_assert_uint_eq(rig.requests(1), 1);
    rig.key(1, 0);
    rig.askFromDownstream();
    ck_assert_uint_eq(rig.requests(1), 1);
    rig.want(0);
    rig.forgetRequests(0);
    rig.askFromDownstream();
    ck_assert_uint_eq(rig.requests(0), 1);
    ck_assert_uint_eq(rig.requests(1), 1);
    ck_assert_uint_eq(rig.requests(2), 0);
    // Others go to the active one alone.
    gst_harness_push_upstream_event(rig.out(), gst_event_new_qos(GST_QOS_TYPE_OVERFLOW, 1, 0, 0));
    for (unsigned n = 0; n < 3; ++n) {
        GstEvent* event = gst_harness_try_pull_upstream_event(rig.in(n));
        ck_assert_int_eq(event != nullptr, n == 1);
        if (event) gst_event_unref(event);
    }
}

END_TEST

START_TEST(latency_is_that_of_the_slowest_input) {
    ActiveRig rig(3);
    const GstClockTime latencies[] = {10 * GST_MSECOND, 30 * GST_MSECOND, 20 * GST_MSECOND};
    for (unsigned n = 0; n < 3; ++n)
        gst_harness_set_upstream_latency(rig.in(n), latencies[n]);
    ck_assert_uint_eq(gst_harness_query_latency(rig.out()), 30 * GST_MSECOND);
    rig.release(1);
    ck_assert_uint_eq(gst_harness_query_latency(rig.out()), 20 * GST_MSECOND);
}

END_TEST

START_TEST(stream_ends_when_nothing_can_come) {
    const auto end = [](SwitchRig& rig, unsigned n) {
        gst_harness_push_event(rig.in(n), gst_event_new_eos());
        return contains(rig.events(), GST_EVENT_EOS);
    };
    {
        ActiveRig rig;
        ck_assert(!end(rig, 1));
        ck_assert(end(rig, 0));
    }
    {
        ActiveRig rig;
        rig.want(1);
        ck_assert(!end(rig, 0));
        rig.key(1, kFrame);
        assertNext(rig, 1, kFrame);
        ck_assert(end(rig, 1));
    }
    {
        ActiveRig rig;
        rig.want(1);
        ck_assert(!end(rig, 0));
        ck_assert(end(rig, 1));
    }
    {
        ActiveRig rig;
        rig.want(1);
        ck_assert(!end(rig, 1));
        rig.delta(0, kFrame);
        assertNext(rig, 0, kFrame);
        ck_assert(end(rig, 0));
    }
    {
        // From a thread of the pool: the harness waits for it.
        ActiveRig rig;
        rig.want(1);
        ck_assert(!end(rig, 0));
        rig.release(1);
        GstEvent* event = gst_harness_pull_event(rig.out());
        ck_assert_int_eq(GST_EVENT_TYPE(event), GST_EVENT_EOS);
        gst_event_unref(event);
    }
}

END_TEST

START_TEST(flush_of_an_input_stays_there) {
    ActiveRig rig;
    for (unsigned n = 0; n < 2; ++n) {
        gst_harness_push_event(rig.in(n), gst_event_new_flush_start());
        gst_harness_push_event(rig.in(n), gst_event_new_flush_stop(TRUE));
        GstSegment segment;
        gst_segment_init(&segment, GST_FORMAT_TIME);
        gst_harness_push_event(rig.in(n), gst_event_new_segment(&segment));
    }
    ck_assert(rig.events().empty());
    // Frames may have been lost in it.
    rig.delta(0, kFrame);
    assertNothing(rig);
    ck_assert_uint_eq(rig.requests(0), 1);
    rig.key(0, 2 * kFrame);
    assertNext(rig, 0, 2 * kFrame);
}

END_TEST

START_TEST(failure_is_told_to_the_active_input_alone) {
    ActiveRig rig;
    GstPad* peer = gst_pad_get_peer(rig.out()->sinkpad);
    gst_pad_unlink(peer, rig.out()->sinkpad);
    ck_assert_int_eq(rig.delta(1, kFrame), GST_FLOW_OK);
    ck_assert_int_eq(rig.delta(0, kFrame), GST_FLOW_NOT_LINKED);
    gst_pad_link(peer, rig.out()->sinkpad);
    gst_object_unref(peer);
    // One is missing: it goes on at a key frame.
    ck_assert_int_eq(rig.delta(0, 2 * kFrame), GST_FLOW_OK);
    assertNothing(rig);
    ck_assert_uint_eq(rig.requests(0), 1);
    rig.key(0, 3 * kFrame);
    assertNext(rig, 0, 3 * kFrame);
}

END_TEST

START_TEST(begins_anew_after_a_stop) {
    ActiveRig rig;
    gst_element_set_state(rig.element(), GST_STATE_READY);
    ck_assert_int_eq(rig.active(), -1);
    gst_element_set_state(rig.element(), GST_STATE_PLAYING);
    rig.delta(0, kFrame);
    assertNothing(rig);
}

END_TEST

START_TEST(blocked_output_holds_up_neither_other_inputs_nor_their_release) {
    ActiveRig rig(3);
    Gate gate(rig.out()->sinkpad);
    std::thread active([&] { rig.delta(0, kFrame); });
    gate.await();
    ck_assert_int_eq(rig.key(1, kFrame), GST_FLOW_OK);
    // The wanted one waits for its turn, but not when it is released.
    rig.want(1);
    GstHarness* harness = rig.in(1);
    std::thread wanted([&] { gst_harness_push(harness, SwitchRig::frame(1, kFrame, true)); });
    rig.release(1);
    wanted.join();
    rig.want(2);
    rig.wantNothing();
    rig.release(2);
    gate.open();
    active.join();
    assertNext(rig, 0, kFrame);
    ck_assert_int_eq(rig.active(), 0);
}

END_TEST

START_TEST(pads_come_and_go_while_it_streams) {
    constexpr unsigned kInputs = 3;
    constexpr unsigned kRounds = 200;
    SwitchRig rig;
    std::atomic<bool> isDone = false;
    // Each thread is an input that asks for a pad, sends some frames and lets it go.
    std::vector<std::thread> threads;
    for (unsigned n = 0; n < kInputs; ++n)
        threads.emplace_back([&, n] {
            for (unsigned round = 0; round < kRounds; ++round) {
                Feed feed;
                GstPad* pad = gst_element_request_pad_simple(rig.element(), "sink_%u");
                gst_pad_link(feed.src, pad);
                std::thread sender([&] {
                    for (unsigned k = 0; k < 30; ++k)
                        gst_pad_push(feed.src,
                                     SwitchRig::frame(n, (round * 30 + k) * kFrame, k % 5 == 0));
                });
                for (unsigned k = 0; k < 5; ++k) {
                    g_object_set(rig.element(), "wanted", pad, nullptr);
                    std::this_thread::yield();
                }
                gst_element_release_request_pad(rig.element(), pad);
                sender.join();
                gst_object_unref(pad);
            }
        });
    std::thread reader([&] {
        GstClockTime last = 0;
        unsigned count = 0;
        while (!isDone) {
            rig.askFromDownstream();
            rig.active();
            while (GstBuffer* buffer = gst_harness_try_pull(rig.out())) {
                if (count++) ck_assert_uint_gt(GST_BUFFER_PTS(buffer), last);
                last = GST_BUFFER_PTS(buffer);
                gst_buffer_unref(buffer);
            }
            std::this_thread::yield();
        }
        ck_assert_uint_gt(count, 0);
    });
    for (auto& thread : threads)
        thread.join();
    isDone = true;
    reader.join();
    ck_assert_int_eq(rig.active(), -1);
}

END_TEST

int main() {
    return runSuite("plugins.rungswitch_pads",
                    {wanted_takes_over_after_the_active_was_released,
                     active_goes_on_after_the_wanted_was_released, nobody_takes_over_unwanted,
                     unnamed_pad_has_the_lowest_free_number,
                     wanted_is_asked_when_it_is_linked_where_it_was_not,
                     key_frame_requests_reach_who_can_answer, latency_is_that_of_the_slowest_input,
                     stream_ends_when_nothing_can_come, flush_of_an_input_stays_there,
                     failure_is_told_to_the_active_input_alone, begins_anew_after_a_stop,
                     blocked_output_holds_up_neither_other_inputs_nor_their_release,
                     pads_come_and_go_while_it_streams});
}
