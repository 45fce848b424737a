// Recordings of calls in this process: what is in the picture and the sound of the files.
#include "pipelines/output/recorder.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/pipelines/call_fixture.h"
#include "tests/pipelines/played_file.h"
#include "tests/support/suite.h"
#include "tests/support/temporary_dir.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// Whether each of `people` is in the file: his colour in his tile at its end, his tone among the
/// last half second.
void expectPeople(const Fixture& fixture, const PlayedFile& file,
                  const std::vector<Person>& people) {
    for (const Person& person : people) {
        const auto tile =
            std::find_if(fixture.tiles.begin(), fixture.tiles.end(),
                         [&](const wire::Tile& t) { return t.userId == person.userId; });
        ck_assert(tile != fixture.tiles.end());
        const auto colour =
            file.seen->colourAt(tile->x + tile->width / 2, tile->y + tile->height / 2);
        ck_assert(colour.has_value());
        for (int i = 0; i < 3; ++i)
            ck_assert_msg(std::abs((*colour)[i] - person.colour[i]) <= 40, "%s's tile is %d %d %d",
                          person.userId.c_str(), (*colour)[0], (*colour)[1], (*colour)[2]);
        const double level = file.heard->levelAt(person.toneHz);
        ck_assert_msg(level > -40, "%s's tone is at %f dB", person.userId.c_str(), level);
    }
}

/// Two people who see each other, and a folder for their recordings.
struct Recorded : Fixture {
    Recorded() {
        join(kPeople[0], "leg-ada");
        join(kPeople[1], "leg-bob");
        until("everybody sees everybody", [this] {
            return sees(*peers["leg-ada"], two) && sees(*peers["leg-bob"], two) &&
                   hears(*peers["leg-ada"], kPeople[0], two);
        });
    }

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
        call->outputs().stop({"r"});
        until("the end of the recording", [this] { return recordingsEnded.contains("r"); });
    }

    std::vector<Person> two = {kPeople[0], kPeople[1]};
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
    ck_assert_int_lt(apart, 200 * GST_MSECOND);
    ck_assert_int_lt(
        std::abs(part.durationMs - static_cast<std::int64_t>(file.picture->end / GST_MSECOND)),
        100);
}

} // namespace

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
                     failure_is_told_and_the_call_goes_on, floor_of_free_space_is_kept});
}
