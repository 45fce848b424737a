#include "pipelines/mix/drawing.h"

#include <cmath>

namespace mullion {

GRef<PangoLayout> layoutText(cairo_t* cairo, const std::string& text, double pixels, bool bold) {
    auto layout = GRef<PangoLayout>::adopt(pango_cairo_create_layout(cairo));
    const GPtr<PangoFontDescription, pango_font_description_free> font(
        pango_font_description_from_string("Inter, Noto Sans, Noto Sans CJK SC, DejaVu Sans, "
                                           "sans-serif"));
    pango_font_description_set_absolute_size(font.get(), pixels * PANGO_SCALE);
    pango_font_description_set_weight(font.get(),
                                      bold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_MEDIUM);
    pango_layout_set_font_description(layout.get(), font.get());
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    return layout;
}

int widthOf(const std::string& text, double pixels, bool bold) {
    const GPtr<cairo_surface_t, cairo_surface_destroy> scratch(
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 1, 1));
    const GPtr<cairo_t, cairo_destroy> cairo(cairo_create(scratch.get()));
    int width = 0;
    pango_layout_get_pixel_size(layoutText(cairo.get(), text, pixels, bold).get(), &width, nullptr);
    return width;
}

void limitWidth(PangoLayout* layout, double pixels) {
    pango_layout_set_width(layout, static_cast<int>(std::ceil(pixels + 1) * PANGO_SCALE));
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
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

} // namespace mullion
