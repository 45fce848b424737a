// Snapshots of real calls: what is in the picture, while somebody watches and while nobody does.
#include "tests/pipelines/call_fixture.h"
#include "tests/pipelines/decoded_jpeg.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

const std::vector<Person> kBoth = {kPeople[0], kPeople[1]};

/// A call in which everybody takes sound alone, so that no picture is decoded, painted or encoded.
void joinIdle(Fixture& fixture, const std::vector<Person>& people) {
    for (const Person& person : people) {
        fixture.call->put({.userId = person.userId, .name = person.userId});
        fixture.call->setRung({person.userId, wire::RungChoice::Audio});
        fixture.offer(person, person.userId);
    }
    fixture.until("all seated", [&] { return fixture.tiles.size() == people.size(); });
    fixture.until("sound", [&] {
        return fixture.hears(*fixture.peers[people[0].userId], people[0], people);
    });
}

DecodedJpeg snapshot(Fixture& fixture, int width = 0) {
    static int number = 0;
    const std::string request = "r" + std::to_string(++number);
    fixture.call->takeSnapshot({request, width});
    fixture.until("a snapshot", [&] { return fixture.snapshots.contains(request); });
    const wire::Snapshot& taken = fixture.snapshots[request];
    ck_assert_str_eq(taken.failure, "");
    return DecodedJpeg(*taken.jpeg);
}

/// The middle of somebody's tile, wherever the layout has it.
std::array<int, 3> middleOf(const Fixture& fixture, const DecodedJpeg& picture,
                            const std::string& userId) {
    for (const wire::Tile& tile : fixture.tiles)
        if (tile.userId == userId)
            return picture.at((tile.x + tile.width / 2) * picture.width / 1280,
                              (tile.y + tile.height / 2) * picture.height / 720);
    ck_abort_msg("no tile of %s", userId.c_str());
    return {};
}

bool isNear(const std::array<int, 3>& seen, const participant::Colour& wanted) {
    for (std::size_t i = 0; i < 3; ++i)
        if (std::abs(seen[i] - wanted[i]) > 40) return false;
    return true;
}

void expectPeople(const Fixture& fixture, const DecodedJpeg& picture,
                  const std::vector<Person>& people) {
    ck_assert_uint_eq(fixture.tiles.size(), people.size());
    for (const Person& person : people) {
        const auto seen = middleOf(fixture, picture, person.userId);
        ck_assert_msg(isNear(seen, person.colour), "%s's tile is %d,%d,%d", person.userId.c_str(),
                      seen[0], seen[1], seen[2]);
    }
}

} // namespace

START_TEST(snapshot_shows_what_those_who_watch_see) {
    Fixture fixture;
    for (const Person& person : kPeople)
        fixture.join(person, person.userId);
    fixture.until("a picture", [&] { return fixture.sees(*fixture.peers["ada"], kPeople); });
    const DecodedJpeg whole = snapshot(fixture);
    ck_assert_int_eq(whole.width, 1280);
    ck_assert_int_eq(whole.height, 720);
    expectPeople(fixture, whole, kPeople);
    const DecodedJpeg small = snapshot(fixture, 320);
    ck_assert_int_eq(small.width, 320);
    ck_assert_int_eq(small.height, 180);
    expectPeople(fixture, small, kPeople);
    // Those who watch go on watching.
    const auto frames = fixture.peers["ada"]->seen().figures().frames;
    fixture.until("more frames",
                  [&] { return fixture.peers["ada"]->seen().figures().frames > frames + 25; });
    ck_assert(fixture.sees(*fixture.peers["ada"], kPeople));
}

END_TEST

START_TEST(snapshot_of_an_idle_call_shows_it_as_it_is_now) {
    Fixture fixture;
    joinIdle(fixture, kBoth);
    const auto nextFigures = [&] {
        fixture.until("figures", [&, told = fixture.figuresTold] {
            return fixture.figuresTold > told && fixture.figures.legs.size() == 2;
        });
    };
    // Longer than it takes to call a camera stalled.
    for (int i = 0; i < 5; ++i)
        nextFigures();
    ck_assert_int_eq(fixture.figures.framesPainted, 0);
    const auto decoded = fixture.figures.legs[0].framesDecoded;
    expectPeople(fixture, snapshot(fixture), kBoth);
    nextFigures();
    ck_assert_int_eq(fixture.figures.framesPainted, 1);
    ck_assert_int_eq(fixture.figures.framesEncoded, 0);
    ck_assert_int_gt(fixture.figures.legs[0].framesDecoded, decoded);

    // It is laid out anew meanwhile; nothing of where they were is to be seen.
    wire::Layout solo;
    solo.mode = wire::LayoutMode::Solo;
    solo.pinned = {"bob"};
    fixture.call->setLayout(solo);
    const DecodedJpeg alone = snapshot(fixture, 640);
    expectPeople(fixture, alone, {kPeople[1]});
    for (const auto& [x, y] : {std::pair{40, 180}, {600, 180}, {320, 20}})
        ck_assert_msg(isNear(alone.at(x, y), kPeople[1].colour), "another colour at %d,%d", x, y);

    // When nobody looks any more, all rests again.
    fixture.until("a second without frames decoded", [&, before = -1]() mutable {
        nextFigures();
        const int now =
            fixture.figures.legs[0].framesDecoded + fixture.figures.legs[1].framesDecoded;
        return std::exchange(before, now) == now;
    });
    ck_assert_int_eq(fixture.figures.framesPainted, 2);
}

END_TEST

START_TEST(snapshot_has_avatars_for_those_without_a_camera) {
    Fixture fixture;
    joinIdle(fixture, kBoth);
    fixture.call->put({.userId = "bob", .name = "bob", .videoMuted = true});
    const DecodedJpeg picture = snapshot(fixture);
    ck_assert(isNear(middleOf(fixture, picture, "ada"), kPeople[0].colour));
    ck_assert(!isNear(middleOf(fixture, picture, "bob"), kPeople[1].colour));
    // A client that says nothing and sends nothing is not waited for for ever.
    fixture.peers["ada"]->setMuted(true, true);
    fixture.call->put({.userId = "cy", .name = "cy"});
    fixture.call->setRung({"cy", wire::RungChoice::Audio});
    fixture.offer(kPeople[2], "cy");
    fixture.until("the third", [&] { return fixture.tiles.size() == 3; });
    ck_assert(isNear(middleOf(fixture, snapshot(fixture), "cy"), kPeople[2].colour));
}

END_TEST

START_TEST(snapshot_of_an_empty_call_shows_the_stage) {
    Fixture fixture;
    const DecodedJpeg picture = snapshot(fixture, 160);
    ck_assert_int_eq(picture.width, 160);
    ck_assert_int_eq(picture.height, 90);
    for (const auto& [x, y] : {std::pair{0, 0}, {80, 45}, {159, 89}})
        ck_assert(isNear(picture.at(x, y), {14, 17, 22}));
}

END_TEST

START_TEST(requests_at_once_are_all_answered) {
    Fixture fixture;
    joinIdle(fixture, kBoth);
    for (int i = 0; i < 20; ++i)
        fixture.call->takeSnapshot({"all" + std::to_string(i), 16 + 97 * i});
    fixture.until("all of them", [&] { return fixture.snapshots.size() == 20; });
    for (const auto& [request, taken] : fixture.snapshots) {
        const DecodedJpeg picture(*taken.jpeg);
        if (picture.width >= 640) expectPeople(fixture, picture, kBoth);
    }
    // A call that ends while pictures are taken ends in peace.
    fixture.call->takeSnapshot({"last", 0});
    fixture.call.reset();
}

END_TEST

int main() {
    return runSuite("pipelines.snapshot",
                    {snapshot_shows_what_those_who_watch_see,
                     snapshot_of_an_idle_call_shows_it_as_it_is_now,
                     snapshot_has_avatars_for_those_without_a_camera,
                     snapshot_of_an_empty_call_shows_the_stage, requests_at_once_are_all_answered},
                    240);
}
