#include "pipelines/output/interleaver.h"

#include <string>

#include "tests/support/suite.h"

using namespace mullion;

namespace {

constexpr std::int64_t kMs = 1'000'000;

HeldFrame picture(std::int64_t ms) {
    return {.track = ProgrammeFrame::Track::Picture, .at = ms * kMs};
}

HeldFrame sound(std::int64_t ms) {
    return {.track = ProgrammeFrame::Track::Sound, .at = ms * kMs};
}

/// "p40 s43 ": the frames that are there now.
std::string read(Interleaver& interleaver) {
    std::string text;
    while (const auto frame = interleaver.next())
        text += (frame->frame().isPicture() ? 'p' : 's') + std::to_string(frame->at / kMs) + ' ';
    return text;
}

} // namespace

START_TEST(late_sound_comes_before_the_picture_that_it_belongs_before) {
    Interleaver interleaver;
    for (const int ms : {0, 40, 80})
        interleaver.push(picture(ms));
    ck_assert_str_eq(read(interleaver).c_str(), "");
    interleaver.push(sound(-3));
    ck_assert_str_eq(read(interleaver).c_str(), "s-3 ");
    interleaver.push(sound(19));
    ck_assert_str_eq(read(interleaver).c_str(), "p0 s19 ");
    interleaver.push(sound(40));
    // Picture first where both are of one time, so that a segment's first frame is its key frame.
    ck_assert_str_eq(read(interleaver).c_str(), "p40 s40 ");
    interleaver.push(sound(61));
    interleaver.push(sound(83));
    ck_assert_str_eq(read(interleaver).c_str(), "s61 p80 ");
}

END_TEST

START_TEST(one_track_goes_on_where_the_other_stays_away) {
    Interleaver interleaver;
    for (int ms = 0; ms <= 500; ms += 20)
        interleaver.push(sound(ms));
    ck_assert_str_eq(read(interleaver).c_str(), "");
    interleaver.push(sound(520));
    ck_assert_str_eq(read(interleaver).c_str(), "s0 ");
    interleaver.push(sound(540));
    ck_assert_str_eq(read(interleaver).c_str(), "s20 ");
    // Late, but not lost.
    interleaver.push(picture(10));
    ck_assert_str_eq(read(interleaver).c_str(), "p10 ");
}

END_TEST

START_TEST(last_frames_come_in_order_and_all) {
    Interleaver interleaver;
    interleaver.push(picture(0));
    interleaver.push(picture(40));
    interleaver.push(sound(5));
    std::string text;
    while (const auto frame = interleaver.last())
        text += std::to_string(frame->at / kMs) + ' ';
    ck_assert_str_eq(text.c_str(), "0 5 40 ");
}

END_TEST

int main() {
    return test::runSuite("pipelines interleaver",
                          {late_sound_comes_before_the_picture_that_it_belongs_before,
                           one_track_goes_on_where_the_other_stays_away,
                           last_frames_come_in_order_and_all});
}
