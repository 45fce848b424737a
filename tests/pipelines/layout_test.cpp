#include "pipelines/mix/layout.h"

#include "tests/support/suite.h"

using namespace mullion;

namespace {

bool overlap(const Rect& a, const Rect& b) {
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
           b.y < a.y + a.height;
}

} // namespace

START_TEST(grid_places_every_count_without_overlap) {
    for (const wire::Canvas canvas : {wire::Canvas{1280, 720, 25}, wire::Canvas{720, 1280, 25}}) {
        for (int count = 1; count <= kMaxGridTiles; ++count) {
            const auto tiles = gridLayout(count, canvas);
            ck_assert_int_eq(tiles.size(), count);
            for (std::size_t i = 0; i < tiles.size(); ++i) {
                const Rect& tile = tiles[i];
                ck_assert_int_ge(tile.x, 0);
                ck_assert_int_ge(tile.y, 0);
                ck_assert_int_le(tile.x + tile.width, canvas.width);
                ck_assert_int_le(tile.y + tile.height, canvas.height);
                ck_assert_int_eq((tile.x | tile.y | tile.width | tile.height) & 1, 0);
                ck_assert_msg(std::abs(tile.width * 9 - tile.height * 16) <= 32,
                              "%dx%d is not 16:9", tile.width, tile.height);
                for (std::size_t other = 0; other < i; ++other)
                    ck_assert(!overlap(tile, tiles[other]));
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

    for (const Row& row : {Row{1, 1, 1280}, Row{2, 2, 630}, Row{3, 2, 630}, Row{4, 2, 630},
                           Row{5, 3, 420}, Row{9, 3, 420}, Row{10, 4, 314}, Row{16, 4, 314}}) {
        const auto tiles = gridLayout(row.count, {});
        ck_assert_int_ge(tiles[0].width, row.minWidth);
        int inFirstRow = 0;
        for (const Rect& tile : tiles)
            inFirstRow += tile.y == tiles[0].y;
        ck_assert_int_eq(inFirstRow, std::min(row.columns, row.count));
    }
}

END_TEST

START_TEST(grid_of_nobody_or_too_many) {
    ck_assert(gridLayout(0, {}).empty());
    ck_assert_int_eq(gridLayout(99, {}).size(), kMaxGridTiles);
}

END_TEST

int main() {
    return test::runSuite("pipelines.layout", {grid_places_every_count_without_overlap,
                                               grid_uses_the_canvas, grid_of_nobody_or_too_many});
}
