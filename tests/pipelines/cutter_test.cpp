// Which file each frame of a programme goes to, and at which time, without any frame.
#include "pipelines/output/cutter.h"

#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

void expect(const std::optional<Cut>& cut, int part, std::int64_t at) {
    ck_assert_msg(cut.has_value(), "left out, not in part %d at %ld", part, at);
    ck_assert_int_eq(cut->part, part);
    ck_assert_int_eq(cut->at, at);
}

} // namespace

START_TEST(begins_with_a_key_frame_and_the_sound_of_its_moment) {
    Cutter cutter(true);
    ck_assert(!cutter.sound(90));
    ck_assert(!cutter.picture(100, false));
    expect(cutter.picture(140, true), 0, 0);
    ck_assert(!cutter.sound(139));
    expect(cutter.sound(150), 0, 10);
    expect(cutter.picture(180, false), 0, 40);
    // Another key frame is nothing to it.
    expect(cutter.picture(220, true), 0, 80);
}

END_TEST

START_TEST(cuts_at_a_key_frame_and_loses_nothing) {
    Cutter cutter(true);
    cutter.picture(100, true);
    cutter.cut();
    expect(cutter.picture(140, false), 0, 40);
    expect(cutter.sound(190), 0, 90);
    expect(cutter.picture(180, true), 1, 0);
    // Sound that is late belongs to the file before.
    expect(cutter.sound(170), 0, 70);
    expect(cutter.sound(185), 1, 5);
    expect(cutter.picture(220, true), 1, 40);
}

END_TEST

START_TEST(pause_leaves_no_gap) {
    Cutter cutter(true);
    cutter.picture(100, true);
    cutter.pause(200);
    ck_assert(cutter.isPaused());
    ck_assert(!cutter.picture(200, true));
    ck_assert(!cutter.sound(210));
    expect(cutter.sound(190), 0, 90);
    cutter.resume(1000);
    ck_assert(!cutter.picture(990, true));
    ck_assert(!cutter.picture(1010, false));
    ck_assert(!cutter.sound(1015));
    expect(cutter.picture(1040, true), 0, 100);
    expect(cutter.sound(1045), 0, 105);
}

END_TEST

START_TEST(pause_ends_with_a_frame) {
    Cutter cutter(true);
    cutter.picture(100, true);
    cutter.picture(140, false);
    ck_assert_int_eq(cutter.pause(150), 180);
    ck_assert_int_eq(cutter.pause(170), 180);
    expect(cutter.sound(170), 0, 70);
    ck_assert(!cutter.sound(180));
    cutter.resume(200);
    expect(cutter.picture(220, true), 0, 80);
}

END_TEST

START_TEST(pause_takes_the_frame_that_is_ahead_of_it) {
    Cutter cutter(true);
    cutter.picture(100, true);
    cutter.cut();
    expect(cutter.picture(140, true), 1, 0);
    ck_assert_int_eq(cutter.pause(135), 180);
    expect(cutter.sound(145), 1, 5);
}

END_TEST

START_TEST(file_may_change_in_a_pause) {
    Cutter cutter(true);
    cutter.picture(100, true);
    cutter.pause(200);
    cutter.cut();
    cutter.resume(300);
    expect(cutter.picture(340, true), 1, 0);
    expect(cutter.sound(345), 1, 5);
}

END_TEST

START_TEST(may_be_paused_before_it_begins) {
    Cutter cutter(true);
    ck_assert_int_eq(cutter.pause(50), 50);
    ck_assert(!cutter.picture(100, true));
    cutter.resume(150);
    expect(cutter.picture(160, true), 0, 0);
}

END_TEST

START_TEST(sound_alone_begins_anywhere) {
    Cutter cutter(false);
    expect(cutter.sound(20), 0, 0);
    cutter.cut();
    expect(cutter.sound(40), 1, 0);
    cutter.pause(60);
    ck_assert(!cutter.sound(60));
    cutter.resume(100);
    expect(cutter.sound(100), 1, 20);
}

END_TEST

int main() {
    return runSuite("cutter", {begins_with_a_key_frame_and_the_sound_of_its_moment,
                               cuts_at_a_key_frame_and_loses_nothing, pause_leaves_no_gap,
                               pause_takes_the_frame_that_is_ahead_of_it, pause_ends_with_a_frame,
                               file_may_change_in_a_pause, may_be_paused_before_it_begins,
                               sound_alone_begins_anywhere});
}
