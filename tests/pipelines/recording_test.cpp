// Recordings of calls in this process: what is in the picture and the sound of the files.
#include "pipelines/output/recorder.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/pipelines/call_fixture.h"
#include "tests/pipelines/lip_sync.h"
#include "tests/pipelines/played_file.h"
#include "tests/support/suite.h"
#include "tests/support/temporary_dir.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// Two people who see each other, and a folder for their recordings.
struct Recorded : TwoPeople {
    void record(wire::StartRecording request) {
        request.id = "r";
        request.path = folder.path() + "/2026/11/r";
        call->startRecording(request);
    }

    /// Runs until the newest file has `bytes` more than the recording had before.
    void untilGrown(int part) {
        const std::string path = folder.path() + "/2026/11/r." + std::to_string(part);
        until("the file has grown", [&] {
            for (const char* suffix : {".mp4", ".webm"}) {
                std::error_code none;
                const auto size = std::filesystem::file_size(path + suffix, none);
                if (!none && size > 100'000) return true;
            }
            return false;
        });
    }

    void stopRecording() {
        call->outputs().stop(wire::StopRecording{"r"});
        until("the end of the recording", [this] { return recordingsEnded.contains("r"); });
    }

    TemporaryDir folder;
};

void recordsWhatIsSeenAndHeard(wire::RecordingFormat format) {
    Recorded world;
    world.record({.format = format});
    world.untilGrown(1);
    world.stopRecording();
    ck_assert_str_eq(world.recordingsEnded["r"].message.c_str(), "");
    ck_assert_int_eq(world.parts.size(), 2);
    ck_assert(!world.parts[0].closed);
    const auto& part = world.parts[1];
    ck_assert(part.closed);
    ck_assert_int_eq(part.index, 1);
    ck_assert_int_eq(part.bytes, std::filesystem::file_size(part.path));
    const PlayedFile file(part.path);
    expectPeople(world, file, world.two);
    ck_assert_uint_lt(file.picture->at.front(), 40 * GST_MSECOND);
    ck_assert_uint_lt(file.sound->at.front(), 40 * GST_MSECOND);
    // Nothing is lost in between, and both tracks end together.
    ck_assert_uint_lt(file.picture->longestGap(), 45 * GST_MSECOND);
    ck_assert_uint_lt(file.sound->longestGap(), 30 * GST_MSECOND);
    const auto apart = std::abs(static_cast<std::int64_t>(file.picture->end) -
                                static_cast<std::int64_t>(file.sound->end));
    ck_assert_int_lt(apart, 60 * GST_MSECOND);
    ck_assert_int_lt(
        std::abs(part.durationMs - static_cast<std::int64_t>(file.picture->end / GST_MSECOND)),
        100);
}

/// A machine that is too busy to compose in time shows pictures late in a recording as well.
void lipsAreInStep(wire::RecordingFormat format) {
    double behind = 0;
    for (int tries = 0; tries < 5; ++tries)
        if (behind = middleOf(soundBehindPicture(format, 10)); std::abs(behind) <= 40) return;
    ck_abort_msg("sound is %.1f ms behind the picture", behind);
}

} // namespace

START_TEST(sound_is_in_step_with_the_picture) {
    lipsAreInStep(wire::RecordingFormat::Mp4);
    lipsAreInStep(wire::RecordingFormat::Webm);
}

END_TEST

START_TEST(mp4_has_everybody_seen_and_heard) {
    recordsWhatIsSeenAndHeard(wire::RecordingFormat::Mp4);
}

END_TEST

START_TEST(webm_has_everybody_seen_and_heard) {
    recordsWhatIsSeenAndHeard(wire::RecordingFormat::Webm);
}

END_TEST

START_TEST(file_that_was_never_closed_plays) {
    for (const auto format : {wire::RecordingFormat::Mp4, wire::RecordingFormat::Webm}) {
        Recorded world;
        world.record({.format = format});
        world.untilGrown(1);
        // What would be there if the machine went down now.
        const std::string copy = world.folder.path() + "/cut";
        std::filesystem::copy_file(world.parts[0].path, copy);
        const PlayedFile file(copy);
        expectPeople(world, file, world.two);
    }
}

END_TEST

START_TEST(limit_begins_another_file_and_loses_nothing) {
    Recorded world;
    world.record({.maxSeconds = 2});
    world.until("three files", [&] { return world.parts.size() >= 5; });
    world.untilGrown(3);
    world.stopRecording();
    std::vector<std::string> paths;
    for (const auto& part : world.parts)
        if (part.closed) paths.push_back(part.path);
    ck_assert_int_ge(paths.size(), 3);
    for (const std::string& path : paths) {
        const PlayedFile file(path);
        // The last may have only begun.
        if (file.sound->end > GST_SECOND) expectPeople(world, file, world.two);
        ck_assert_uint_lt(file.picture->longestGap(), 45 * GST_MSECOND);
        ck_assert_uint_lt(file.sound->longestGap(), 30 * GST_MSECOND);
    }
}

END_TEST

START_TEST(another_canvas_begins_another_file) {
    Recorded world;
    world.record({});
    world.untilGrown(1);
    world.call->setCanvas({640, 360, 25});
    world.until("two files", [&] { return world.parts.size() >= 3; });
    world.untilGrown(2);
    world.stopRecording();
    const PlayedFile first(world.folder.path() + "/2026/11/r.1.mp4");
    const PlayedFile second(world.folder.path() + "/2026/11/r.2.mp4");
    ck_assert_int_eq(first.seen->figures().height, 720);
    ck_assert_int_eq(second.seen->figures().height, 360);
}

END_TEST

START_TEST(pause_is_not_in_the_file) {
    Recorded world;
    world.record({});
    world.untilGrown(1);
    world.call->outputs().pause({"r"});
    const auto before = std::filesystem::file_size(world.parts[0].path);
    int ticks = 0;
    const auto clock = every(std::chrono::seconds(1), [&] { return ++ticks > 0; });
    world.until("three seconds", [&] { return ticks >= 3; });
    const auto paused = std::filesystem::file_size(world.parts[0].path);
    ck_assert_int_lt(paused - before, 400'000);
    world.call->outputs().resume({"r"});
    world.until("it goes on",
                [&] { return std::filesystem::file_size(world.parts[0].path) > paused + 300'000; });
    world.stopRecording();
    const PlayedFile file(world.parts[0].path);
    expectPeople(world, file, world.two);
    ck_assert_uint_lt(file.picture->longestGap(), 200 * GST_MSECOND);
    ck_assert_uint_lt(file.sound->longestGap(), 200 * GST_MSECOND);
}

END_TEST

START_TEST(tracks_are_kept_as_they_come) {
    Recorded world;
    world.record({.firstTrack = 500'001});
    world.until("four tracks", [&] { return world.tracks.size() == 4; });
    const auto pathOf = [&](int index) {
        return world.folder.path() + "/2026/11/r." + std::to_string(index) + ".mkv";
    };
    const auto untilGrown = [&] {
        world.until("something in each", [&] {
            return std::all_of(world.tracks.begin(), world.tracks.end(), [&](const auto& track) {
                std::error_code none;
                const auto size = std::filesystem::file_size(pathOf(track.index), none);
                return !none && size > 20'000;
            });
        });
    };
    untilGrown();
    // Nothing is kept of who is muted.
    world.call->put({.userId = "ada", .name = "ada", .audioMuted = true, .videoMuted = true});
    world.until("her tracks are closed", [&] {
        return std::count_if(world.tracks.begin(), world.tracks.end(),
                             [](const auto& track) { return track.closed; }) == 2;
    });
    // A leg that takes the seat over begins files of its own.
    world.offer(kPeople[1], "leg-bob-2");
    world.until("two more tracks", [&] {
        return std::count_if(world.tracks.begin(), world.tracks.end(),
                             [](const auto& track) { return !track.closed; }) == 6;
    });
    world.until("the old ones are closed", [&] {
        return std::count_if(world.tracks.begin(), world.tracks.end(),
                             [](const auto& track) { return track.closed; }) == 4;
    });
    untilGrown();
    world.stopRecording();
    std::set<int> indices;
    for (const auto& track : world.tracks) {
        if (!track.closed) continue;
        indices.insert(track.index);
        const bool isAda = track.userId == "ada";
        const Person& self = kPeople[isAda ? 0 : 1];
        const Person& other = kPeople[isAda ? 1 : 0];
        const PlayedFile file(pathOf(track.index));
        ck_assert_int_eq(track.bytes, std::filesystem::file_size(pathOf(track.index)));
        if (track.source == wire::TrackSource::Sound) {
            ck_assert(file.picture->at.empty());
            ck_assert(file.heard->levelAt(self.toneHz) > -40);
            ck_assert(file.heard->levelAt(other.toneHz) < file.heard->levelAt(self.toneHz) - 20);
        } else {
            ck_assert(track.source == wire::TrackSource::Camera);
            ck_assert(file.sound->at.empty());
            const auto colour = file.seen->colourAt(640, 360);
            ck_assert(colour.has_value());
            for (int i = 0; i < 3; ++i)
                ck_assert_int_le(std::abs((*colour)[i] - self.colour[i]), 40);
            ck_assert_uint_lt(file.picture->at.front(), 1);
        }
    }
    ck_assert_uint_eq(indices.size(), 6);
    // The programme is as it is without them.
    const PlayedFile file(world.parts[0].path);
    ck_assert_uint_lt(file.picture->longestGap(), 45 * GST_MSECOND);
}

END_TEST

START_TEST(failure_is_told_and_the_call_goes_on) {
    Recorded world;
    std::ofstream(world.folder.path() + "/2026") << "in the way of the folder";
    world.record({});
    world.until("the failure", [&] { return world.recordingsEnded.contains("r"); });
    ck_assert_str_eq(world.recordingsEnded["r"].code.c_str(), "unavailable");
    world.peers["leg-ada"]->seen().resetGap();
    const auto frames = world.peers["leg-ada"]->seen().figures().frames;
    world.until("a second of picture",
                [&] { return world.peers["leg-ada"]->seen().figures().frames > frames + 25; });
}

END_TEST

START_TEST(floor_of_free_space_is_kept) {
    Recorded world;
    world.record({.minFree = std::int64_t{1} << 52});
    world.until("the failure", [&] { return world.recordingsEnded.contains("r"); });
    ck_assert_str_eq(world.recordingsEnded["r"].code.c_str(), "storage_full");
}

END_TEST

int main() {
    return runSuite("recording",
                    {mp4_has_everybody_seen_and_heard, webm_has_everybody_seen_and_heard,
                     file_that_was_never_closed_plays, limit_begins_another_file_and_loses_nothing,
                     another_canvas_begins_another_file, pause_is_not_in_the_file,
                     sound_is_in_step_with_the_picture, tracks_are_kept_as_they_come,
                     failure_is_told_and_the_call_goes_on, floor_of_free_space_is_kept});
}
