#include "pipelines/mix/layout.h"

#include <algorithm>

namespace mullion {

namespace {

constexpr int even(int number) {
    return number & ~1;
}

struct Size {
    int width = 0;
    int height = 0;
};

/// The largest 16:9 tile of which `columns` by `rows` fit on the canvas.
Size tileSize(int columns, int rows, const wire::Canvas& canvas, int gap) {
    const int widest = (canvas.width - gap * (columns - 1)) / columns;
    const int highest = (canvas.height - gap * (rows - 1)) / rows;
    const int width = std::min(widest, highest * 16 / 9);
    return {even(width), even(std::min(highest, width * 9 / 16))};
}

} // namespace

std::vector<Rect> gridLayout(int count, const wire::Canvas& canvas, int gap) {
    count = std::clamp(count, 0, kMaxGridTiles);
    if (count == 0) return {};

    int columns = 1;
    for (int candidate = 1; candidate <= count; ++candidate) {
        const auto rows = [count](int across) { return (count + across - 1) / across; };
        if (tileSize(candidate, rows(candidate), canvas, gap).width >
            tileSize(columns, rows(columns), canvas, gap).width)
            columns = candidate;
    }
    const int rows = (count + columns - 1) / columns;
    const Size tile = tileSize(columns, rows, canvas, gap);

    std::vector<Rect> tiles;
    const int top = (canvas.height - rows * tile.height - (rows - 1) * gap) / 2;
    for (int index = 0; index < count; ++index) {
        const int row = index / columns;
        const int inRow = std::min(columns, count - row * columns);
        const int left = (canvas.width - inRow * tile.width - (inRow - 1) * gap) / 2;
        tiles.push_back({even(left + (index % columns) * (tile.width + gap)),
                         even(top + row * (tile.height + gap)), tile.width, tile.height});
    }
    return tiles;
}

} // namespace mullion
