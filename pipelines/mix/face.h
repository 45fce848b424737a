#pragma once

#include <memory>
#include <string>

#include "pipelines/mix/sticker.h"

namespace mullion {

/// What is drawn on and around a tile, by Pango and Cairo at the canvas' resolution. Each takes
/// about a millisecond: draw once, blend often.

/// Pixels of a tile's round corners and of the border around who speaks.
inline constexpr int kCorner = 8;
inline constexpr int kBorder = 3;

/// The pill with the name, and the muted sign in it, for a tile of this size. A long name ends in
/// an ellipsis.
std::shared_ptr<const Sticker> drawName(const std::string& name, bool muted, int tileWidth,
                                        int tileHeight);

/// Pixels between the pill and the tile's left and lower edge.
int nameInset(int tileHeight);

/// For who has no picture: his initials in a circle whose colour follows from his id.
std::shared_ptr<const Picture> drawAvatar(const std::string& userId, const std::string& name,
                                          int width, int height);

/// The sign on a tile whose picture has stopped coming.
std::shared_ptr<const Sticker> drawStalledSign(int tileHeight);

/// Rounds a tile's corners and borders it, drawn in pieces, since its middle stays as it is.
class Frame {
public:
    Frame(int width, int height);

    int width() const { return width_; }

    int height() const { return height_; }

    /// The stage's colour outside of the round corners of the tile at (x, y), or what is behind it.
    void blendCorners(const MutablePlanes& canvas, int x, int y, const Picture* behind) const;
    /// The accent border around who speaks; `opacity` is 0 to 256.
    void blendBorder(const MutablePlanes& canvas, int x, int y, int opacity) const;

private:
    int width_ = 0;
    int height_ = 0;
    /// Of the tile: top with both upper corners, bottom with both lower ones, and the sides
    /// between.
    Sticker cornersTop_;
    Sticker cornersBottom_;
    Sticker borderTop_;
    Sticker borderBottom_;
    Sticker borderLeft_;
    Sticker borderRight_;
};

} // namespace mullion
