#pragma once

#include <cstdint>

#include <string>
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

/// Somebody who may be shown.
struct Attendee {
    std::string userId;
    /// Higher is later; 0: has not spoken yet.
    std::uint64_t lastSpoke = 0;
    /// Higher is later; 0: shares no screen.
    std::uint64_t sharesSince = 0;
};

/// Whose picture stands where.
struct Placed {
    std::string userId;
    wire::PictureSource source = wire::PictureSource::Camera;
    Rect rect;
    wire::Fit fit = wire::Fit::Crop;
    bool operator==(const Placed&) const = default;
};

struct Arrangement {
    /// The layout in force: the presentation takes the place of a grid while somebody shares.
    wire::LayoutMode mode = wire::LayoutMode::Grid;
    std::vector<Placed> tiles = {};
};

/// The most tiles that a grid shows.
inline constexpr int kMaxGridTiles = 25;
/// Pixels between two tiles.
inline constexpr int kTileGap = 4;

/// Who stands where on `canvas`: a pure function of what is asked for and who is there.
///
/// `attendees` come in the order in which they arrived and keep it on the canvas, so that nobody
/// moves without need. Where there are more than tiles, whoever is pinned is shown, then whoever
/// spoke last. `speaker` is the one who speaks now, or empty.
///
/// - grid: equal tiles of 16:9, as large as they can be; the last row is centred.
/// - speaker: the first who is pinned, else the speaker, large; the others in a strip at the
///   right, or below where the canvas is higher than wide.
/// - presentation: the newest screen large and whole, cameras in the strip; as speaker where nobody
///   shares. It comes by itself in place of grid and speaker while somebody does.
/// - solo: one picture fills the canvas: who would be large in the speaker layout.
/// - custom: the asked regions; those that name nobody are filled as a grid would be.
Arrangement arrange(const wire::Layout& layout, const std::vector<Attendee>& attendees,
                    const std::string& speaker, const wire::Canvas& canvas);

/// The same with a margin all around, for a background to be seen in. The custom layout is left as
/// it was asked for.
Arrangement arrangeWithin(const wire::Layout& layout, const std::vector<Attendee>& attendees,
                          const std::string& speaker, const wire::Canvas& canvas);

/// Where `count` pictures of 16:9 stand so that each is as large as it can be: rows from the top
/// left, the last row centred. More than kMaxGridTiles are not placed.
std::vector<Rect> gridLayout(int count, const wire::Canvas& canvas, int gap = kTileGap);

} // namespace mullion
