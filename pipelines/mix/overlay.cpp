#include "pipelines/mix/overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include <pango/pangocairo.h>

namespace mullion {

namespace {

using Surface = GPtr<cairo_surface_t, cairo_surface_destroy>;
using Cairo = GPtr<cairo_t, cairo_destroy>;

constexpr double kPi = 3.14159265358979323846;
constexpr int kCorner = 8;
constexpr double kStage[] = {0x0e / 255.0, 0x11 / 255.0, 0x16 / 255.0};

/// Eight colours that carry white text (WCAG AA, 4.5:1).
constexpr std::array<std::array<int, 3>, 8> kAvatarColours = {{{0x0b, 0x7a, 0x67},
                                                               {0x2f, 0x5f, 0xb3},
                                                               {0x8a, 0x4b, 0xa8},
                                                               {0xb0, 0x3a, 0x5b},
                                                               {0x9a, 0x52, 0x12},
                                                               {0x4d, 0x6b, 0x1f},
                                                               {0x3d, 0x5a, 0x80},
                                                               {0x7a, 0x4a, 0x3a}}};

/// Draws on a transparent surface of `width` × `height` and makes it a rectangle at (x, y).
GRef<GstVideoOverlayRectangle> draw(int x, int y, int width, int height,
                                    const std::function<void(cairo_t*)>& paint) {
    const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height));
    {
        const Cairo cairo(cairo_create(surface.get()));
        paint(cairo.get());
    }
    cairo_surface_flush(surface.get());
    const auto stride = static_cast<gsize>(cairo_image_surface_get_stride(surface.get()));
    auto pixels = GRef<GstBuffer>::adopt(gst_buffer_new_memdup(
        cairo_image_surface_get_data(surface.get()), stride * static_cast<gsize>(height)));
    gst_buffer_add_video_meta(pixels.get(), GST_VIDEO_FRAME_FLAG_NONE,
                              GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, width, height);
    return GRef<GstVideoOverlayRectangle>::adopt(gst_video_overlay_rectangle_new_raw(
        pixels.get(), x, y, width, height, GST_VIDEO_OVERLAY_FORMAT_FLAG_PREMULTIPLIED_ALPHA));
}

GRef<PangoLayout> layoutText(cairo_t* cairo, const std::string& text, double pixels, bool bold) {
    auto layout = GRef<PangoLayout>::adopt(pango_cairo_create_layout(cairo));
    const GPtr<PangoFontDescription, pango_font_description_free> font(
        pango_font_description_from_string("Inter, Noto Sans, DejaVu Sans, sans-serif"));
    pango_font_description_set_absolute_size(font.get(), pixels * PANGO_SCALE);
    pango_font_description_set_weight(font.get(),
                                      bold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_MEDIUM);
    pango_layout_set_font_description(layout.get(), font.get());
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    return layout;
}

void roundedRectangle(cairo_t* cairo, double x, double y, double width, double height,
                      double radius) {
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, x + width - radius, y + radius, radius, -kPi / 2, 0);
    cairo_arc(cairo, x + width - radius, y + height - radius, radius, 0, kPi / 2);
    cairo_arc(cairo, x + radius, y + height - radius, radius, kPi / 2, kPi);
    cairo_arc(cairo, x + radius, y + radius, radius, kPi, 3 * kPi / 2);
    cairo_close_path(cairo);
}

/// A microphone with a bar across, in a square of `size` pixels.
void mutedSign(cairo_t* cairo, double x, double y, double size) {
    cairo_set_source_rgb(cairo, 1.0, 0x6b / 255.0, 0x5e / 255.0);
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

GRef<GstVideoOverlayRectangle> namePill(const TileFace& face) {
    const double text = std::max(13.0, face.rect.height * 0.032);
    const int height = static_cast<int>(std::ceil(text * 1.9)) & ~1;
    const int inset = std::max(6, face.rect.height / 60) & ~1;
    const double padding = text * 0.6;
    const double sign = face.audioMuted ? text * 1.35 : 0;
    const double available = face.rect.width - 2 * inset - 2 * padding - sign;

    // Measured on a surface of one pixel first: the pill is as wide as the name.
    const Surface scratch(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 1, 1));
    const Cairo measure(cairo_create(scratch.get()));
    int nameWidth = 0;
    pango_layout_get_pixel_size(layoutText(measure.get(), face.name, text, false).get(), &nameWidth,
                                nullptr);
    const double shown = std::min<double>(nameWidth, available);
    const int width = static_cast<int>(std::ceil(shown + 2 * padding + sign)) & ~1;

    return draw(face.rect.x + inset, face.rect.y + face.rect.height - inset - height, width, height,
                [&](cairo_t* cairo) {
                    roundedRectangle(cairo, 0, 0, width, height, height / 2.0);
                    cairo_set_source_rgba(cairo, 0, 0, 0, 0.6);
                    cairo_fill(cairo);
                    if (face.audioMuted)
                        mutedSign(cairo, padding * .7, (height - text * 1.15) / 2, text * 1.15);
                    const auto layout = layoutText(cairo, face.name, text, false);
                    pango_layout_set_width(layout.get(),
                                           static_cast<int>(std::ceil(shown + 1) * PANGO_SCALE));
                    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
                    int textHeight = 0;
                    pango_layout_get_pixel_size(layout.get(), nullptr, &textHeight);
                    cairo_set_source_rgb(cairo, 1, 1, 1);
                    cairo_move_to(cairo, padding + sign, (height - textHeight) / 2.0);
                    pango_cairo_show_layout(cairo, layout.get());
                });
}

/// The first letters of the first and last word of a name.
std::string initials(const std::string& name) {
    std::string first;
    std::string last;
    bool atWord = true;
    for (const char* at = name.c_str(); *at; at = g_utf8_next_char(at)) {
        const gunichar character = g_utf8_get_char(at);
        if (atWord && g_unichar_isalnum(character))
            (first.empty() ? first : last)
                .assign(at, static_cast<std::size_t>(g_utf8_next_char(at) - at));
        atWord = g_unichar_isspace(character);
    }
    const GCharPtr upper(g_utf8_strup((first + last).c_str(), -1));
    return upper.get();
}

GRef<GstVideoOverlayRectangle> avatar(const TileFace& face) {
    const auto& colour = kAvatarColours[g_str_hash(face.userId.c_str()) % kAvatarColours.size()];
    const Rect& rect = face.rect;
    return draw(rect.x, rect.y, rect.width, rect.height, [&](cairo_t* cairo) {
        cairo_set_source_rgb(cairo, 0x1f / 255.0, 0x26 / 255.0, 0x30 / 255.0);
        cairo_paint(cairo);
        const double radius = rect.height * 0.22;
        cairo_arc(cairo, rect.width / 2.0, rect.height / 2.0, radius, 0, 2 * kPi);
        cairo_set_source_rgb(cairo, colour[0] / 255.0, colour[1] / 255.0, colour[2] / 255.0);
        cairo_fill(cairo);
        const auto layout = layoutText(cairo, initials(face.name), radius * 0.8, true);
        int width = 0;
        int height = 0;
        pango_layout_get_pixel_size(layout.get(), &width, &height);
        cairo_set_source_rgb(cairo, 1, 1, 1);
        cairo_move_to(cairo, (rect.width - width) / 2.0, (rect.height - height) / 2.0);
        pango_cairo_show_layout(cairo, layout.get());
    });
}

/// The stage's colour over one corner of a tile, but for the round part that belongs to the tile.
GRef<GstVideoOverlayRectangle> corner(const Rect& rect, bool right, bool bottom) {
    const int x = right ? rect.x + rect.width - kCorner : rect.x;
    const int y = bottom ? rect.y + rect.height - kCorner : rect.y;
    return draw(x, y, kCorner, kCorner, [&](cairo_t* cairo) {
        cairo_set_source_rgb(cairo, kStage[0], kStage[1], kStage[2]);
        cairo_paint(cairo);
        cairo_set_operator(cairo, CAIRO_OPERATOR_CLEAR);
        cairo_arc(cairo, right ? 0 : kCorner, bottom ? 0 : kCorner, kCorner, 0, 2 * kPi);
        cairo_fill(cairo);
    });
}

std::vector<GRef<GstVideoOverlayRectangle>> drawFace(const TileFace& face) {
    std::vector<GRef<GstVideoOverlayRectangle>> rectangles;
    if (!face.hasPicture) rectangles.push_back(avatar(face));
    for (const bool right : {false, true})
        for (const bool bottom : {false, true})
            rectangles.push_back(corner(face.rect, right, bottom));
    if (!face.name.empty()) rectangles.push_back(namePill(face));
    return rectangles;
}

} // namespace

Result<std::unique_ptr<Overlay>> Overlay::create(GstBin* pipeline) {
    auto overlay = std::make_unique<Overlay>();
    overlay->element_ = TRY(addElement(pipeline, "overlaycomposition"));
    using Handler = GstVideoOverlayComposition* (*)(GstElement*, GstSample*, void*);
    const Handler onDraw = [](GstElement*, GstSample*, void* data) -> GstVideoOverlayComposition* {
        auto* shared = static_cast<std::shared_ptr<Shared>*>(data)->get();
        const std::lock_guard lock(shared->mutex);
        return GRef<GstVideoOverlayComposition>(shared->composition).release();
    };
    g_signal_connect_data(
        overlay->element_, "draw", G_CALLBACK(onDraw),
        new std::shared_ptr<Shared>(overlay->shared_),
        [](void* data, GClosure*) { delete static_cast<std::shared_ptr<Shared>*>(data); },
        static_cast<GConnectFlags>(0));
    return overlay;
}

void Overlay::show(const std::vector<TileFace>& faces) {
    std::vector<Drawn> next;
    for (const TileFace& face : faces) {
        const auto known = std::find_if(drawn_.begin(), drawn_.end(),
                                        [&](const Drawn& drawn) { return drawn.face == face; });
        next.push_back(known != drawn_.end() ? *known : Drawn{face, drawFace(face)});
    }
    drawn_ = std::move(next);

    GRef<GstVideoOverlayComposition> composition;
    for (const Drawn& drawn : drawn_) {
        for (const auto& rectangle : drawn.rectangles) {
            if (!composition)
                composition = GRef<GstVideoOverlayComposition>::adopt(
                    gst_video_overlay_composition_new(rectangle.get()));
            else
                gst_video_overlay_composition_add_rectangle(composition.get(), rectangle.get());
        }
    }
    const std::lock_guard lock(shared_->mutex);
    shared_->composition = std::move(composition);
}

} // namespace mullion
