// A test double of mullion-call: it speaks the wire protocol and mixes nothing. What it receives
// it prints, a line each, so that a test can read what a call's process was told.
//
// An offer whose SDP contains `crash` kills it, `refuse` is refused, `silent` is answered but never
// connects, `speak` makes its user the speaker, `measure` reports figures of all legs, `unheard` is
// not even answered, `hang up` closes the socket and runs on; every other one is answered and
// connected at once. Asked for a snapshot it sends the head of a JPEG with the width that was asked
// for; after an offer of `no snapshots` it sends none, after `bad snapshots` that it could not.
//
// Of a recording it writes a file of a few bytes, which fake_finish.sh takes for one that plays.
//
// FAKE_CALL_GATE names a pipe: while it is there the program starts only when somebody opens its
// other end. While FAKE_CALL_BROKEN names a file the program does not start at all.
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/gref.h"
#include "src/base/json_values.h"
#include "src/base/main_loop.h"
#include "src/wire/channel.h"
#include "src/wire/from_call.h"
#include "src/wire/messages.h"

using namespace mullion;
using namespace mullion::wire;

namespace {

class FakeCall {
public:
    explicit FakeCall(GMainLoop* loop)
        : loop_(loop) {}

    void onConnection(int fd) {
        channel_ = std::make_unique<Channel>(
            fd, [this](const Json& json) { onJson(json); },
            [this](const std::string&) {
                postToMain([this] {
                    channel_.reset();
                    orphan_ = after(std::chrono::seconds(60), [this] { g_main_loop_quit(loop_); });
                });
            });
        orphan_.cancel();
    }

private:
    void send(const FromCall& message) {
        if (channel_) wire::send(*channel_, message);
    }

    void sendPart(bool closed) {
        const std::string path = recording_.path + '.' + std::to_string(recording_.firstPart) +
                                 '.' + name(recording_.format);
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        // What a test adds to it meanwhile stays.
        if (!closed) std::ofstream(path) << "recorded by " << getpid();
        send(RecordingPart{recording_.id, recording_.firstPart, path, closed, closed ? 1000 : 0,
                           closed ? 5000 : 0});
    }

    void onJson(const Json& json) {
        // In one piece: the file is that of other processes too, and a line may have 200 kB.
        const std::string line = std::to_string(getpid()) + ' ' + toText(json) + '\n';
        if (write(STDOUT_FILENO, line.data(), line.size()) < 0) std::abort();
        const auto message = decodeToCall(json);
        if (!message) std::exit(3);
        std::visit([this](const auto& known) { on(known); }, *message);
    }

    void on(const Claim&) {
        state_.pid = getpid();
        std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), state_.bootId);
        state_.participants.assign(people_.begin(), people_.end());
        state_.legs.clear();
        for (const auto& [leg, info] : legs_)
            state_.legs.push_back(info);
        send(state_);
    }

    void on(const StartCall& start) {
        state_.callId = start.callId;
        state_.generation = start.generation;
        state_.canvas = start.canvas;
        state_.mode = start.layout.mode;
    }

    void on(const PutParticipant& put) {
        if (people_.insert(put.userId).second) sendLayout();
    }

    void on(const StartRecording& start) {
        recording_ = start;
        state_.recordings = {start.id};
        sendPart(false);
    }

    void on(const PauseRecording&) {}

    void on(const ResumeRecording&) {}

    void on(const StopRecording& stop) {
        state_.recordings.clear();
        sendPart(true);
        send(RecordingEnded{stop.id, "", ""});
    }

    /// A segment and two parts of the next, of HLS; the others are live and no more.
    void on(const StartBroadcast& start) {
        state_.broadcasts.push_back(start.id);
        send(BroadcastStatus{start.id, BroadcastState::Starting});
        if (start.kind == BroadcastKind::Hls) {
            hls_ = start;
            std::filesystem::create_directories(start.path);
            std::ofstream(start.path + '/' + hlsInitFile(start.firstInit)) << "init";
            for (const std::int64_t segment : {start.firstSegment, start.firstSegment + 1}) {
                std::ofstream(start.path + '/' + hlsSegmentFile(segment)) << "onetwo!";
                sendHlsPart(segment, 0);
                sendHlsPart(segment, 1);
                if (segment == start.firstSegment) sendHlsPart(segment, 2);
            }
        }
        const bool fails = start.url.find("fails") != std::string::npos;
        const bool retries = start.url.find("away") != std::string::npos;
        if (!fails) send(BroadcastStatus{start.id, BroadcastState::Live, 1, 1000});
        if (retries)
            send(BroadcastStatus{start.id, BroadcastState::Retrying, 0, 0, "unavailable", "away"});
        if (fails)
            send(BroadcastStatus{start.id, BroadcastState::Failed, 0, 0, "unavailable", "no"});
    }

    void on(const StopBroadcast& stop) {
        std::erase(state_.broadcasts, stop.id);
        if (stop.id == hls_.id) sendHlsPart(hls_.firstSegment + 1, 2);
        send(BroadcastStatus{stop.id, BroadcastState::Stopped});
    }

    /// `one`, `two`, and `!` at the end.
    void sendHlsPart(std::int64_t segment, int index) {
        const bool last = index == 2;
        const HlsPart part{segment,
                           hls_.firstInit,
                           index * 3,
                           last ? 1 : 3,
                           last ? 280 : 360,
                           index == 0,
                           last,
                           index == 0 ? "avc1,mp4a" : "",
                           1'790'000'000'000 + segment * 1000 + index * 360};
        std::ofstream(hls_.path + '/' + kHlsPartsFile, std::ios::app)
            << toText(toJson(part)) << '\n';
        send(BroadcastPart{hls_.id, part});
    }

    void on(const RemoveParticipant& remove) {
        closeLegs(remove.userId, "", remove.reason);
        if (people_.erase(remove.userId) > 0) sendLayout();
    }

    void on(const Offer& offer) {
        const auto asks = [&offer](const char* what) {
            return offer.sdp.find(what) != std::string::npos;
        };
        takesNoSnapshots_ = asks("no snapshots");
        takesBadSnapshots_ = asks("bad snapshots");
        if (asks("hang up")) return postToMain([this] { channel_.reset(); });
        if (asks("crash")) kill(getpid(), SIGKILL);
        if (asks("refuse"))
            return send(LegClosed{offer.leg, offer.userId, "refused", "bad_request", "bad SDP"});
        if (legs_.contains(offer.leg))
            return send(LegClosed{offer.leg, offer.userId, "refused", "conflict", "leg is there"});
        legs_[offer.leg] = {offer.leg, offer.userId, LegState::New};
        if (asks("unheard")) return;
        send(Answer{offer.leg, "v=0\r\ns=answer\r\n"});
        send(LocalCandidate{offer.leg, {"candidate:1 1 UDP 1 127.0.0.1 9 typ host", "0", 0}});
        send(LocalCandidate{offer.leg, {"", "0", 0}});
        if (asks("silent")) return;
        legs_[offer.leg].state = LegState::Connected;
        send(LegStateChanged{offer.leg, offer.userId, LegState::Connected});
        closeLegs(offer.userId, offer.leg, "replaced");
        send(Constraints{offer.leg, offer.userId, PictureSource::Camera, 640, 360, 25, 500000});
        if (asks("speak")) send(SpeakerChanged{offer.userId});
        if (asks("measure")) sendFigures();
    }

    void on(const RemoteCandidate&) {}

    void on(const CloseLeg& close) {
        const auto leg = legs_.find(close.leg);
        if (leg == legs_.end()) return;
        send(LegClosed{close.leg, leg->second.userId, close.reason, "", ""});
        legs_.erase(leg);
    }

    void on(const SetLayout& set) {
        state_.mode = set.layout.mode;
        sendLayout();
    }

    void on(const SetCanvas& set) {
        state_.canvas = set.canvas;
        sendLayout();
    }

    void on(const SetRung&) {}

    void on(const SetProgramme&) {}

    /// Plays what the file says: `bad`, `short`, or until it is stopped.
    void on(const PlaySound& play) {
        std::string text;
        std::getline(std::ifstream(play.path), text);
        if (text == "bad")
            return send(SoundStatus{play.id, SoundState::Failed, 0, "unsupported_media", "bad"});
        send(SoundStatus{play.id, SoundState::Playing, 1500});
        if (text == "short") send(SoundStatus{play.id, SoundState::Ended});
    }

    void on(const StopSound& stop) { send(SoundStatus{stop.id, SoundState::Ended}); }

    void on(const TakeSnapshot& take) {
        if (takesNoSnapshots_) return;
        if (takesBadSnapshots_) return send(Snapshot{take.request, "no film"});
        const std::string jpeg = "\xff\xd8\xff width=" + std::to_string(take.width) + "\xff\xd9";
        send(Snapshot{take.request, "", std::make_shared<const std::string>(jpeg)});
    }

    void on(const Stop&) { g_main_loop_quit(loop_); }

    void closeLegs(const std::string& userId, const std::string& except,
                   const std::string& reason) {
        const auto legs = legs_;
        for (const auto& [id, info] : legs)
            if (info.userId == userId && id != except) on(CloseLeg{id, reason});
    }

    void sendFigures() {
        Figures figures{{}, 2, 250, 500, 1.5};
        for (const auto& [id, info] : legs_)
            figures.legs.push_back({.leg = id,
                                    .userId = info.userId,
                                    .up = {0.02, 0.003, 0.01, 500000, 4.1},
                                    .down = {0.02, 0.002, 0, 900000, 4.3},
                                    .rung = "720p",
                                    .codec = "VP8",
                                    .keyFramesAsked = 3});
        send(figures);
    }

    void sendLayout() {
        state_.tiles.clear();
        for (const std::string& user : people_)
            state_.tiles.push_back({user, PictureSource::Camera, 0, 0, 640, 360, true});
        send(LayoutChanged{state_.canvas, state_.mode, state_.tiles});
    }

    GMainLoop* loop_;
    StartRecording recording_ = {};
    StartBroadcast hls_ = {};
    State state_ = {};
    std::set<std::string> people_ = {};
    std::map<std::string, LegInfo> legs_ = {};
    bool takesNoSnapshots_ = false;
    bool takesBadSnapshots_ = false;
    std::unique_ptr<Channel> channel_ = {};
    Source orphan_ = {};
};

const char* valueOf(int argc, char** argv, const std::string& flag) {
    for (int i = 1; i + 1 < argc; ++i)
        if (argv[i] == flag) return argv[i + 1];
    return "";
}

void waitForGate() {
    const char* gate = std::getenv("FAKE_CALL_GATE");
    const int fd = gate ? open(gate, O_RDONLY) : -1;
    if (fd >= 0) close(fd);
}

} // namespace

int main(int argc, char** argv) {
    const char* broken = std::getenv("FAKE_CALL_BROKEN");
    if (broken && access(broken, F_OK) == 0) return 1;
    waitForGate();
    claimMainThread();
    const GPtr<GMainLoop, g_main_loop_unref> loop(g_main_loop_new(nullptr, FALSE));
    FakeCall call(loop.get());
    const auto listener = Listener::create(valueOf(argc, argv, "--socket"),
                                           [&call](int fd) { call.onConnection(fd); });
    if (!listener) {
        std::fprintf(stderr, "%s\n", listener.error().message.c_str());
        return 1;
    }
    const int readyFd = std::atoi(valueOf(argc, argv, "--ready-fd"));
    if (write(readyFd, "1", 1) != 1) return 1;
    close(readyFd);
    g_main_loop_run(loop.get());
    return 0;
}
