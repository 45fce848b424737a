#include "pipelines/mix/dressing.h"

#include <algorithm>
#include <cmath>

#include "pipelines/mix/drawing.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("programme");

using Surface = GPtr<cairo_surface_t, cairo_surface_destroy>;

/// Of the canvas' height: how far what is drawn stays away from its edges, as television does.
constexpr double kSafeMargin = 0.05;

int even(double pixels) {
    return static_cast<int>(std::lround(pixels)) & ~1;
}

/// Null where it cannot be read.
Surface readImage(const std::string& folder, const std::string& id) {
    const std::string path = folder + '/' + id + ".png";
    Surface surface(cairo_image_surface_create_from_png(path.c_str()));
    const cairo_status_t status = cairo_surface_status(surface.get());
    if (status == CAIRO_STATUS_SUCCESS) return surface;
    kLog.error("image=" + id, std::string("cannot be read: ") + cairo_status_to_string(status));
    return {};
}

/// Draws an image so that it fills `width` × `height` and loses its edges.
void paintCovering(cairo_t* cairo, cairo_surface_t* image, int width, int height) {
    const double across = cairo_image_surface_get_width(image);
    const double down = cairo_image_surface_get_height(image);
    const double factor = std::max(width / across, height / down);
    cairo_save(cairo);
    cairo_translate(cairo, (width - across * factor) / 2, (height - down * factor) / 2);
    cairo_scale(cairo, factor, factor);
    cairo_set_source_surface(cairo, image, 0, 0);
    // Beyond its edges nothing would be mixed in, which leaves a dark rim.
    cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_GOOD);
    cairo_paint(cairo);
    cairo_restore(cairo);
}

std::shared_ptr<const Picture> drawBackground(const std::string& folder, const std::string& id,
                                              int width, int height) {
    const Surface image = readImage(folder, id);
    if (!image) return {};
    return std::make_shared<Picture>(drawPicture(width, height, [&](cairo_t* cairo) {
        kStageColour.use(cairo);
        cairo_paint(cairo);
        paintCovering(cairo, image.get(), width, height);
    }));
}

/// A line in the middle of the canvas, whose letters' middle is at `y`.
void centredLine(cairo_t* cairo, const std::string& text, double pixels, bool bold, int width,
                 double y) {
    const auto layout = layoutText(cairo, text, pixels, bold);
    const double most = width * 0.86;
    limitWidth(layout.get(), most);
    pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
    int lineHeight = 0;
    pango_layout_get_pixel_size(layout.get(), nullptr, &lineHeight);
    cairo_move_to(cairo, (width - most) / 2, y - lineHeight / 2.0);
    pango_cairo_show_layout(cairo, layout.get());
}

std::shared_ptr<const Picture> drawSlate(const std::string& folder, const wire::Slate& slate,
                                         int width, int height) {
    const Surface image = slate.image.empty() ? Surface() : readImage(folder, slate.image);
    const auto& [title, subtitle] = slate.caption;
    const bool hasWords = !title.empty() || !subtitle.empty();
    return std::make_shared<Picture>(drawPicture(width, height, [&](cairo_t* cairo) {
        kStageColour.use(cairo);
        cairo_paint(cairo);
        if (image) paintCovering(cairo, image.get(), width, height);
        if (!hasWords) return;
        if (image) {
            // So that words are read on any image.
            cairo_set_source_rgba(cairo, 0, 0, 0, 0.5);
            cairo_paint(cairo);
        }
        const double unit = std::min(width, height);
        kWhite.use(cairo);
        centredLine(cairo, title, unit * 0.085, true, width, height * 0.47);
        kAccent.use(cairo);
        cairo_rectangle(cairo, width / 2.0 - unit * 0.05, height * 0.47 + unit * 0.075, unit * 0.1,
                        std::max(2.0, unit * 0.006));
        cairo_fill(cairo);
        kQuiet.use(cairo);
        centredLine(cairo, subtitle, unit * 0.042, false, width, height * 0.47 + unit * 0.13);
    }));
}

Dressing::Overlay drawLogo(const std::string& folder, const wire::Logo& logo, int width,
                           int height) {
    const Surface image = readImage(folder, logo.image);
    if (!image) return {};
    const double across = cairo_image_surface_get_width(image.get());
    const double down = cairo_image_surface_get_height(image.get());
    const double margin = std::min(width, height) * kSafeMargin;
    // As high as was asked for, but never wider than the canvas.
    const double factor = std::min(height * logo.height / down, (width - 2 * margin) / across);
    const int shownWidth = std::max(2, even(across * factor));
    const int shownHeight = std::max(2, even(down * factor));
    const bool isRight =
        logo.corner == wire::Corner::TopRight || logo.corner == wire::Corner::BottomRight;
    const bool isLow =
        logo.corner == wire::Corner::BottomLeft || logo.corner == wire::Corner::BottomRight;
    Dressing::Overlay overlay;
    overlay.sticker = std::make_shared<Sticker>(shownWidth, shownHeight, [&](cairo_t* cairo) {
        cairo_scale(cairo, shownWidth / across, shownHeight / down);
        cairo_set_source_surface(cairo, image.get(), 0, 0);
        cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_GOOD);
        cairo_paint(cairo);
    });
    overlay.x = even(isRight ? width - margin - shownWidth : margin);
    overlay.y = even(isLow ? height - margin - shownHeight : margin);
    overlay.opacity = static_cast<int>(std::lround(logo.opacity * 256));
    return overlay;
}

/// A dark bar with the accent at its left edge, above where names stand.
Dressing::Overlay drawLowerThird(const wire::Caption& caption, int width, int height) {
    const double unit = std::min(width, height);
    const double titleText = std::max(14.0, unit * 0.05);
    const double subtitleText = std::max(11.0, unit * 0.031);
    const double padding = titleText * 0.7;
    const double accent = std::max(3.0, unit * 0.008);
    const double margin = unit * kSafeMargin;
    const bool hasSubtitle = !caption.subtitle.empty();
    const double most = width - 2 * margin - 2 * padding - accent;
    const double wanted =
        std::max(widthOf(caption.title, titleText, true),
                 hasSubtitle ? widthOf(caption.subtitle, subtitleText, false) : 0);
    const double text = std::min(most, wanted);
    const int shownWidth = (static_cast<int>(std::ceil(text + 2 * padding + accent)) + 1) & ~1;
    const double lines = titleText * 1.3 + (hasSubtitle ? subtitleText * 1.5 : 0);
    const int shownHeight = (static_cast<int>(std::ceil(lines + padding * 1.2)) + 1) & ~1;
    Dressing::Overlay overlay;
    overlay.sticker = std::make_shared<Sticker>(shownWidth, shownHeight, [&](cairo_t* cairo) {
        roundedRectangle(cairo, 0, 0, shownWidth, shownHeight, accent);
        cairo_clip(cairo);
        cairo_set_source_rgba(cairo, 0.04, 0.05, 0.07, 0.82);
        cairo_paint(cairo);
        kAccent.use(cairo);
        cairo_rectangle(cairo, 0, 0, accent, shownHeight);
        cairo_fill(cairo);
        const auto line = [&](const std::string& words, double pixels, bool bold, double y) {
            const auto layout = layoutText(cairo, words, pixels, bold);
            limitWidth(layout.get(), text);
            cairo_move_to(cairo, accent + padding, y);
            pango_cairo_show_layout(cairo, layout.get());
        };
        kWhite.use(cairo);
        line(caption.title, titleText, true, padding * 0.5);
        kQuiet.use(cairo);
        if (hasSubtitle)
            line(caption.subtitle, subtitleText, false, padding * 0.5 + titleText * 1.32);
    });
    overlay.x = even(margin);
    overlay.y = even(height - 2.2 * margin - shownHeight);
    return overlay;
}

} // namespace

std::shared_ptr<const Dressing> dress(const wire::Programme& programme, const std::string& folder,
                                      int width, int height, const Dressing& before) {
    auto made = std::make_shared<Dressing>(before);
    const bool isSameSize = before.width == width && before.height == height;
    const auto changed = [&](auto field) {
        return !isSameSize || before.programme.*field != programme.*field;
    };
    made->programme = programme;
    made->width = width;
    made->height = height;
    if (changed(&wire::Programme::background))
        made->background = programme.background.empty()
                               ? nullptr
                               : drawBackground(folder, programme.background, width, height);
    if (changed(&wire::Programme::slate))
        made->slate =
            programme.slate ? drawSlate(folder, *programme.slate, width, height) : nullptr;
    if (changed(&wire::Programme::logo))
        made->logo =
            programme.logo ? drawLogo(folder, *programme.logo, width, height) : Dressing::Overlay();
    if (changed(&wire::Programme::lowerThird))
        made->lowerThird = programme.lowerThird
                               ? drawLowerThird(*programme.lowerThird, width, height)
                               : Dressing::Overlay();
    return made;
}

} // namespace mullion
