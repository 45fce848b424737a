#pragma once

#include <cstdint>

#include <functional>
#include <vector>

#include <cairo.h>

#include "pipelines/mix/picture.h"

namespace mullion {

/// Something drawn once with Cairo that is blended into many frames: a name, a border, a corner.
/// Kept as I420 with its share already multiplied in, so that blending is one multiplication a
/// pixel. Immutable.
class Sticker {
public:
    /// Calls `paint` with a transparent surface of `width` × `height` pixels, both even.
    Sticker(int width, int height, const std::function<void(cairo_t*)>& paint);

    /// Blends it in with its top left corner at (x, y), both even; what lies outside is left out.
    /// `opacity` is 0 to 256.
    void blend(const MutablePlanes& canvas, int x, int y, int opacity = 256) const;

    /// Where it covers the canvas, `behind` shows, which has the canvas' size.
    void cutOut(const MutablePlanes& canvas, int x, int y, const ConstPlanes& behind) const;

    int width() const { return width_; }

    int height() const { return height_; }

private:
    /// A plane of `width` × `height`: its colour times its cover, and the cover, 0 to 255.
    struct Plane {
        int width = 0;
        int height = 0;
        std::vector<std::uint8_t> colour;
        std::vector<std::uint8_t> cover;

        void blend(std::uint8_t* pixels, int stride, int canvasWidth, int canvasHeight, int x,
                   int y, int opacity) const;
        void cutOut(std::uint8_t* pixels, int stride, int canvasWidth, int canvasHeight, int x,
                    int y, const std::uint8_t* behind, int behindStride) const;
    };

    int width_ = 0;
    int height_ = 0;
    Plane y_;
    Plane u_;
    Plane v_;
};

/// Draws a picture that covers all of its `width` × `height` pixels.
Picture drawPicture(int width, int height, const std::function<void(cairo_t*)>& paint);

} // namespace mullion
