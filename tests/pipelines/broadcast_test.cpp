// Broadcasts of calls in this process: what is in the picture and the sound that others get.
#include <cmath>
#include <fstream>
#include <sstream>

#include "src/base/json_values.h"
#include "tests/pipelines/call_fixture.h"
#include "tests/pipelines/played_file.h"
#include "tests/support/suite.h"
#include "tests/support/temporary_dir.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// Two people who see each other, and a folder.
struct OnAir : TwoPeople {
    void start(wire::StartBroadcast request) {
        request.id = "b";
        if (request.kind == wire::BroadcastKind::Hls) request.path = folder.path() + "/hls";
        call->startBroadcast(request);
    }

    void stop() {
        call->outputs().stop(wire::StopBroadcast{"b"});
        until("the end", [this] { return broadcasts["b"].state >= wire::BroadcastState::Failed; });
    }

    std::string contentOf(const std::string& file) const {
        std::ifstream stream(folder.path() + "/hls/" + file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    /// Everybody's colour is in his tile at the end, and his tone in the last half second.
    void expectIn(const PlayedFile& file) const { expectPeople(*this, file, two); }

    /// All media with its init file as one file of MP4, or the first `count` parts of it.
    std::string joined(std::int64_t init, std::size_t count = SIZE_MAX) {
        const std::string path = folder.path() + "/joined." + std::to_string(init) + ".mp4";
        std::ofstream file(path, std::ios::binary);
        file << contentOf(wire::hlsInitFile(init));
        for (const auto& part : hlsParts) {
            if (part.init != init || count == 0) continue;
            --count;
            file << contentOf(wire::hlsSegmentFile(part.segment))
                        .substr(static_cast<std::size_t>(part.offset),
                                static_cast<std::size_t>(part.bytes));
        }
        return path;
    }

    TemporaryDir folder;
};

} // namespace

START_TEST(hls_parts_are_whole_and_show_what_is_seen_and_heard) {
    OnAir world;
    world.start({.kind = wire::BroadcastKind::Hls, .firstSegment = 7, .firstInit = 3});
    world.until("four segments",
                [&] { return !world.hlsParts.empty() && world.hlsParts.back().segment == 11; });
    ck_assert(world.broadcasts["b"].state == wire::BroadcastState::Live);
    world.stop();
    ck_assert(world.broadcasts["b"].state == wire::BroadcastState::Stopped);

    std::int64_t segment = 6;
    std::int64_t offset = 0;
    bool whole = true;
    for (const wire::HlsPart& part : world.hlsParts) {
        ck_assert_int_eq(part.init, 3);
        if (whole) {
            ck_assert_int_eq(part.segment, ++segment);
            ck_assert(part.independent);
            ck_assert_str_eq(part.codecs.c_str(), "avc1.42c01f,mp4a.40.2");
            offset = 0;
        }
        ck_assert_int_eq(part.segment, segment);
        ck_assert_int_eq(part.offset, offset);
        ck_assert_int_gt(part.bytes, 0);
        offset += part.bytes;
        whole = part.last;
    }
    ck_assert(whole);
    // What is told is what the file says.
    std::istringstream lines(world.contentOf(wire::kHlsPartsFile));
    std::size_t index = 0;
    for (std::string line; std::getline(lines, line); ++index) {
        const auto part = wire::hlsPartFromJson(*parseJson(line, 4096));
        ck_assert(part.ok() && *part == world.hlsParts.at(index));
    }
    ck_assert_uint_eq(index, world.hlsParts.size());

    std::int64_t milliseconds = 0;
    for (const wire::HlsPart& part : world.hlsParts)
        milliseconds += part.durationMs;
    const auto pictures = std::make_shared<Times>();
    const auto sounds = std::make_shared<Times>();
    const PlayedFile file(world.joined(3), pictures, sounds);
    world.expectIn(file);
    const double seconds = static_cast<double>(milliseconds) / 1000;
    const auto lengthOf = [](const Times& times) {
        return static_cast<double>(times.end - times.at.front()) / GST_SECOND;
    };
    ck_assert_msg(std::abs(lengthOf(*pictures) - seconds) < 0.1, "%f s of picture, %f s told",
                  lengthOf(*pictures), seconds);
    ck_assert_msg(std::abs(lengthOf(*sounds) - seconds) < 0.3, "%f s of sound, %f s told",
                  lengthOf(*sounds), seconds);
    // Between two blocks of AAC there are 21.3 ms, wherever a part ends.
    ck_assert_int_lt(sounds->longestGap(), 22 * GST_MSECOND);

    // Wherever a player stops to wait for the next part, it has as much of the sound.
    for (const std::size_t count : {1, 3, 8}) {
        const auto seen = std::make_shared<Times>();
        const auto heard = std::make_shared<Times>();
        const PlayedFile begun(world.joined(3, count), seen, heard);
        ck_assert_int_ge(heard->end, seen->end - GST_MSECOND);
        ck_assert_int_lt(heard->end, seen->end + 22 * GST_MSECOND);
    }
}

END_TEST

START_TEST(hls_goes_on_with_another_init_file_at_another_canvas) {
    OnAir world;
    world.start({.kind = wire::BroadcastKind::Hls});
    world.until("a part", [&] { return !world.hlsParts.empty(); });
    world.call->setCanvas({640, 360, 25});
    world.until("a segment of the other size",
                [&] { return world.hlsParts.back().init == 1 && world.hlsParts.back().last; });
    world.stop();
    std::int64_t segment = -1;
    bool whole = true;
    std::int64_t init = 0;
    for (const wire::HlsPart& part : world.hlsParts) {
        // Another encoding begins another segment.
        ck_assert(part.init == init || whole);
        if (whole) ck_assert_int_eq(part.segment, ++segment);
        init = part.init;
        whole = part.last;
    }
    const PlayedFile small(world.joined(1));
    ck_assert_int_eq(small.seen->figures().width, 640);
    const PlayedFile large(world.joined(0));
    ck_assert_int_eq(large.seen->figures().width, 1280);
}

END_TEST

START_TEST(broadcast_that_cannot_begin_says_why) {
    OnAir world;
    std::ofstream(world.folder.path() + "/hls") << "a file where the folder is to be";
    world.start({.kind = wire::BroadcastKind::Hls});
    ck_assert(world.broadcasts["b"].state == wire::BroadcastState::Failed);
    ck_assert(!world.broadcasts["b"].message.empty());
    ck_assert(!world.broadcasts["b"].code.empty());
    ck_assert(world.call->outputs().broadcasts().empty());
}

END_TEST

START_TEST(push_is_tried_again_and_again_while_nobody_is_there) {
    OnAir world;
    // Nobody listens at the port of «discard» here.
    world.start({.kind = wire::BroadcastKind::Rtmp, .url = "rtmp://127.0.0.1:9/live/key"});
    world.until("it is tried again",
                [&] { return world.broadcasts["b"].state == wire::BroadcastState::Retrying; });
    ck_assert_str_eq(world.broadcasts["b"].code.c_str(), "unavailable");
    // The people see each other as before.
    ck_assert(world.sees(*world.peers["leg-ada"], world.two));
    world.stop();
    ck_assert(world.broadcasts["b"].state == wire::BroadcastState::Stopped);
}

END_TEST

int main() {
    return runSuite("pipelines broadcast", {hls_parts_are_whole_and_show_what_is_seen_and_heard,
                                            hls_goes_on_with_another_init_file_at_another_canvas,
                                            broadcast_that_cannot_begin_says_why,
                                            push_is_tried_again_and_again_while_nobody_is_there});
}
