// Calls in this process: the real Call with clients that are webrtcbins on loopback. Looks at what
// is in the picture and the sound that each client gets.
#include <cstdio>
#include <sstream>

#include "pipelines/gst/reaper.h"
#include "tests/pipelines/call_fixture.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;
using participant::ClientPeer;

START_TEST(everyone_sees_all_and_hears_the_others) {
    Fixture fixture;
    for (const Person& person : kPeople)
        fixture.join(person, "leg-" + person.userId);
    for (const Person& person : kPeople) {
        const auto& peer = *fixture.peers["leg-" + person.userId];
        fixture.until("every colour in its tile", [&] { return fixture.sees(peer, kPeople); });
        fixture.until("the others' tones and not one's own",
                      [&] { return fixture.hears(peer, person, kPeople); });
        ck_assert_int_eq(peer.seen().figures().width, 1280);
        ck_assert_int_eq(peer.seen().figures().height, 720);
        fixture.until("the end of its candidates",
                      [&] { return fixture.gathered.contains("leg-" + person.userId); });
    }
    for (const char* part : {"nack", "apt=", "transport-wide-cc", "a=msid:mullion"})
        ck_assert_msg(fixture.lastAnswer.find(part) != std::string::npos, "no %s in\n%s", part,
                      fixture.lastAnswer.c_str());
}

END_TEST

START_TEST(sources_that_the_offer_does_not_name_are_told_apart) {
    Fixture fixture;
    const std::vector<Person> both = {kPeople[0], kPeople[1]};
    for (const Person& person : both)
        fixture.join(person, person.userId, [](std::string sdp) {
            std::string without;
            std::istringstream lines(sdp);
            for (std::string line; std::getline(lines, line);)
                if (!line.starts_with("a=ssrc")) without += line + '\n';
            return without;
        });
    for (const Person& person : both) {
        const auto& peer = *fixture.peers[person.userId];
        fixture.until("every colour in its tile", [&] { return fixture.sees(peer, both); });
        fixture.until("the other's tone", [&] { return fixture.hears(peer, person, both); });
    }
    ck_assert(fixture.closed.empty());
}

END_TEST

/// A key frame of what a camera sends has several dozen packets.
START_TEST(large_frames_come_whole_to_who_cannot_ask_for_packets_again) {
    Fixture fixture;
    auto camera = participant::encodeClip(participant::cameraScene());
    ck_assert(camera.ok());
    fixture.clips["ada"] = *camera;
    fixture.pictureArrivals = std::make_shared<participant::Arrivals>(3600);
    fixture.join(kPeople[0], "a", [](std::string sdp) {
        std::string without;
        std::istringstream lines(sdp);
        for (std::string line; std::getline(lines, line);)
            if (line.find("apt=") == std::string::npos) without += line + '\n';
        return without;
    });
    const auto& arrivals = *fixture.pictureArrivals;
    fixture.until("pictures", [&] { return arrivals.figures().frames > 25; });
    ck_assert(fixture.lastAnswer.find("apt=") == std::string::npos);
    fixture.pictureArrivals.reset();
    // Key frames for who comes.
    for (const char* leg : {"b1", "b2", "b3"}) {
        fixture.join(kPeople[1], leg);
        fixture.until("the newcomer's picture",
                      [&] { return fixture.peers[leg]->seen().figures().frames > 25; });
    }
    ck_assert_uint_eq(arrivals.figures().packetsLost, 0);
}

END_TEST

START_TEST(who_leaves_makes_room) {
    Fixture fixture;
    fixture.join(kPeople[0], "a");
    fixture.join(kPeople[1], "b");
    fixture.until("both", [&] {
        return fixture.sees(*fixture.peers["a"], {kPeople[0], kPeople[1]});
    });
    fixture.call->remove({"bob", "left"});
    ck_assert(fixture.closed.contains("b"));
    ck_assert_str_eq(fixture.closed["b"].reason.c_str(), "left");
    fixture.until("one tile", [&] { return fixture.sees(*fixture.peers["a"], {kPeople[0]}); });
    // The place can be taken again, by somebody else.
    fixture.join(kPeople[2], "c");
    fixture.until("the newcomer", [&] {
        return fixture.sees(*fixture.peers["a"], {kPeople[0], kPeople[2]});
    });
    fixture.until("his tone", [&] {
        return fixture.hears(*fixture.peers["a"], kPeople[0], {kPeople[0], kPeople[2]});
    });
}

END_TEST

START_TEST(new_leg_takes_the_seat_when_it_carries_media) {
    Fixture fixture;
    fixture.join(kPeople[0], "a");
    fixture.join(kPeople[1], "b1");
    const std::vector<Person> both = {kPeople[0], kPeople[1]};
    fixture.until("both", [&] { return fixture.sees(*fixture.peers["a"], both); });
    fixture.offer(kPeople[1], "b2");
    fixture.until("the old leg to be replaced", [&] {
        // Meanwhile the tile never blinks.
        ck_assert(fixture.sees(*fixture.peers["a"], both));
        return fixture.closed.contains("b1");
    });
    ck_assert_str_eq(fixture.closed["b1"].reason.c_str(), "replaced");
    fixture.peers.erase("b1");
    fixture.until("sound through the new leg", [&] {
        return fixture.hears(*fixture.peers["a"], kPeople[0], both) &&
               fixture.sees(*fixture.peers["b2"], both);
    });
}

END_TEST

START_TEST(wrong_certificate_is_refused_before_it_is_heard) {
    Fixture fixture;
    fixture.join(kPeople[0], "a");
    fixture.until("the first", [&] { return fixture.sees(*fixture.peers["a"], {kPeople[0]}); });
    fixture.join(kPeople[1], "b", [](std::string sdp) {
        // Every fingerprint line with its first digit changed.
        for (auto at = sdp.find("a=fingerprint:sha-256 "); at != std::string::npos;
             at = sdp.find("a=fingerprint:sha-256 ", at + 1))
            sdp[at + 22] = sdp[at + 22] == '0' ? '1' : '0';
        return sdp;
    });
    fixture.until("the leg to be closed", [&] { return fixture.closed.contains("b"); });
    ck_assert(fixture.closed["b"].message.find("fingerprint") != std::string::npos);
    ck_assert(!fixture.states.contains("b") || fixture.states["b"] == wire::LegState::Failed);
    ck_assert_double_lt(fixture.peers["a"]->heard().levelAt(kPeople[1].toneHz), -70);
    ck_assert(fixture.sees(*fixture.peers["a"], {kPeople[0]}));
    ck_assert_int_eq(fixture.peers["b"]->seen().figures().frames, 0);
}

END_TEST

START_TEST(leg_that_vanishes_is_gone_in_time) {
    Fixture fixture;
    fixture.join(kPeople[0], "a");
    fixture.join(kPeople[1], "b");
    fixture.until("both", [&] {
        return fixture.sees(*fixture.peers["a"], {kPeople[0], kPeople[1]});
    });
    const auto before = g_get_monotonic_time();
    fixture.peers["b"]->vanish();
    fixture.until("the leg to be missed", [&] { return fixture.closed.contains("b"); });
    ck_assert_int_lt((g_get_monotonic_time() - before) / 1000000, 15);
    fixture.until("one tile", [&] { return fixture.sees(*fixture.peers["a"], {kPeople[0]}); });
}

END_TEST

START_TEST(muted_client_is_no_dead_client) {
    Fixture fixture;
    fixture.join(kPeople[0], "a");
    fixture.until("picture", [&] { return fixture.sees(*fixture.peers["a"], {kPeople[0]}); });
    fixture.peers["a"]->setMuted(true, true);
    const auto until = g_get_monotonic_time() + 12'000'000;
    fixture.until("12 s of nothing but RTCP", [&] {
        ck_assert(!fixture.closed.contains("a"));
        return g_get_monotonic_time() > until;
    });
}

END_TEST

START_TEST(viewer_is_neither_heard_nor_seen) {
    Fixture fixture;
    const std::vector<Person> both = {kPeople[0], kPeople[1]};
    fixture.join(kPeople[0], "a");
    fixture.join(kPeople[1], "b");
    const auto& ada = *fixture.peers["a"];
    const auto& bob = *fixture.peers["b"];
    const auto show = [&](const char* role) {
        fixture.call->put({.userId = "bob", .name = "bob", .role = role});
    };
    fixture.until("both",
                  [&] { return fixture.sees(ada, both) && fixture.hears(ada, kPeople[0], both); });
    show("viewer");
    fixture.until("ada alone, for both", [&] {
        return fixture.sees(ada, {kPeople[0]}) && fixture.sees(bob, {kPeople[0]});
    });
    fixture.until("silence", [&] { return ada.heard().levelAt(kPeople[1].toneHz) < -70; });
    ck_assert(fixture.hears(bob, kPeople[1], both));
    show("participant");
    fixture.until("both again",
                  [&] { return fixture.sees(ada, both) && fixture.hears(ada, kPeople[0], both); });
    // And one who comes as a viewer.
    fixture.call->put({.userId = "cy", .name = "cy", .role = "viewer"});
    fixture.offer(kPeople[2], "c");
    fixture.until("the viewer's picture",
                  [&] { return fixture.peers["c"] && fixture.sees(*fixture.peers["c"], both); });
    ck_assert_uint_eq(fixture.tiles.size(), 2);
    // Where a busy machine leaves a gap, the other tone's edges are heard at all frequencies for
    // half a second; a viewer who is heard, is so all the time.
    fixture.until("no sound of the viewer",
                  [&] { return ada.heard().levelAt(kPeople[2].toneHz) < -60; });
}

END_TEST

START_TEST(rung_changes_while_the_picture_goes_on) {
    Fixture fixture;
    fixture.join(kPeople[0], "a");
    fixture.join(kPeople[1], "b");
    ClientPeer& viewer = *fixture.peers["a"];
    fixture.until("both", [&] { return fixture.sees(viewer, {kPeople[0], kPeople[1]}); });
    const auto height = [&] { return viewer.seen().figures().height; };
    ck_assert_int_eq(height(), 720);

    using wire::RungChoice;
    for (const auto& [choice, lines] : {std::pair{RungChoice::P360, 360},
                                        {RungChoice::P180, 180},
                                        {RungChoice::Auto, 720},
                                        {RungChoice::P180, 180}}) {
        fixture.call->setRung({"ada", choice});
        fixture.until("the rung", [&] { return height() == lines; });
        fixture.until("both", [&] { return fixture.sees(viewer, {kPeople[0], kPeople[1]}); });
    }
    // The other one has his own.
    ck_assert_int_eq(fixture.peers["b"]->seen().figures().height, 720);

    fixture.call->setRung({"ada", RungChoice::Audio});
    fixture.until("no more pictures", [&, before = std::uint64_t{0}, since = 0]() mutable {
        const auto frames = viewer.seen().figures().frames;
        since = frames == before ? since + 1 : 0;
        before = frames;
        return since > 50;
    });
    ck_assert(fixture.hears(viewer, kPeople[0], {kPeople[0], kPeople[1]}));
    fixture.call->setRung({"ada", RungChoice::P720});
    fixture.until("the picture again", [&] { return height() == 720; });
}

END_TEST

START_TEST(canvas_and_layout_change_while_the_call_runs) {
    Fixture fixture;
    fixture.join(kPeople[0], "a");
    fixture.join(kPeople[1], "b");
    ClientPeer& viewer = *fixture.peers["a"];
    const auto size = [&] {
        const auto figures = viewer.seen().figures();
        return std::pair(figures.width, figures.height);
    };
    fixture.until("both", [&] { return fixture.sees(viewer, {kPeople[0], kPeople[1]}); });

    wire::Layout solo;
    solo.mode = wire::LayoutMode::Solo;
    solo.pinned = {"bob"};
    fixture.call->setLayout(solo);
    fixture.until("Bob alone", [&] { return fixture.sees(viewer, {kPeople[1]}); });
    ck_assert_int_eq(fixture.tiles.size(), 1);
    ck_assert_int_eq(fixture.tiles[0].width, 1280);

    fixture.call->setCanvas({720, 1280, 25});
    fixture.until("portrait", [&] { return size() == std::pair(720, 1280); });
    fixture.call->setLayout({});
    fixture.call->setCanvas({1920, 1080, 30});
    fixture.until("large", [&] { return size() == std::pair(1920, 1080); });
    ck_assert_int_eq(fixture.tiles.size(), 2);
}

END_TEST

START_TEST(figures_tell_how_a_leg_does) {
    Fixture fixture;
    fixture.join(kPeople[0], "a");
    fixture.join(kPeople[1], "b");
    fixture.until("both", [&] {
        return fixture.sees(*fixture.peers["a"], {kPeople[0], kPeople[1]}) &&
               fixture.sees(*fixture.peers["b"], {kPeople[0], kPeople[1]});
    });
    // The client's first report of what it gets takes some seconds.
    fixture.until("figures of both", [&] {
        return fixture.figures.legs.size() == 2 && fixture.figures.legs[0].down.bitrate > 0 &&
               fixture.figures.legs[0].up.bitrate > 0 && fixture.figures.legs[0].audioLevelDb > -40;
    });
    const wire::LegFigures& leg = fixture.figures.legs[0];
    ck_assert_str_eq(leg.userId.c_str(), "ada");
    ck_assert_str_eq(leg.rung.c_str(), "720p");
    ck_assert_str_eq(leg.codec.c_str(), "VP8");
    // The clip has some 400 kbit/s.
    ck_assert_int_gt(leg.up.bitrate, 50'000);
    ck_assert_int_lt(leg.up.bitrate, 2'000'000);
    ck_assert_double_gt(leg.up.mos, 4.0);
    ck_assert_double_lt(leg.up.loss, 0.05);
    ck_assert_int_eq(fixture.figures.encoders, 1);
    ck_assert_double_gt(fixture.figures.cpuSeconds, 0);
}

END_TEST

START_TEST(newcomer_on_the_same_rung_adds_no_encode) {
    Fixture fixture;
    fixture.join(kPeople[0], "a");
    fixture.join(kPeople[1], "b");
    const auto everyoneSees = [&](const std::vector<Person>& people) {
        return std::all_of(people.begin(), people.end(), [&](const Person& person) {
            const auto& peer = fixture.peers[person.userId.substr(0, 1)];
            return peer && fixture.sees(*peer, people);
        });
    };
    fixture.until("both", [&] { return everyoneSees({kPeople[0], kPeople[1]}); });
    fixture.join(kPeople[2], "c");
    fixture.until("all three", [&] { return everyoneSees(kPeople); });
    fixture.until("figures of three", [&] { return fixture.figures.legs.size() == 3; });
    const wire::Figures before = fixture.figures;
    const auto shown = fixture.peers["c"]->seen().figures().frames;
    fixture.until("three seconds of frames for the third", [&] {
        return fixture.peers["c"]->seen().figures().frames > shown + 75 &&
               fixture.figures.framesPainted > before.framesPainted + 50;
    });
    ck_assert_int_eq(fixture.figures.encoders, 1);
    // Each canvas is encoded once for all; some may be on their way when they are counted.
    constexpr std::int64_t kOnTheirWay = 25;
    const auto painted = fixture.figures.framesPainted - before.framesPainted;
    const auto encoded = fixture.figures.framesEncoded - before.framesEncoded;
    ck_assert_int_le(encoded, painted + kOnTheirWay);
    // Over the whole call too, in which nothing was encoded that had not been painted.
    ck_assert_int_le(fixture.figures.framesEncoded, fixture.figures.framesPainted);
    for (const wire::LegFigures& leg : fixture.figures.legs)
        ck_assert_str_eq(leg.rung.c_str(), "720p");
}

END_TEST

START_TEST(call_without_viewers_decodes_paints_and_encodes_nothing) {
    Fixture fixture;
    const std::vector<Person> both = {kPeople[0], kPeople[1]};
    for (const Person& person : both) {
        fixture.call->put({.userId = person.userId, .name = person.userId});
        fixture.call->setRung({person.userId, wire::RungChoice::Audio});
        fixture.offer(person, person.userId);
    }
    fixture.until("sound", [&] {
        return fixture.peers["ada"] && fixture.peers["bob"] &&
               fixture.hears(*fixture.peers["ada"], kPeople[0], both) &&
               fixture.hears(*fixture.peers["bob"], kPeople[1], both);
    });
    const auto nextFigures = [&] {
        fixture.until("figures", [&, told = fixture.figuresTold] {
            return fixture.figuresTold > told && fixture.figures.legs.size() == 2;
        });
    };
    // The first picture is decoded all the same, so that its seat is taken with it.
    const auto rests = [&, before = std::int64_t{-1}]() mutable {
        nextFigures();
        std::int64_t made = fixture.figures.framesPainted + fixture.figures.framesEncoded;
        for (const wire::LegFigures& leg : fixture.figures.legs)
            made += leg.framesDecoded;
        return std::exchange(before, made) == made;
    };
    fixture.until("a second without frames decoded", rests);
    ck_assert_int_eq(fixture.figures.framesPainted, 0);
    ck_assert_int_eq(fixture.figures.framesEncoded, 0);
    ck_assert_int_eq(fixture.figures.encoders, 0);

    // One looks for a while, then nobody again.
    fixture.call->setRung({"ada", wire::RungChoice::Auto});
    fixture.until("a picture", [&] { return fixture.sees(*fixture.peers["ada"], both); });
    ck_assert_int_eq(fixture.peers["ada"]->seen().figures().height, 720);
    fixture.call->setRung({"ada", wire::RungChoice::Audio});
    // The encoder may still be busy with what it has.
    fixture.until("a second without frames", rests);
    ck_assert_int_gt(fixture.figures.framesPainted, 0);
    ck_assert_int_eq(fixture.figures.encoders, 0);
    ck_assert(fixture.hears(*fixture.peers["ada"], kPeople[0], both));
}

END_TEST

START_TEST(bad_offers_close_only_their_leg) {
    Fixture fixture;
    fixture.join(kPeople[0], "a");
    fixture.until("picture", [&] { return fixture.sees(*fixture.peers["a"], {kPeople[0]}); });
    fixture.call->put({.userId = "mallory", .name = "Mallory"});
    for (const char* sdp : {"", "v=0\r\n", "garbage"}) {
        fixture.closed.clear();
        fixture.call->offer({"mallory", "m", sdp});
        ck_assert_str_eq(fixture.closed["m"].code.c_str(), "bad_request");
    }
    fixture.call->offer({"stranger", "s", "v=0\r\n"});
    ck_assert_str_eq(fixture.closed["s"].code.c_str(), "not_member");
    fixture.call->addCandidate({"a", {"candidate:garbage", "0", 0}});
    fixture.call->addCandidate({"unknown", {"", "0", 0}});
    const auto frames = fixture.peers["a"]->seen().figures().frames;
    fixture.until("more frames",
                  [&] { return fixture.peers["a"]->seen().figures().frames > frames + 25; });
}

END_TEST

int main() {
    return runSuite(
        "pipelines.call",
        {everyone_sees_all_and_hears_the_others,
         sources_that_the_offer_does_not_name_are_told_apart,
         large_frames_come_whole_to_who_cannot_ask_for_packets_again, who_leaves_makes_room,
         new_leg_takes_the_seat_when_it_carries_media,
         wrong_certificate_is_refused_before_it_is_heard, leg_that_vanishes_is_gone_in_time,
         viewer_is_neither_heard_nor_seen, muted_client_is_no_dead_client,
         rung_changes_while_the_picture_goes_on, canvas_and_layout_change_while_the_call_runs,
         figures_tell_how_a_leg_does, newcomer_on_the_same_rung_adds_no_encode,
         call_without_viewers_decodes_paints_and_encodes_nothing, bad_offers_close_only_their_leg},
        240);
}
