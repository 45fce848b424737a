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
    ck_assert_int_lt(apart, 200 * GST_MSECOND);
    ck_assert_int_lt(
        std::abs(part.durationMs - static_cast<std::int64_t>(file.picture->end / GST_MSECOND)),
        100);
}

/// A flash of one frame and a click of 20 ms at the beginning of each second.
std::shared_ptr<const participant::Clip> flashAndClick() {
    participant::Footage footage;
    footage.frames = footage.fps;
    footage.frame = [](int index) {
        constexpr gsize kLuma = gsize{640} * 360;
        constexpr gsize kSize = kLuma * 3 / 2;
        auto buffer = GRef<GstBuffer>::adopt(gst_buffer_new_allocate(nullptr, kSize, nullptr));
        gst_buffer_memset(buffer.get(), 0, index == 0 ? 235 : 16, kLuma);
        gst_buffer_memset(buffer.get(), kLuma, 128, kSize - kLuma);
        return buffer;
    };
    footage.sound.resize(48'000);
    for (int i = 0; i < 960; ++i)
        footage.sound[i] =
            static_cast<std::int16_t>(20'000 * std::sin(i * 2 * M_PI * 1000 / 48'000));
    const auto clip = participant::encodeClip(footage, 1'000'000);
    ck_assert(clip.ok());
    return *clip;
}

/// When what a track shows or sounds becomes bright or loud, ns.
class Onsets : public SampleReceiver {
public:
    /// `level` of a frame: its mean luma, or the peak of its sound.
    explicit Onsets(bool isPicture)
        : isPicture_(isPicture) {}

    void onSample(GstSample* sample) override {
        GstBuffer* buffer = gst_sample_get_buffer(sample);
        GstMapInfo map;
        ck_assert(gst_buffer_map(buffer, &map, GST_MAP_READ));
        if (isPicture_) {
            // One row through the middle of the canvas is in the tile.
            GstVideoInfo info;
            ck_assert(gst_video_info_from_caps(&info, gst_sample_get_caps(sample)));
            const auto* pixel =
                map.data + std::ptrdiff_t{info.height / 2} * info.stride[0] + info.width / 2;
            note(*pixel > 120, GST_BUFFER_PTS(buffer));
        } else {
            const auto* samples = reinterpret_cast<const std::int16_t*>(map.data);
            for (gsize i = 0; i < map.size / 2; ++i)
                note(std::abs(samples[i]) > 3000, GST_BUFFER_PTS(buffer) + i * GST_SECOND / 48'000);
        }
        gst_buffer_unmap(buffer, &map);
    }

    std::vector<GstClockTime> at = {};

private:
    void note(bool on, GstClockTime time) {
        // Waves cross zero: it is over after a tenth of a second.
        if (on && (at.empty() || time > last_ + 100 * GST_MSECOND)) at.push_back(time);
        if (on) last_ = time;
    }

    bool isPicture_;
    GstClockTime last_ = 0;
};

/// By how much sound is behind the picture in a recording: the median, ms.
double soundBehindPicture(wire::RecordingFormat format) {
    Fixture world;
    TemporaryDir folder;
    world.clips["ada"] = flashAndClick();
    world.join(kPeople[0], "leg-ada");
    world.until("the leg carries media",
                [&] { return world.states["leg-ada"] == wire::LegState::Connected; });
    world.call->startRecording({.id = "r", .format = format, .path = folder.path() + "/r"});
    int seconds = 0;
    const auto clock = every(std::chrono::seconds(1), [&] { return ++seconds > 0; });
    world.until("ten seconds", [&] { return seconds >= 10; });
    world.call->outputs().stop(wire::StopRecording{"r"});
    world.until("the end of the recording", [&] { return world.recordingsEnded.contains("r"); });
    const auto flashes = std::make_shared<Onsets>(true);
    const auto clicks = std::make_shared<Onsets>(false);
    const PlayedFile file(world.parts.back().path, flashes, clicks);
    std::vector<double> apart;
    for (const GstClockTime flash : flashes->at)
        for (const GstClockTime click : clicks->at) {
            const double ms = (static_cast<double>(click) - static_cast<double>(flash)) / 1e6;
            if (std::abs(ms) < 500) apart.push_back(ms);
        }
    ck_assert_uint_ge(apart.size(), 5);
    std::sort(apart.begin(), apart.end());
    const double median = apart[apart.size() / 2];
    std::printf("# %s: sound is %.1f ms behind the picture (%.1f to %.1f)\n", wire::name(format),
                median, apart.front(), apart.back());
    return median;
}

/// A machine that is too busy to compose in time shows pictures late in a recording as well.
void lipsAreInStep(wire::RecordingFormat format) {
    double behind = 0;
    for (int tries = 0; tries < 5; ++tries)
        if (behind = soundBehindPicture(format); std::abs(behind) <= 40) return;
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
    world.until("something in each", [&] {
        return std::all_of(world.tracks.begin(), world.tracks.end(), [&](const auto& track) {
            std::error_code none;
            const auto size = std::filesystem::file_size(pathOf(track.index), none);
            return !none && size > 20'000;
        });
    });
    // A leg that takes the seat over begins files of its own.
    world.offer(kPeople[1], "leg-bob-2");
    world.until("two more tracks", [&] {
        return std::count_if(world.tracks.begin(), world.tracks.end(),
                             [](const auto& track) { return !track.closed; }) == 6;
    });
    world.until("the old ones are closed", [&] {
        return std::count_if(world.tracks.begin(), world.tracks.end(),
                             [](const auto& track) { return track.closed; }) == 2;
    });
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
