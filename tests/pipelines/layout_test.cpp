#include "pipelines/mix/layout.h"

#include <algorithm>

#include "tests/support/suite.h"

using namespace mullion;
using wire::Fit;
using wire::LayoutMode;
using wire::PictureSource;

namespace {

bool overlap(const Rect& a, const Rect& b) {
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
           b.y < a.y + a.height;
}

/// People named a, b, c …; letters in `sharing` share, in this order.
std::vector<Attendee> people(int count, const std::string& sharing = "") {
    std::vector<Attendee> list;
    for (int i = 0; i < count; ++i) {
        const char name = static_cast<char>('a' + i);
        const auto at = sharing.find(name);
        list.push_back({std::string(1, name), 0, at == std::string::npos ? 0 : at + 1});
    }
    return list;
}

/// Who stands in the tiles, one letter each, a screen in upper case.
std::string cast(const Arrangement& arrangement) {
    std::string text;
    for (const Placed& tile : arrangement.tiles)
        text += tile.source == PictureSource::Screen
                    ? static_cast<char>(std::toupper(tile.userId[0]))
                    : tile.userId[0];
    return text;
}

void assertSound(const Arrangement& arrangement, const wire::Canvas& canvas) {
    for (std::size_t i = 0; i < arrangement.tiles.size(); ++i) {
        const Rect& tile = arrangement.tiles[i].rect;
        ck_assert_int_ge(tile.x, 0);
        ck_assert_int_ge(tile.y, 0);
        ck_assert_int_gt(tile.width, 0);
        ck_assert_int_gt(tile.height, 0);
        ck_assert_int_le(tile.x + tile.width, canvas.width);
        ck_assert_int_le(tile.y + tile.height, canvas.height);
        ck_assert_int_eq((tile.x | tile.y | tile.width | tile.height) & 1, 0);
        for (std::size_t other = 0; other < i; ++other)
            ck_assert_msg(!overlap(tile, arrangement.tiles[other].rect),
                          "tiles %zu and %zu overlap", other, i);
    }
}

} // namespace

START_TEST(every_layout_places_every_count_without_overlap) {
    for (const wire::Canvas& canvas : {wire::Canvas{1280, 720, 25}, wire::Canvas{1920, 1080, 30},
                                       wire::Canvas{720, 1280, 25}, wire::Canvas{640, 480, 15}}) {
        for (const auto mode :
             {LayoutMode::Grid, LayoutMode::Speaker, LayoutMode::Presentation, LayoutMode::Solo}) {
            for (int count = 0; count <= 30; ++count) {
                for (const char* sharing : {"", "a"}) {
                    const auto placed = arrange({mode}, people(count, sharing), "b", canvas);
                    assertSound(placed, canvas);
                    ck_assert_int_eq(placed.tiles.empty(), count == 0);
                }
            }
        }
    }
}

END_TEST

START_TEST(grid_uses_the_canvas) {
    struct Row {
        int count;
        int columns;
        int minWidth;
    };

    for (const Row& row :
         {Row{1, 1, 1280}, Row{2, 2, 630}, Row{3, 2, 630}, Row{4, 2, 630}, Row{5, 3, 420},
          Row{9, 3, 420}, Row{10, 4, 314}, Row{16, 4, 314}, Row{17, 5, 248}, Row{25, 5, 248}}) {
        const auto tiles = gridLayout(row.count, {});
        ck_assert_int_ge(tiles[0].width, row.minWidth);
        int inFirstRow = 0;
        for (const Rect& tile : tiles) {
            inFirstRow += tile.y == tiles[0].y;
            ck_assert_msg(std::abs(tile.width * 9 - tile.height * 16) <= 32, "%dx%d is not 16:9",
                          tile.width, tile.height);
        }
        ck_assert_int_eq(inFirstRow, std::min(row.columns, row.count));
    }
    ck_assert(gridLayout(0, {}).empty());
    ck_assert_int_eq(gridLayout(99, {}).size(), kMaxGridTiles);
}

END_TEST

START_TEST(who_stands_where) {
    struct Row {
        const char* what;
        LayoutMode mode;
        int count;
        const char* sharing;
        std::vector<std::string> pinned;
        const char* speaker;
        LayoutMode inForce;
        const char* cast;
    };

    using M = LayoutMode;
    const Row rows[] = {
        {"nobody", M::Grid, 0, "", {}, "", M::Grid, ""},
        {"arrival order", M::Grid, 4, "", {}, "c", M::Grid, "abcd"},
        {"the speaker is large", M::Speaker, 4, "", {}, "c", M::Speaker, "cabd"},
        {"silence: the first", M::Speaker, 3, "", {}, "", M::Speaker, "abc"},
        {"a pin beats the speaker", M::Speaker, 4, "", {"d"}, "c", M::Speaker, "dabc"},
        {"who pins an absent one", M::Speaker, 3, "", {"x"}, "b", M::Speaker, "bac"},
        {"the strip has five", M::Speaker, 9, "", {}, "", M::Speaker, "abcdef"},
        {"a screen takes over the grid", M::Grid, 3, "b", {}, "", M::Presentation, "Babc"},
        {"and the speaker layout", M::Speaker, 3, "b", {}, "c", M::Presentation, "Babc"},
        {"but no solo", M::Solo, 3, "b", {}, "c", M::Solo, "c"},
        {"the newest screen", M::Grid, 3, "bc", {}, "", M::Presentation, "Cabc"},
        {"the pinned screen", M::Grid, 3, "bc", {"b"}, "", M::Presentation, "Babc"},
        {"no screen yet", M::Presentation, 3, "", {}, "b", M::Presentation, "bac"},
        {"solo is the pinned", M::Solo, 3, "", {"b"}, "c", M::Solo, "b"},
        {"solo of who shares", M::Solo, 3, "b", {"b"}, "", M::Solo, "B"},
    };
    for (const Row& row : rows) {
        const auto placed =
            arrange({row.mode, row.pinned}, people(row.count, row.sharing), row.speaker, {});
        ck_assert_msg(cast(placed) == row.cast, "%s: %s, not %s", row.what, cast(placed).c_str(),
                      row.cast);
        ck_assert_msg(placed.mode == row.inForce, "%s: mode %s", row.what, name(placed.mode));
    }
}

END_TEST

START_TEST(recent_speakers_are_shown_where_tiles_are_few) {
    auto list = people(26);
    list.push_back({"z", /*lastSpoke=*/9});
    const auto placed = arrange({}, list, "", {});
    ck_assert_int_eq(placed.tiles.size(), kMaxGridTiles);
    // In the order of their arrival: nobody who stays moves but by one.
    ck_assert(cast(placed) == "abcdefghijklmnopqrstuvwxz");
    const auto pinned = arrange({LayoutMode::Grid, {"y"}}, list, "", {});
    ck_assert(cast(pinned) == "abcdefghijklmnopqrstuvwyz");
}

END_TEST

START_TEST(a_screen_is_whole_and_cameras_as_asked) {
    wire::Layout layout;
    layout.fit = Fit::Crop;
    const auto placed = arrange(layout, people(3, "a"), "", {});
    ck_assert(placed.tiles[0].fit == Fit::Pad);
    ck_assert(placed.tiles[1].fit == Fit::Crop);
    ck_assert_int_ge(placed.tiles[0].rect.width, 1000);
    layout.fit = Fit::Pad;
    ck_assert(arrange(layout, people(3), "", {}).tiles[1].fit == Fit::Pad);
}

END_TEST

START_TEST(custom_regions) {
    wire::Layout layout;
    layout.mode = LayoutMode::Custom;
    layout.regions = {{0, 0, 641, 361, "c"},
                      {700, 0, 300, 200},
                      {1200, 600, 400, 400},
                      {0, 400, 100, 100, "x"},
                      {1280, 0, 10, 10}};
    const auto placed = arrange(layout, people(3), "", {});
    // x is not there, and the last region lies outside.
    ck_assert(cast(placed) == "cab");
    ck_assert((placed.tiles[0].rect == Rect{0, 0, 640, 360}));
    ck_assert((placed.tiles[2].rect == Rect{1200, 600, 80, 120}));
}

END_TEST

int main() {
    return test::runSuite("pipelines.layout",
                          {every_layout_places_every_count_without_overlap, grid_uses_the_canvas,
                           who_stands_where, recent_speakers_are_shown_where_tiles_are_few,
                           a_screen_is_whole_and_cameras_as_asked, custom_regions});
}
