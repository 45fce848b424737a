#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "pipelines/call.h"
#include "plugins/mixminus/gst_mix_minus.h"
#include "plugins/rungswitch/gst_rung_switch.h"
#include "src/base/log.h"
#include "tests/support/check_framework.h"
#include "tools/participant/client_peer.h"

namespace mullion::test {

struct Person {
    std::string userId;
    participant::Colour colour;
    double toneHz;
};

inline const std::vector<Person> kPeople = {
    {"ada", {200, 40, 40}, 440}, {"bob", {40, 180, 60}, 660}, {"cy", {50, 70, 210}, 880}};

inline std::shared_ptr<const participant::Clip> clipOf(const Person& person) {
    participant::Scene scene;
    scene.colour = person.colour;
    scene.pitchHz = person.toneHz;
    scene.seconds = 1;
    auto clip = participant::encodeClip(scene);
    ck_assert(clip.ok());
    return *clip;
}

/// A call and the clients in it, with the signalling between them in this process.
class Fixture {
public:
    Fixture() {
        claimMainThread();
        gst_init(nullptr, nullptr);
        gst_mix_minus_register(nullptr);
        gst_rung_switch_register(nullptr);
        configureLog(LogLevel::Warning, LogFormat::Text);
        wire::StartCall start;
        start.callId = "test";
        auto made = Call::create(
            start, [this](const wire::FromCall& message) { onMessage(message); },
            [](const std::string& why) { ck_abort_msg("the mix failed: %s", why.c_str()); });
        ck_assert(made.ok());
        call = std::move(*made);
    }

    void join(const Person& person, const std::string& leg,
              std::function<std::string(std::string)> edit = {}) {
        call->put({.userId = person.userId, .name = person.userId});
        offer(person, leg, std::move(edit));
    }

    void offer(const Person& person, const std::string& leg,
               std::function<std::string(std::string)> edit = {}) {
        auto peer = participant::ClientPeer::create(
            {.clip = clips.contains(person.userId) ? clips[person.userId] : clipOf(person),
             .decode = true,
             .soundClock = soundClock,
             .pictureArrivals = pictureArrivals},
            {[this, person, leg, edit](const std::string& sdp) {
                 call->offer({person.userId, leg, edit ? edit(sdp) : sdp});
             },
             [this, leg](const std::string& candidate, const std::string& mid, int mLine) {
                 call->addCandidate({leg, {candidate, mid, mLine}});
             }});
        ck_assert(peer.ok());
        peers[leg] = *peer;
    }

    void onMessage(const wire::FromCall& message) {
        if (const auto* answer = std::get_if<wire::Answer>(&message)) {
            lastAnswer = answer->sdp;
            if (peers[answer->leg]) ck_assert(peers[answer->leg]->setAnswer(answer->sdp).ok());
        } else if (const auto* candidate = std::get_if<wire::LocalCandidate>(&message)) {
            ck_assert_msg(!gathered.contains(candidate->leg), "a candidate after their end");
            if (candidate->line.candidate.empty()) gathered.insert(candidate->leg);
            if (auto& peer = peers[candidate->leg])
                peer->addCandidate(candidate->line.candidate, 0);
        } else if (const auto* closed = std::get_if<wire::LegClosed>(&message)) {
            this->closed[closed->leg] = *closed;
        } else if (const auto* layout = std::get_if<wire::LayoutChanged>(&message)) {
            tiles = layout->tiles;
        } else if (const auto* told = std::get_if<wire::Figures>(&message)) {
            figures = *told;
            ++figuresTold;
        } else if (const auto* part = std::get_if<wire::RecordingPart>(&message)) {
            parts.push_back(*part);
        } else if (const auto* track = std::get_if<wire::TrackPart>(&message)) {
            tracks.push_back(*track);
        } else if (const auto* ended = std::get_if<wire::RecordingEnded>(&message)) {
            recordingsEnded[ended->id] = *ended;
        } else if (const auto* status = std::get_if<wire::BroadcastStatus>(&message)) {
            broadcasts[status->id] = *status;
        } else if (const auto* sound = std::get_if<wire::SoundStatus>(&message)) {
            sounds[sound->id] = *sound;
            if (sound->durationMs > 0) soundDurationMs = sound->durationMs;
        } else if (const auto* piece = std::get_if<wire::BroadcastPart>(&message)) {
            hlsParts.push_back(piece->part);
        } else if (const auto* taken = std::get_if<wire::Snapshot>(&message)) {
            snapshots[taken->request] = *taken;
        } else if (const auto* state = std::get_if<wire::LegStateChanged>(&message)) {
            states[state->leg] = state->state;
        }
    }

    /// Runs the main loop until `done`, and fails the test with `what` after a generous deadline.
    void until(const char* what, const std::function<bool()>& done, int seconds = 60) {
        bool expired = false;
        const auto deadline = after(std::chrono::seconds(seconds), [&] { expired = true; });
        const auto tick = every(std::chrono::milliseconds(20), [] { return true; });
        while (!done()) {
            ck_assert_msg(!expired, "not in time: %s", what);
            g_main_context_iteration(nullptr, TRUE);
        }
    }

    /// Whether `viewer` sees each of `people` in the tile that the layout says is his.
    bool sees(const participant::ClientPeer& viewer, const std::vector<Person>& people) {
        if (tiles.size() != people.size()) return false;
        for (const Person& person : people) {
            const auto tile = std::find_if(tiles.begin(), tiles.end(), [&](const wire::Tile& t) {
                return t.userId == person.userId;
            });
            if (tile == tiles.end()) return false;
            const auto colour =
                viewer.seen().colourAt(tile->x + tile->width / 2, tile->y + tile->height / 2);
            if (!colour) return false;
            for (int i = 0; i < 3; ++i)
                if (std::abs((*colour)[i] - person.colour[i]) > 40) return false;
        }
        return true;
    }

    bool hears(const participant::ClientPeer& listener, const Person& self,
               const std::vector<Person>& people) {
        double quietest = 0;
        for (const Person& person : people)
            if (person.userId != self.userId)
                quietest = std::min(quietest, listener.heard().levelAt(person.toneHz));
        return quietest > -40 && listener.heard().levelAt(self.toneHz) < quietest - 30;
    }

    /// What somebody shows and says in place of his colour and tone.
    std::map<std::string, std::shared_ptr<const participant::Clip>> clips;
    /// Of the microphones of who comes from now on, as ClientPeer has it.
    double soundClock = 1;
    /// Told how the picture comes to who comes from now on; null: nobody.
    std::shared_ptr<participant::Arrivals> pictureArrivals;
    std::unique_ptr<Call> call;
    std::map<std::string, std::shared_ptr<participant::ClientPeer>> peers;
    /// The legs of which all candidates have been told.
    std::set<std::string> gathered;
    std::map<std::string, wire::LegClosed> closed;
    std::map<std::string, wire::LegState> states;
    std::vector<wire::RecordingPart> parts;
    std::vector<wire::TrackPart> tracks;
    std::map<std::string, wire::RecordingEnded> recordingsEnded;
    std::map<std::string, wire::BroadcastStatus> broadcasts;
    std::map<std::string, wire::SoundStatus> sounds;
    std::int64_t soundDurationMs = 0;
    std::vector<wire::HlsPart> hlsParts;
    std::map<std::string, wire::Snapshot> snapshots;
    std::vector<wire::Tile> tiles;
    wire::Figures figures;
    int figuresTold = 0;
    std::string lastAnswer;
};

/// Two people who see and hear each other.
struct TwoPeople : Fixture {
    TwoPeople() {
        join(two[0], "leg-ada");
        join(two[1], "leg-bob");
        until("everybody sees everybody", [this] {
            return sees(*peers["leg-ada"], two) && sees(*peers["leg-bob"], two) &&
                   hears(*peers["leg-ada"], two[0], two);
        });
    }

    std::vector<Person> two = {kPeople[0], kPeople[1]};
};

} // namespace mullion::test
