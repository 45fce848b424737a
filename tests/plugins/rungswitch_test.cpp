#include <optional>
#include <vector>

#include "plugins/rungswitch/timeline.h"
#include "tests/plugins/rungswitch_rig.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

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

int main() {
    return runSuite("plugins.rungswitch",
                    {first_frame_out_is_a_key_frame,
                     first_that_comes_is_taken_while_none_was_ever_wanted,
                     change_happens_at_the_wanted_ones_key_frame,
                     active_is_notified_once_its_key_frame_went_out,
                     wanted_is_asked_at_once_and_again_every_500_ms, wish_may_be_taken_back,
                     wish_may_change_before_it_comes_true, strange_pad_is_not_wanted,
                     times_always_rise, key_frame_of_a_moment_already_sent_is_moved,
                     times_out_are_running_time, caps_go_before_the_frame_and_the_rest_once});
}
