#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "plugins/rungswitch/choice.h"
#include "plugins/rungswitch/timeline.h"
#include "tests/plugins/rungswitch_rig.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

void assertNext(SwitchRig& rig, int input, GstClockTime time) {
    const auto out = rig.pull();
    ck_assert_int_eq(out.input, input);
    if (input >= 0) ck_assert_uint_eq(out.time, time);
}

void assertNothing(SwitchRig& rig) {
    assertNext(rig, -1, 0);
}

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

} // namespace

START_TEST(first_frame_out_is_a_key_frame) {
    SwitchRig rig(2);
    rig.want(1);
    ck_assert_int_eq(rig.active(), -1);
    rig.delta(1, 0);
    rig.key(0, 0);
    assertNothing(rig);
    rig.key(1, kFrame);
    const auto out = rig.pull();
    ck_assert_int_eq(out.input, 1);
    ck_assert(out.isKeyFrame);
    ck_assert_int_eq(rig.active(), 1);
    ck_assert_uint_eq(rig.switches(), 0);
    ck_assert_uint_eq(rig.dropped(), 2);
}

END_TEST

START_TEST(first_that_comes_is_taken_while_none_was_ever_wanted) {
    SwitchRig rig(2);
    rig.delta(0, 0);
    rig.key(1, 0);
    rig.key(0, 0);
    assertNext(rig, 1, 0);
    assertNothing(rig);
}

END_TEST

START_TEST(change_happens_at_the_wanted_ones_key_frame) {
    ActiveRig rig;
    rig.want(1);
    for (unsigned k = 1; k < 4; ++k) {
        rig.delta(0, k * kFrame);
        rig.delta(1, k * kFrame);
        assertNext(rig, 0, k * kFrame);
        assertNothing(rig);
    }
    ck_assert_int_eq(rig.active(), 0);
    rig.key(1, 4 * kFrame);
    rig.delta(0, 4 * kFrame);
    rig.delta(1, 5 * kFrame);
    assertNext(rig, 1, 4 * kFrame);
    assertNext(rig, 1, 5 * kFrame);
    assertNothing(rig);
    ck_assert_int_eq(rig.active(), 1);
    ck_assert_int_eq(rig.number("wanted"), 1);
    ck_assert_uint_eq(rig.switches(), 1);
    ck_assert_uint_eq(rig.dropped(), 4);
}

END_TEST

START_TEST(active_is_notified_once_its_key_frame_went_out) {
    ActiveRig rig;

    struct Seen {
        SwitchRig* rig;
        int active = -1;
        int calls = 0;
    } seen{&rig};

    g_signal_connect(rig.element(), "notify::active",
                     G_CALLBACK(+[](GObject*, GParamSpec*, Seen* seen) {
                         ++seen->calls;
                         seen->active = seen->rig->active();
                         // The one before may go right here.
                         if (seen->calls == 1) seen->rig->release(0);
                     }),
                     &seen);
    rig.want(1);
    rig.key(1, kFrame);
    ck_assert_int_eq(seen.calls, 1);
    ck_assert_int_eq(seen.active, 1);
    assertNext(rig, 1, kFrame);
}

END_TEST

START_TEST(wanted_is_asked_at_once_and_again_every_500_ms) {
    ActiveRig rig;
    rig.want(1);
    ck_assert_uint_eq(rig.requests(1), 1);
    ck_assert_uint_eq(rig.requests(0), 0);
    // Seen from 1 s on: asked again 500 ms, 1 s, … later.
    unsigned asked = 0;
    for (GstClockTime time = 0; time <= 1600 * GST_MSECOND; time += kFrame) {
        rig.delta(1, GST_SECOND + time);
        asked += rig.requests(1);
        ck_assert_uint_eq(asked, time < 520 * GST_MSECOND    ? 0
                                 : time < 1040 * GST_MSECOND ? 1
                                 : time < 1560 * GST_MSECOND ? 2
                                                             : 3);
    }
    rig.key(1, 3 * GST_SECOND);
    rig.delta(1, 5 * GST_SECOND);
    ck_assert_uint_eq(rig.requests(1), 0);
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

START_TEST(wish_may_be_taken_back) {
    for (const bool toNull : {false, true}) {
        ActiveRig rig;
        rig.want(1);
        if (toNull)
            rig.wantNothing();
        else
            rig.want(0);
        ck_assert_uint_eq(rig.requests(0), 0);
        rig.key(1, kFrame);
        rig.delta(0, kFrame);
        assertNext(rig, 0, kFrame);
        assertNothing(rig);
        ck_assert_int_eq(rig.active(), 0);
    }
}

END_TEST

START_TEST(wish_may_change_before_it_comes_true) {
    ActiveRig rig(3);
    rig.want(1);
    rig.want(2);
    rig.key(1, kFrame);
    rig.key(2, kFrame);
    assertNext(rig, 2, kFrame);
    assertNothing(rig);
}

END_TEST

START_TEST(strange_pad_is_not_wanted) {
    ActiveRig rig;
    GstPad* strange = gst_pad_new("strange", GST_PAD_SINK);
    gst_object_ref_sink(strange);
    g_test_expect_message(nullptr, G_LOG_LEVEL_WARNING, "*none of its inputs*");
    g_object_set(rig.element(), "wanted", strange, nullptr);
    g_test_assert_expected_messages();
    ck_assert_int_eq(rig.number("wanted"), 0);
    gst_object_unref(strange);
}

END_TEST

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

START_TEST(times_always_rise) {
    constexpr auto kNone = GST_CLOCK_TIME_NONE;
    constexpr auto ms = GST_MSECOND;

    const struct {
        std::vector<GstClockTime> in, out;
    } rows[] = {
        {{0, 40 * ms, 80 * ms}, {0, 40 * ms, 80 * ms}},
        {{100 * ms, 100 * ms, 140 * ms}, {100 * ms, 101 * ms, 140 * ms}},
        {{100 * ms, 20 * ms, 60 * ms, 100 * ms, 140 * ms},
         {100 * ms, 101 * ms, 102 * ms, 103 * ms, 140 * ms}},
        {{100 * ms, 100 * ms + 1, 100 * ms + 2}, {100 * ms, 101 * ms, 102 * ms}},
        {{kNone, kNone, 40 * ms, kNone}, {0, 1 * ms, 40 * ms, 41 * ms}},
    };

    for (const auto& row : rows) {
        rungswitch::Timeline timeline;
        for (size_t i = 0; i < row.in.size(); ++i) {
            const auto time = row.in[i] == kNone ? std::nullopt : std::optional(row.in[i]);
            ck_assert_uint_eq(timeline.place(time), row.out[i]);
        }
    }
}

END_TEST

START_TEST(key_frame_of_a_moment_already_sent_is_moved) {
    ActiveRig rig;
    for (unsigned k = 1; k <= 3; ++k)
        rig.delta(0, k * kFrame);
    rig.want(1);
    rig.key(1, 2 * kFrame);
    rig.delta(1, 3 * kFrame);
    rig.delta(1, 4 * kFrame);
    for (unsigned k = 1; k <= 3; ++k)
        assertNext(rig, 0, k * kFrame);
    assertNext(rig, 1, 3 * kFrame + GST_MSECOND);
    assertNext(rig, 1, 3 * kFrame + 2 * GST_MSECOND);
    assertNext(rig, 1, 4 * kFrame);
}

END_TEST

START_TEST(times_out_are_running_time) {
    SwitchRig rig(2);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = 1000 * GST_SECOND;
    segment.base = 5 * GST_SECOND;
    gst_harness_push_event(rig.in(0), gst_event_new_segment(&segment));
    rig.want(0);
    rig.key(0, 1000 * GST_SECOND + kFrame);
    assertNext(rig, 0, 5 * GST_SECOND + kFrame);
    rig.want(1);
    rig.key(1, 6 * GST_SECOND);
    assertNext(rig, 1, 6 * GST_SECOND);
    // A frame before the segment leans on what went out, and the next leans on it.
    rig.want(0);
    rig.key(0, 999 * GST_SECOND);
    assertNext(rig, 0, 6 * GST_SECOND + GST_MSECOND);
}

END_TEST

START_TEST(caps_go_before_the_frame_and_the_rest_once) {
    SwitchRig rig(2);
    rig.want(0);
    rig.key(0, 0);
    using Events = std::vector<GstEventType>;
    ck_assert(rig.events() == (Events{GST_EVENT_STREAM_START, GST_EVENT_CAPS, GST_EVENT_SEGMENT}));
    rig.want(1);
    rig.delta(0, kFrame);
    ck_assert(rig.events().empty());
    rig.key(1, kFrame);
    GstEvent* event = gst_harness_try_pull_event(rig.out());
    ck_assert_int_eq(GST_EVENT_TYPE(event), GST_EVENT_CAPS);
    GstCaps* caps = nullptr;
    int width = 0;
    gst_event_parse_caps(event, &caps);
    gst_structure_get_int(gst_caps_get_structure(caps, 0), "width", &width);
    ck_assert_int_eq(width, SwitchRig::widthOf(1));
    gst_event_unref(event);
    ck_assert(rig.events().empty());
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
    return runSuite("plugins.rungswitch",
                    {first_frame_out_is_a_key_frame,
                     first_that_comes_is_taken_while_none_was_ever_wanted,
                     change_happens_at_the_wanted_ones_key_frame,
                     active_is_notified_once_its_key_frame_went_out,
                     wanted_is_asked_at_once_and_again_every_500_ms,
                     wanted_is_asked_when_it_is_linked_where_it_was_not,
                     wish_may_be_taken_back,
                     wish_may_change_before_it_comes_true,
                     strange_pad_is_not_wanted,
                     wanted_takes_over_after_the_active_was_released,
                     active_goes_on_after_the_wanted_was_released,
                     nobody_takes_over_unwanted,
                     unnamed_pad_has_the_lowest_free_number,
                     times_always_rise,
                     key_frame_of_a_moment_already_sent_is_moved,
                     times_out_are_running_time,
                     caps_go_before_the_frame_and_the_rest_once,
                     key_frame_requests_reach_who_can_answer,
                     latency_is_that_of_the_slowest_input,
                     stream_ends_when_nothing_can_come,
                     flush_of_an_input_stays_there,
                     failure_is_told_to_the_active_input_alone,
                     begins_anew_after_a_stop,
                     blocked_output_holds_up_neither_other_inputs_nor_their_release,
                     pads_come_and_go_while_it_streams});
}
