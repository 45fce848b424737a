#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/json_values.h"
#include "src/wire/channel.h"
#include "src/wire/from_call.h"
#include "src/wire/messages.h"
#include "src/wire/sealed_file.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::wire;

namespace {

struct Pair {
    int ours = -1;
    int theirs = -1;

    Pair() {
        int fds[2];
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        ours = fds[0];
        theirs = fds[1];
    }
};

void runUntil(const std::function<bool()>& done) {
    while (!done())
        g_main_context_iteration(nullptr, TRUE);
}

} // namespace

START_TEST(messages_survive_the_wire) {
    const std::vector<ToCall> toCall = {
        Claim{kProtocol, "me"},
        StartCall{"c1",
                  2,
                  {1280, 720, 25},
                  {LayoutMode::Solo, {"u1"}},
                  3'000'000,
                  40000,
                  40019,
                  {"127.0.0.1"}},
        PutParticipant{"u1", "Ann", true, false, true, 0.5, "viewer", true, false},
        RemoveParticipant{"u1", "left"},
        Offer{"u1", "l1", "v=0\r\n"},
        Offer{"u1", "l1", "v=0\r\n", true},
        RemoteCandidate{"l1", {"candidate:1", "0", 0}},
        CloseLeg{"l1", "replaced"},
        SetLayout{{LayoutMode::Custom, {"u1"}, Fit::Pad, {{0, 0, 640, 360, "u2"}, {2, 4, 6, 8}}}},
        SetCanvas{{1920, 1080, 30}},
        SetProgramme{{}, "/var/images"},
        SetProgramme{{Layout{LayoutMode::Solo, {"u1"}}, "abc",
                      Logo{"def", Corner::BottomLeft, 0.2, 0.5}, Caption{"Ann", "London"},
                      Slate{"abc", {"Soon", ""}}},
                     "/var/images"},
        PlaySound{"s1", "/var/sounds/s1", 0.5},
        StopSound{"s1"},
        SetRung{"u1", RungChoice::P360},
        StartRecording{"r1", RecordingFormat::Webm, true, "/var/a", 2, 3600, 1 << 30, 1 << 20,
                       true},
        PauseRecording{"r1"},
        ResumeRecording{"r1"},
        StopRecording{"r1"},
        StartBroadcast{"b1", BroadcastKind::Srt, true, "srt://a:1", "secret", "/var/b", 5, 2, "::1",
                       9000, "key"},
        StopBroadcast{"b1"},
        TakeSnapshot{"r1", 320},
        Stop{},
    };
    for (const auto& message : toCall) {
        const Json json = encode(message);
        const auto decoded = decodeToCall(json);
        ck_assert_msg(decoded.ok(), "%s", toText(json).c_str());
        ck_assert(encode(*decoded) == json);
    }
    State state;
    state.pid = 7;
    state.participants = {"u1"};
    state.legs = {{"l1", "u1", LegState::Connected}};
    state.tiles = {{"u1", PictureSource::Screen, 0, 0, 640, 360, true}};
    state.watching = {{"l2", "u2", LegState::New}};
    state.recordings = {"r1"};
    state.broadcasts = {"b1"};
    const std::vector<FromCall> fromCall = {
        state,
        Answer{"l1", "v=0\r\n"},
        LocalCandidate{"l1", {"candidate:1", "0", 0}},
        LegStateChanged{"l1", "u1", LegState::Failed},
        LegClosed{"l1", "u1", "refused", "bad_request", "no"},
        LayoutChanged{{}, LayoutMode::Speaker, state.tiles},
        Constraints{"l1", "u1", PictureSource::Camera, 640, 360, 25, 500000},
        SpeakerChanged{"u1"},
        SpeakerChanged{},
        RecordingPart{"r1", 2, "/var/a.2.webm", true, 5'000'000'000, 60'000},
        RecordingFigures{"r1", 5'000'000'000, 1'600'000},
        TrackPart{"r1", 500'001, "u1", TrackSource::Camera, true, 5000, 60'000, 1'790'000'000'000},
        RecordingEnded{"r1", "storage_full", "no room"},
        SoundStatus{"s1", SoundState::Failed, 1500, "unsupported_media", "no sound"},
        BroadcastStatus{"b1", BroadcastState::Retrying, 3, 1'500'000, "unavailable", "refused"},
        BroadcastPart{"b1", {7, 1, 100, 2000, 320, true, false, "avc1", 1'790'000'000'000}},
        Figures{{{"l1", "u1", {0.02, 0.001, 0.5, 300000, 4.4}, {}, "720p", "VP8", 5, 1, 2, -20.5}},
                2,
                250,
                500,
                1.5},
        Snapshot{"r1"},
        Snapshot{"r1", "no memory"},
    };
    for (const auto& message : fromCall) {
        const Json json = encode(message);
        const auto decoded = decodeFromCall(json);
        ck_assert_msg(decoded.ok(), "%s", toText(json).c_str());
        ck_assert(encode(*decoded) == json);
    }
}

END_TEST

START_TEST(garbage_is_refused) {
    for (const char* text : {
             R"({})",
             R"([])",
             R"({"type":7})",
             R"({"type":"nonsense"})",
             R"({"type":"claim","protocol":1})",
             R"({"type":"claim","protocol":1,"owner":""})",
             R"({"type":"stop","extra":1})",
             R"({"type":"start_call","call_id":"c","generation":0,"canvas":{"width":1}})",
             R"({"type":"remote_candidate","leg":"l","candidate":"","mid":"","mline_index":999})",
             R"({"type":"take_snapshot","request":"r","width":-1})",
             R"({"type":"take_snapshot","request":"","width":0})",
             R"({"type":"set_programme","images":"/i","programme":{"logo":{}}})",
             R"({"type":"set_programme","images":"/i","programme":{"slate":{}}})",
             R"({"type":"set_programme","images":"/i","programme":{"lower_third":{"title":""}}})",
             R"({"type":"set_programme","images":"/i","programme":{"hat":{}}})",
         }) {
        const auto json = parseJson(text, kMaxLine);
        ck_assert(json.ok());
        ck_assert_msg(!decodeToCall(*json).ok(), "%s was taken", text);
    }
}

END_TEST

START_TEST(channel_keeps_order_under_load) {
    Pair pair;
    int received = 0;
    constexpr int kMessages = 2000;
    Channel receiver(
        pair.theirs,
        [&](const Json& json) {
            ck_assert_int_eq(json["n"].get<int>(), received);
            ++received;
        },
        [](const std::string& why) { ck_abort_msg("closed: %s", why.c_str()); });
    Channel sender(
        pair.ours, [](const Json&) {}, [](const std::string&) {});
    for (int n = 0; n < kMessages; ++n)
        sender.send({{"n", n}, {"pad", std::string(1000, 'x')}});
    runUntil([&] { return received == kMessages; });
}

END_TEST

START_TEST(descriptors_come_with_their_lines) {
    Pair pair;
    int received = 0;
    constexpr int kMessages = 300;
    std::unique_ptr<Channel> receiver;
    receiver = std::make_unique<Channel>(
        pair.theirs,
        [&](const Json& json) {
            const int n = json["n"].get<int>();
            ck_assert_int_eq(n, received++);
            if (n % 3 == 0) return;
            const Descriptor file = receiver->takeDescriptor();
            ck_assert_msg(static_cast<bool>(file), "no descriptor with %d", n);
            const auto content = readSealedFile(file, 100);
            ck_assert(content.ok());
            ck_assert_str_eq(*content, std::to_string(n));
            ck_assert((fcntl(file.number(), F_GETFD) & FD_CLOEXEC) != 0);
        },
        [](const std::string& why) { ck_abort_msg("closed: %s", why.c_str()); });
    Channel sender(
        pair.ours, [](const Json&) {}, [](const std::string&) {});
    for (int n = 0; n < kMessages; ++n)
        sender.send({{"n", n}, {"pad", std::string(static_cast<std::size_t>(n) * 37, 'x')}},
                    n % 3 == 0 ? Descriptor() : makeSealedFile(std::to_string(n)).value());
    runUntil([&] { return received == kMessages; });
    ck_assert(!receiver->takeDescriptor());
}

END_TEST

START_TEST(channel_takes_no_heap_of_descriptors) {
    Pair pair;
    std::string why;
    const Channel receiver(
        pair.theirs, [](const Json&) {}, [&](const std::string& reason) { why = reason; });
    Channel sender(
        pair.ours, [](const Json&) {}, [](const std::string&) {});
    for (int n = 0; n < 10; ++n)
        sender.send({{"n", n}}, makeSealedFile("x").value());
    runUntil([&] { return !why.empty(); });
    ck_assert_str_eq(why, "descriptors came that no message has");
}

END_TEST

START_TEST(only_sealed_files_are_read) {
    const std::string large(3'000'000, 'x');
    ck_assert(readSealedFile(makeSealedFile(large).value(), large.size()).value() == large);
    ck_assert(readSealedFile(makeSealedFile("").value(), 1)->empty());
    ck_assert(!readSealedFile(makeSealedFile(large).value(), large.size() - 1).ok());
    const auto sealed = makeSealedFile("x");
    ck_assert_int_lt(write(sealed->number(), "y", 1), 0);
    ck_assert_int_ne(ftruncate(sealed->number(), 0), 0);
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    const Descriptor reading(ends[0]), writing(ends[1]);
    // A pipe would block, a file that is not sealed could shrink.
    for (const Descriptor& file :
         {Descriptor(), Descriptor(dup(ends[0])), Descriptor(open("/dev/zero", O_RDONLY)),
          Descriptor(memfd_create("open", MFD_ALLOW_SEALING))})
        ck_assert(!readSealedFile(file, 100).ok());
}

END_TEST

START_TEST(snapshot_comes_with_its_file) {
    Pair pair;
    std::vector<Result<FromCall>> received;
    std::unique_ptr<Channel> receiver;
    receiver = std::make_unique<Channel>(
        pair.theirs, [&](const Json& json) { received.push_back(receive(*receiver, json)); },
        [](const std::string& why) { ck_abort_msg("closed: %s", why.c_str()); });
    Channel sender(
        pair.ours, [](const Json&) {}, [](const std::string&) {});
    const auto picture = [](std::size_t size) {
        return std::make_shared<const std::string>(size, 'j');
    };
    send(sender, Snapshot{"whole", "", picture(1'000'000)});
    send(sender, SpeakerChanged{"u1"});
    send(sender, Snapshot{"failed", "no memory"});
    send(sender, Snapshot{"missing"});
    send(sender, Snapshot{"large", "", picture(kMaxSnapshot + 1)});
    runUntil([&] { return received.size() == 5; });
    const auto& whole = std::get<Snapshot>(*received[0]);
    ck_assert(whole.request == "whole" && *whole.jpeg == *picture(1'000'000));
    ck_assert(std::get<SpeakerChanged>(*received[1]).userId == "u1");
    const auto& failed = std::get<Snapshot>(*received[2]);
    ck_assert(failed.failure == "no memory" && !failed.jpeg);
    ck_assert(!received[3].ok());
    ck_assert(!received[4].ok());
}

END_TEST

START_TEST(channel_closes_on_garbage) {
    for (const std::string& garbage : {std::string("not json\n"), std::string(kMaxLine + 2, 'a')}) {
        Pair pair;
        bool closed = false;
        Channel channel(
            pair.ours, [](const Json&) { ck_abort_msg("garbage came through"); },
            [&](const std::string&) { closed = true; });
        // The peer sends as a stream does: as much as fits, then goes on.
        std::size_t sent = 0;
        runUntil([&] {
            if (sent < garbage.size()) {
                const auto size = ::send(pair.theirs, garbage.data() + sent, garbage.size() - sent,
                                         MSG_NOSIGNAL | MSG_DONTWAIT);
                if (size > 0) sent += static_cast<std::size_t>(size);
            }
            return closed;
        });
        ::close(pair.theirs);
    }
}

END_TEST

START_TEST(channel_may_be_destroyed_by_its_message) {
    Pair pair;
    std::unique_ptr<Channel> channel;
    bool done = false;
    channel = std::make_unique<Channel>(
        pair.ours,
        [&](const Json&) {
            channel.reset();
            done = true;
        },
        [](const std::string&) {});
    ck_assert_int_eq(write(pair.theirs, "{}\n{}\n", 6), 6);
    runUntil([&] { return done; });
    ::close(pair.theirs);
}

END_TEST

int main() {
    return test::runSuite(
        "wire", {messages_survive_the_wire, garbage_is_refused, channel_keeps_order_under_load,
                 descriptors_come_with_their_lines, channel_takes_no_heap_of_descriptors,
                 only_sealed_files_are_read, snapshot_comes_with_its_file,
                 channel_closes_on_garbage, channel_may_be_destroyed_by_its_message});
}
