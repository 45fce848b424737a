// What outputs show and everybody hears beside the people: checked in what is recorded and
// received.
#include <cmath>
#include <fstream>

#include <cairo.h>

#include "tests/pipelines/call_fixture.h"
#include "tests/pipelines/played_file.h"
#include "tests/support/suite.h"
#include "tests/support/temporary_dir.h"

using namespace mullion;
using namespace mullion::test;

namespace {

constexpr participant::Colour kMagenta{230, 40, 200};
/// No person's.
constexpr double kNoticeHz = 1500;

struct Shown : TwoPeople {
    Shown() {
        cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 100, 100);
        cairo_t* cairo = cairo_create(surface);
        cairo_set_source_rgb(cairo, kMagenta[0] / 255.0, kMagenta[1] / 255.0, kMagenta[2] / 255.0);
        cairo_paint(cairo);
        cairo_destroy(cairo);
        cairo_surface_write_to_png(surface, (folder.path() + "/magenta.png").c_str());
        cairo_surface_destroy(surface);
    }

    void show(const wire::Programme& programme) { call->setProgramme({programme, folder.path()}); }

    void record() {
        wire::StartRecording request;
        request.id = "r";
        request.path = folder.path() + "/r";
        call->startRecording(request);
        until("the recording", [this] { return sizeOfRecording() > 150'000; });
    }

    std::uintmax_t sizeOfRecording() const {
        std::error_code none;
        const auto size = std::filesystem::file_size(folder.path() + "/r.1.mp4", none);
        return none ? 0 : size;
    }

    PlayedFile stop() {
        call->outputs().stop(wire::StopRecording{"r"});
        until("the end of the recording", [this] { return recordingsEnded.contains("r"); });
        ck_assert_str_eq(recordingsEnded["r"].message.c_str(), "");
        return PlayedFile(folder.path() + "/r.1.mp4");
    }

    /// A tone of one second at half of full scale, as WAV.
    std::string tone() const {
        constexpr int kRate = 44'100;
        std::string samples;
        for (int i = 0; i < kRate; ++i) {
            const auto value =
                static_cast<std::int16_t>(16'000 * std::sin(i * 2 * M_PI * kNoticeHz / kRate));
            samples.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
        const auto number = [](std::uint32_t value, std::size_t bytes) {
            return std::string(reinterpret_cast<const char*>(&value), bytes);
        };
        const auto size = static_cast<std::uint32_t>(samples.size());
        const std::string path = folder.path() + "/tone.wav";
        std::ofstream(path, std::ios::binary)
            << "RIFF" << number(36 + size, 4) << "WAVEfmt " << number(16, 4) << number(1, 2)
            << number(1, 2) << number(kRate, 4) << number(kRate * 2, 4) << number(2, 2)
            << number(16, 2) << "data" << number(size, 4) << samples;
        return path;
    }

    TemporaryDir folder;
};

bool isNear(const std::optional<participant::Colour>& is, const participant::Colour& wanted) {
    if (!is) return false;
    for (int i = 0; i < 3; ++i)
        if (std::abs((*is)[i] - wanted[i]) > 40) return false;
    return true;
}

} // namespace

START_TEST(programme_is_dressed_and_the_call_is_not) {
    Shown world;
    wire::Programme programme;
    programme.logo = wire::Logo{"magenta", wire::Corner::TopLeft, 0.1, 1};
    programme.layout = wire::Layout{wire::LayoutMode::Solo, {"bob"}};
    world.show(programme);
    world.record();
    // The call as it was, while the recording goes on.
    ck_assert(world.sees(*world.peers["leg-ada"], world.two));
    ck_assert(!isNear(world.peers["leg-ada"]->seen().colourAt(72, 72), kMagenta));
    const PlayedFile file = world.stop();
    ck_assert_msg(isNear(file.seen->colourAt(72, 72), kMagenta), "the logo");
    ck_assert_msg(isNear(file.seen->colourAt(640, 360), kPeople[1].colour), "bob alone");
    ck_assert_msg(isNear(file.seen->colourAt(100, 500), kPeople[1].colour), "bob everywhere");
    ck_assert_uint_lt(file.picture->longestGap(), 45 * GST_MSECOND);
    ck_assert_int_eq(static_cast<int>(world.recordingsEnded.size()), 1);
}

END_TEST

START_TEST(programme_changes_while_it_is_recorded_and_no_frame_is_lost) {
    Shown world;
    world.record();
    wire::Programme programme;
    programme.background = "magenta";
    world.show(programme);
    const auto before = world.sizeOfRecording();
    world.until("more of it", [&] { return world.sizeOfRecording() > before + 300'000; });
    world.show({});
    const auto between = world.sizeOfRecording();
    world.until("more of it", [&] { return world.sizeOfRecording() > between + 200'000; });
    // One file: neither its size nor its codec has changed.
    ck_assert_int_eq(static_cast<int>(world.parts.size()), 1);

    /// Which of its frames have the background, and how many show nobody.
    struct Backgrounds : SampleReceiver {
        void onSample(GstSample* sample) override {
            participant::Seen seen;
            seen.onSample(sample);
            has.push_back(isNear(seen.colourAt(640, 8), kMagenta));
            empty += isNear(seen.colourAt(320, 360), kPeople[0].colour) ? 0 : 1;
        }

        int empty = 0;

        std::vector<bool> has = {};
    };

    world.call->outputs().stop(wire::StopRecording{"r"});
    world.until("the end", [&] { return world.recordingsEnded.contains("r"); });
    const auto backgrounds = std::make_shared<Backgrounds>();
    const PlayedFile file(world.folder.path() + "/r.1.mp4", backgrounds);
    ck_assert_uint_lt(file.picture->longestGap(), 45 * GST_MSECOND);
    ck_assert_int_eq(backgrounds->empty, 0);
    const auto& has = backgrounds->has;
    ck_assert(!has.front());
    ck_assert(!has.back());
    const auto count = std::count(has.begin(), has.end(), true);
    ck_assert_msg(count > 25, "%d frames have the background", static_cast<int>(count));
}

END_TEST

START_TEST(programme_takes_effect_on_a_canvas_that_changes_meanwhile) {
    Shown world;
    wire::Programme programme;
    programme.background = "magenta";
    world.show(programme);
    world.call->setCanvas({640, 360, 25});
    world.record();
    const auto before = world.sizeOfRecording();
    world.until("more of it", [&] { return world.sizeOfRecording() > before + 100'000; });
    const PlayedFile file = world.stop();
    ck_assert_msg(isNear(file.seen->colourAt(640, 8), kMagenta), "the background");
}

END_TEST

START_TEST(sound_file_is_heard_by_all_and_ends) {
    Shown world;
    world.call->play({"notice", world.tone(), 1.0});
    const auto heard = [&](const char* leg) {
        return world.peers[leg]->heard().levelAt(kNoticeHz) > -30;
    };
    bool ada = false;
    bool bob = false;
    world.until("both hear it", [&] {
        ada = ada || heard("leg-ada");
        bob = bob || heard("leg-bob");
        return ada && bob;
    });
    world.until("its end", [&] { return world.sounds["notice"].state == wire::SoundState::Ended; });
    ck_assert_int_eq(world.soundDurationMs, 1000);
    world.until("silence",
                [&] { return world.peers["leg-ada"]->heard().levelAt(kNoticeHz) < -50; });
    // The input is there for the next.
    world.call->play({"again", world.tone(), 1.0});
    world.until("it plays again", [&] { return heard("leg-ada"); });
    world.call->stop(wire::StopSound{"again"});
    ck_assert(world.sounds["again"].state == wire::SoundState::Ended);
}

END_TEST

START_TEST(what_is_no_sound_says_so) {
    Shown world;
    std::ofstream(world.folder.path() + "/text") << "this is no sound";
    // It would be loaded from wherever it says.
    std::ofstream(world.folder.path() + "/list.m3u8")
        << "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://" << world.tone()
        << "\n#EXT-X-ENDLIST\n";
    world.call->play({"list", world.folder.path() + "/list.m3u8", 1.0});
    world.call->play({"text", world.folder.path() + "/text", 1.0});
    world.call->play({"nothing", world.folder.path() + "/nothing", 1.0});
    world.call->play({"picture", world.folder.path() + "/magenta.png", 1.0});
    for (const char* id : {"text", "nothing", "picture", "list"})
        world.until(id, [&] { return world.sounds[id].state == wire::SoundState::Failed; });
    ck_assert_str_eq(world.sounds["text"].code.c_str(), "unsupported_media");
    ck_assert_str_eq(world.sounds["list"].code.c_str(), "unsupported_media");
    ck_assert_str_eq(world.sounds["picture"].code.c_str(), "unsupported_media");
    ck_assert_str_eq(world.sounds["nothing"].code.c_str(), "unavailable");
}

END_TEST

int main() {
    return runSuite("pipelines programme",
                    {programme_is_dressed_and_the_call_is_not,
                     programme_changes_while_it_is_recorded_and_no_frame_is_lost,
                     programme_takes_effect_on_a_canvas_that_changes_meanwhile,
                     sound_file_is_heard_by_all_and_ends, what_is_no_sound_says_so});
}
