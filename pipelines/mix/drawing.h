#pragma once

#include <string>

#include <pango/pangocairo.h>

#include "src/base/gref.h"

namespace mullion {

/// What everything that is drawn on the canvas is drawn with: colours, letters, shapes.

inline constexpr double kPi = 3.14159265358979323846;

struct Colour {
    int red = 0;
    int green = 0;
    int blue = 0;

    void use(cairo_t* cairo) const {
        cairo_set_source_rgb(cairo, red / 255.0, green / 255.0, blue / 255.0);
    }
};

inline constexpr Colour kStageColour{0x0e, 0x11, 0x16};
inline constexpr Colour kRaisedColour{0x1f, 0x26, 0x30};
inline constexpr Colour kAccent{0x3e, 0xcf, 0xb2};
inline constexpr Colour kDanger{0xff, 0x6b, 0x5e};
inline constexpr Colour kWarn{0xf2, 0xb8, 0x4b};
inline constexpr Colour kWhite{0xff, 0xff, 0xff};
inline constexpr Colour kQuiet{0xa9, 0xb4, 0xc0};

/// One line of text in letters of this height, in a font that has every script.
GRef<PangoLayout> layoutText(cairo_t* cairo, const std::string& text, double pixels, bool bold);

/// How wide that line is, in pixels.
int widthOf(const std::string& text, double pixels, bool bold);

/// Lets it end in an ellipsis after this many pixels.
void limitWidth(PangoLayout* layout, double pixels);

/// Adds it to the path.
void roundedRectangle(cairo_t* cairo, double x, double y, double width, double height,
                      double radius);

} // namespace mullion
