#pragma once

#include <vector>

#include "src/wire/messages.h"

namespace mullion {

/// A rectangle on the canvas in pixels from its top left corner; every number is even, as the
/// halved chroma planes of I420 need it.
struct Rect {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    bool operator==(const Rect&) const = default;
};

/// The most tiles that a grid shows.
inline constexpr int kMaxGridTiles = 16;

/// Where `count` pictures of 16:9 stand so that each is as large as it can be: rows from the top
/// left, the last row centred, `gap` pixels between them. More than kMaxGridTiles are not placed.
std::vector<Rect> gridLayout(int count, const wire::Canvas& canvas, int gap = 4);

} // namespace mullion
