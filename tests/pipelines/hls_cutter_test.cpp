#include "pipelines/output/hls_cutter.h"

#include <algorithm>
#include <vector>

#include "tests/support/suite.h"

using namespace mullion;
using namespace std::chrono_literals;

namespace {

/// What a cutter made of frames: where parts and segments began, and where key frames were asked
/// for.
struct Cuts {
    std::vector<HlsCutter::Time> parts = {};
    std::vector<HlsCutter::Time> segments = {};
    std::vector<HlsCutter::Time> asked = {};
};

/// A key frame that is asked for comes with the frame after the next, and the cutter is told of
/// frames `late` frames after they came.
Cuts cut(HlsCutter::Time frame, int count, bool answers, int late = 0) {
    HlsCutter cutter;
    Cuts cuts;
    std::vector<int> keys{0};
    const auto timeOf = [frame](int i) { return 5s + i * frame; };
    for (int i = 0; i < count + late; ++i) {
        const bool isKeyNow = std::find(keys.begin(), keys.end(), i) != keys.end();
        if (i < count && cutter.wantsKeyFrame(timeOf(i), isKeyNow)) {
            cuts.asked.push_back(timeOf(i));
            if (answers) keys.push_back(i + 2);
        }
        if (i < late) continue;
        const auto at = timeOf(i - late);
        const bool isKey = std::find(keys.begin(), keys.end(), i - late) != keys.end();
        const auto step = cutter.frame(at, isKey);
        if (step.endsPart) cuts.parts.push_back(at);
        if (step.endsSegment) cuts.segments.push_back(at);
        ck_assert(!step.endsSegment || step.endsPart);
    }
    return cuts;
}

} // namespace

START_TEST(segments_begin_at_the_key_frames_that_are_asked_for) {
    for (const int fps : {10, 15, 25, 30}) {
        const auto frame = HlsCutter::Time(1s) / fps;
        const auto cuts = cut(frame, fps * 60, true);
        ck_assert_uint_ge(cuts.segments.size(), 26);
        ck_assert_uint_le(cuts.segments.size(), 31);
        auto before = HlsCutter::Time(5s);
        for (const auto at : cuts.segments) {
            ck_assert(at - before < HlsCutter::kSegmentTarget + 500ms);
            before = at;
        }
        before = 5s;
        for (const auto at : cuts.parts) {
            ck_assert(at - before <= HlsCutter::kPartTarget + 50ms);
            before = at;
        }
    }
}

END_TEST

START_TEST(frames_that_are_told_late_make_the_same_segments) {
    const auto inTime = cut(40ms, 25 * 20, true);
    const auto late = cut(40ms, 25 * 20, true, /*late=*/3);
    ck_assert(late.segments == inTime.segments);
    ck_assert(late.parts == inTime.parts);
    ck_assert(late.asked == inTime.asked);
}

END_TEST

START_TEST(none_is_asked_for_behind_one_of_others_that_waits) {
    HlsCutter cutter;
    cutter.frame(0s, true);
    ck_assert(!cutter.wantsKeyFrame(500ms, true));
    ck_assert(!cutter.wantsKeyFrame(1880ms, true));
    ck_assert(!cutter.wantsKeyFrame(1920ms, false));
    ck_assert(cutter.frame(1880ms, true).endsSegment);
    ck_assert(!cutter.wantsKeyFrame(1960ms, false));
    ck_assert(cutter.wantsKeyFrame(3800ms, false));
}

END_TEST

START_TEST(part_of_25_frames_a_second_is_in_its_bounds) {
    const auto cuts = cut(40ms, 25 * 20, true);
    auto before = HlsCutter::Time(5s);
    for (const auto at : cuts.parts) {
        const bool endsSegment =
            std::find(cuts.segments.begin(), cuts.segments.end(), at) != cuts.segments.end();
        // At least 85 % of the target but for the last of a segment (4.4.4.9).
        if (!endsSegment) ck_assert(at - before >= HlsCutter::kPartTarget * 85 / 100);
        ck_assert(at - before <= HlsCutter::kPartTarget);
        before = at;
    }
}

END_TEST

START_TEST(segment_ends_in_time_where_no_key_frame_comes) {
    const auto cuts = cut(40ms, 25 * 10, false);
    ck_assert_uint_ge(cuts.segments.size(), 3);
    // Each segment asks once.
    ck_assert_uint_le(cuts.asked.size(), cuts.segments.size() + 1);
    ck_assert(cuts.segments[0] - 5s < HlsCutter::kSegmentTarget + 500ms);
}

END_TEST

START_TEST(key_frame_of_others_ends_a_segment_unless_it_is_short) {
    HlsCutter cutter;
    ck_assert(!cutter.frame(0s, true).endsPart);
    ck_assert(!cutter.frame(500ms, true).endsSegment);
    ck_assert(cutter.frame(1200ms, true).endsSegment);
    ck_assert(!cutter.frame(1240ms, false).endsPart);
    // Another encoding begins another segment, however short this one is.
    cutter.restart();
    ck_assert(cutter.frame(1280ms, true).endsSegment);
}

END_TEST

int main() {
    return test::runSuite("pipelines hls_cutter",
                          {segments_begin_at_the_key_frames_that_are_asked_for,
                           frames_that_are_told_late_make_the_same_segments,
                           none_is_asked_for_behind_one_of_others_that_waits,
                           part_of_25_frames_a_second_is_in_its_bounds,
                           segment_ends_in_time_where_no_key_frame_comes,
                           key_frame_of_others_ends_a_segment_unless_it_is_short});
}
