#include "pipelines/mix/face.h"

#include <array>
#include <cmath>

#include "pipelines/mix/drawing.h"

namespace mullion {

namespace {

/// Eight colours that carry white text (WCAG AA, 4.5:1).
constexpr std::array<Colour, 8> kAvatarColours = {{{0x0b, 0x7a, 0x67},
                                                   {0x2f, 0x5f, 0xb3},
                                                   {0x8a, 0x4b, 0xa8},
                                                   {0xb0, 0x3a, 0x5b},
                                                   {0x9a, 0x52, 0x12},
                                                   {0x4d, 0x6b, 0x1f},
                                                   {0x3d, 0x5a, 0x80},
                                                   {0x7a, 0x4a, 0x3a}}};

/// A microphone with a bar across, in a square of `size` pixels.
void mutedSign(cairo_t* cairo, double x, double y, double size) {
    kDanger.use(cairo);
    cairo_set_line_width(cairo, size / 10);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    roundedRectangle(cairo, x + size * .37, y + size * .08, size * .26, size * .48, size * .13);
    cairo_fill(cairo);
    cairo_arc(cairo, x + size / 2, y + size * .45, size * .28, 0, kPi);
    cairo_stroke(cairo);
    cairo_move_to(cairo, x + size / 2, y + size * .74);
    cairo_line_to(cairo, x + size / 2, y + size * .92);
    cairo_stroke(cairo);
    cairo_move_to(cairo, x + size * .14, y + size * .1);
    cairo_line_to(cairo, x + size * .86, y + size * .86);
    cairo_stroke(cairo);
}

/// The first letters of the first and last word of a name; one letter where the script joins its
/// letters, since two would read as a word.
std::string initials(const std::string& name) {
    std::string first;
    std::string last;
    bool atWord = true;
    for (const char* at = name.c_str(); *at; at = g_utf8_next_char(at)) {
        const gunichar character = g_utf8_get_char(at);
        if (atWord && g_unichar_isalnum(character)) {
            (first.empty() ? first : last)
                .assign(at, static_cast<std::size_t>(g_utf8_next_char(at) - at));
            const GUnicodeScript script = g_unichar_get_script(character);
            if (script == G_UNICODE_SCRIPT_ARABIC || script == G_UNICODE_SCRIPT_DEVANAGARI) break;
        }
        atWord = g_unichar_isspace(character);
    }
    const GCharPtr upper(g_utf8_strup((first + last).c_str(), -1));
    return upper.get();
}

/// Everything that is outside of a tile's round corners, seen through a window of it that begins
/// `top` pixels below its upper edge.
Sticker corners(int width, int height, int top) {
    return {width, kCorner, [=](cairo_t* cairo) {
                kStageColour.use(cairo);
                cairo_paint(cairo);
                cairo_set_operator(cairo, CAIRO_OPERATOR_CLEAR);
                roundedRectangle(cairo, 0, -top, width, height, kCorner);
                cairo_fill(cairo);
            }};
}

/// The border of a tile of `width` × `height`, seen through a window of it.
Sticker border(int width, int height, const Rect& window) {
    return {window.width, window.height, [=](cairo_t* cairo) {
                kAccent.use(cairo);
                cairo_set_line_width(cairo, kBorder);
                roundedRectangle(cairo, kBorder / 2.0 - window.x, kBorder / 2.0 - window.y,
                                 width - kBorder, height - kBorder, kCorner - kBorder / 2.0);
                cairo_stroke(cairo);
            }};
}

} // namespace

std::shared_ptr<const Sticker> drawName(const std::string& name, bool muted, int tileWidth,
                                        int tileHeight) {
    const double text = std::max(13.0, tileHeight * 0.032);
    const int height = (static_cast<int>(std::ceil(text * 1.9)) + 1) & ~1;
    const double padding = text * 0.6;
    const double sign = muted ? text * 1.35 : 0;
    const double available = tileWidth - 2 * nameInset(tileHeight) - 2 * padding - sign;

    // The pill is as wide as the name.
    const int nameWidth = widthOf(name, text, false);
    const double shown = std::max(0.0, std::min<double>(nameWidth, available));
    const int width = (static_cast<int>(std::ceil(shown + 2 * padding + sign)) + 1) & ~1;
    return std::make_shared<Sticker>(width, height, [&](cairo_t* cairo) {
        roundedRectangle(cairo, 0, 0, width, height, height / 2.0);
        cairo_set_source_rgba(cairo, 0, 0, 0, 0.6);
        cairo_fill(cairo);
        if (muted) mutedSign(cairo, padding * .7, (height - text * 1.15) / 2, text * 1.15);
        const auto layout = layoutText(cairo, name, text, false);
        limitWidth(layout.get(), shown);
        int textHeight = 0;
        pango_layout_get_pixel_size(layout.get(), nullptr, &textHeight);
        kWhite.use(cairo);
        cairo_move_to(cairo, padding + sign, (height - textHeight) / 2.0);
        pango_cairo_show_layout(cairo, layout.get());
    });
}

int nameInset(int tileHeight) {
    return std::max(6, tileHeight / 60) & ~1;
}

std::shared_ptr<const Picture> drawAvatar(const std::string& userId, const std::string& name,
                                          int width, int height) {
    const Colour& colour = kAvatarColours[g_str_hash(userId.c_str()) % kAvatarColours.size()];
    return std::make_shared<Picture>(drawPicture(width, height, [&](cairo_t* cairo) {
        kRaisedColour.use(cairo);
        cairo_paint(cairo);
        const double radius = std::min(width, height) * 0.22;
        cairo_arc(cairo, width / 2.0, height / 2.0, radius, 0, 2 * kPi);
        colour.use(cairo);
        cairo_fill(cairo);
        const auto layout = layoutText(cairo, initials(name), radius * 0.8, true);
        PangoRectangle ink;
        pango_layout_get_pixel_extents(layout.get(), &ink, nullptr);
        kWhite.use(cairo);
        cairo_move_to(cairo, (width - ink.width) / 2.0 - ink.x,
                      (height - ink.height) / 2.0 - ink.y);
        pango_cairo_show_layout(cairo, layout.get());
    }));
}

std::shared_ptr<const Sticker> drawStalledSign(int tileHeight) {
    const int size = std::max(28, tileHeight / 8) & ~1;
    return std::make_shared<Sticker>(size, size, [size](cairo_t* cairo) {
        cairo_arc(cairo, size / 2.0, size / 2.0, size / 2.0, 0, 2 * kPi);
        cairo_set_source_rgba(cairo, 0, 0, 0, 0.6);
        cairo_fill(cairo);
        kWarn.use(cairo);
        cairo_set_line_width(cairo, size / 14.0);
        cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
        // Waves of a signal, and the bar that says there is none.
        for (const double radius : {.14, .26, .38}) {
            cairo_arc(cairo, size / 2.0, size * .72, size * radius, kPi * 1.25, kPi * 1.75);
            cairo_stroke(cairo);
        }
        cairo_move_to(cairo, size * .26, size * .26);
        cairo_line_to(cairo, size * .74, size * .74);
        cairo_stroke(cairo);
    });
}

Frame::Frame(int width, int height)
    : width_(width)
    , height_(height)
    , cornersTop_(corners(width, height, 0))
    , cornersBottom_(corners(width, height, height - kCorner))
    , borderTop_(border(width, height, {0, 0, width, kCorner}))
    , borderBottom_(border(width, height, {0, height - kCorner, width, kCorner}))
    , borderLeft_(border(width, height, {0, kCorner, 4, height - 2 * kCorner}))
    , borderRight_(border(width, height, {width - 4, kCorner, 4, height - 2 * kCorner})) {}

void Frame::blendCorners(const MutablePlanes& canvas, int x, int y, const Picture* behind) const {
    if (behind) {
        cornersTop_.cutOut(canvas, x, y, behind->planes());
        cornersBottom_.cutOut(canvas, x, y + height_ - kCorner, behind->planes());
        return;
    }
    cornersTop_.blend(canvas, x, y);
    cornersBottom_.blend(canvas, x, y + height_ - kCorner);
}

void Frame::blendBorder(const MutablePlanes& canvas, int x, int y, int opacity) const {
    borderTop_.blend(canvas, x, y, opacity);
    borderBottom_.blend(canvas, x, y + height_ - kCorner, opacity);
    borderLeft_.blend(canvas, x, y + kCorner, opacity);
    borderRight_.blend(canvas, x + width_ - 4, y + kCorner, opacity);
}

} // namespace mullion
