// What a canvas looks like: checked by its pixels, and drawn into files for docs/layouts where
// MULLION_SCREENSHOTS names a folder.
#include "pipelines/mix/painter.h"

#include <cmath>
#include <cstdlib>
#include <string>

#include <cairo.h>
#include <libyuv.h>

#include "tests/support/suite.h"
#include "tests/support/temporary_dir.h"
#include "tools/participant/scene.h"

using namespace mullion;
using wire::Fit;
using wire::LayoutMode;
using wire::PictureSource;

namespace {

constexpr wire::Canvas kCanvas{1280, 720, 25};
/// Later than every glide and fade, and when the frames in it are of.
constexpr GstClockTime kSettled = 10 * GST_SECOND;
constexpr GstClockTime kOfLate = kSettled - 2 * GST_SECOND;

struct Rgb {
    int r = 0;
    int g = 0;
    int b = 0;
};

/// A slot with one frame, painted by `paint`.
std::shared_ptr<FrameSlot> slotWith(int width, int height,
                                    const std::function<void(cairo_t*)>& paint,
                                    GstClockTime at = kOfLate) {
    const Picture picture = drawPicture(width, height, paint);
    const auto caps = GRef<GstCaps>::adopt(gst_caps_new_simple(
        "video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT, width, "height",
        G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, 25, 1, nullptr));
    GstVideoInfo info;
    gst_video_info_from_caps(&info, caps.get());
    auto buffer = GRef<GstBuffer>::adopt(gst_buffer_new_allocate(nullptr, info.size, nullptr));
    {
        const auto mapped = MappedFrame::map(buffer.get(), info, GST_MAP_WRITE);
        scale(picture.planes(), mapped->mutablePlanes());
    }
    auto slot = std::make_shared<FrameSlot>();
    ck_assert(slot->take(buffer.get(), at, caps.get()));
    return slot;
}

std::shared_ptr<FrameSlot> plain(int width, int height, const Rgb& colour,
                                 GstClockTime at = kOfLate) {
    return slotWith(
        width, height,
        [&](cairo_t* cairo) {
            cairo_set_source_rgb(cairo, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0);
            cairo_paint(cairo);
        },
        at);
}

/// A painted canvas.
class Painted {
public:
    Painted(const std::vector<TileFace>& faces, const wire::Canvas& canvas = kCanvas,
            std::shared_ptr<const Dressing> dressing = {})
        : picture_(canvas.width, canvas.height)
        , scene_(faces, {})
        , dressing_(std::move(dressing)) {
        // Twice: borders fade in.
        paintAt(kSettled - GST_SECOND);
        paintAt(kSettled);
    }

    void paintAt(GstClockTime at) {
        painter_.paint(scene_, dressing_.get(), picture_.planes(), at);
    }

    /// Goes on, at five pictures a second.
    void paintUntil(GstClockTime end) {
        for (GstClockTime at = kSettled; at <= end; at += 200 * GST_MSECOND)
            paintAt(at);
    }

    /// Is dressed otherwise from `at` on.
    void dressAs(std::shared_ptr<const Dressing> dressing, GstClockTime at) {
        dressing_ = std::move(dressing);
        paintAt(at);
    }

    /// Moves to other faces and paints them `after` later.
    void move(const std::vector<TileFace>& faces, GstClockTime at) {
        scene_ = Scene(faces, scene_);
        paintAt(at);
    }

    Rgb at(int x, int y) const {
        const auto p = picture_.planes();
        const double luma = 1.164 * (p.y[y * p.strideY + x] - 16);
        const int u = p.u[y / 2 * p.strideU + x / 2] - 128;
        const int v = p.v[y / 2 * p.strideV + x / 2] - 128;
        const auto channel = [](double value) {
            return static_cast<int>(std::lround(std::clamp(value, 0.0, 255.0)));
        };
        return {channel(luma + 1.596 * v), channel(luma - 0.392 * u - 0.813 * v),
                channel(luma + 2.017 * u)};
    }

    const Picture& picture() const { return picture_; }

private:
    Picture picture_;
    Scene scene_;
    std::shared_ptr<const Dressing> dressing_;
    Painter painter_ = {};
};

void assertColour(const char* what, const Rgb& is, const Rgb& wanted, int tolerance = 12) {
    ck_assert_msg(
        std::abs(is.r - wanted.r) <= tolerance && std::abs(is.g - wanted.g) <= tolerance &&
            std::abs(is.b - wanted.b) <= tolerance,
        "%s: %d %d %d, not %d %d %d", what, is.r, is.g, is.b, wanted.r, wanted.g, wanted.b);
}

constexpr Rgb kRed{200, 40, 40};
constexpr Rgb kStageRgb{0x0e, 0x11, 0x16};
constexpr Rgb kSurfaceRgb{0x16, 0x1b, 0x22};
constexpr Rgb kAccentRgb{0x3e, 0xcf, 0xb2};

TileFace face(const Rect& rect, std::shared_ptr<FrameSlot> frames, Fit fit = Fit::Crop) {
    return {{"a", PictureSource::Camera, rect, fit}, "Ada", false, false, std::move(frames)};
}

} // namespace

START_TEST(tile_is_on_the_stage_with_round_corners) {
    const Painted painted({face({100, 100, 640, 360}, plain(640, 360, kRed))});
    assertColour("outside", painted.at(50, 50), kStageRgb);
    assertColour("the middle", painted.at(420, 280), kRed);
    assertColour("the very corner", painted.at(100, 100), kStageRgb);
    assertColour("below the corner", painted.at(112, 112), kRed);
    assertColour("no border", painted.at(420, 101), kRed);
}

END_TEST

START_TEST(pictures_are_cropped_or_padded_never_stretched) {
    // A circle stays one, whatever the tile's shape.
    const auto disc = [](int width, int height) {
        return slotWith(width, height, [=](cairo_t* cairo) {
            cairo_set_source_rgb(cairo, 1, 1, 1);
            cairo_paint(cairo);
            cairo_arc(cairo, width / 2.0, height / 2.0, std::min(width, height) / 8.0, 0, 7);
            cairo_set_source_rgb(cairo, 0, 0, 0);
            cairo_fill(cairo);
        });
    };
    for (const auto& [width, height] : {std::pair{640, 360}, {360, 640}, {480, 480}, {641, 359}}) {
        for (const Fit fit : {Fit::Crop, Fit::Pad}) {
            for (const Rect& rect : {Rect{0, 0, 640, 360}, Rect{200, 0, 300, 700}}) {
                const Painted painted({face(rect, disc(width, height), fit)});
                const int x = rect.x + rect.width / 2;
                const int y = rect.y + rect.height / 2;
                int across = 0;
                int down = 0;
                for (int i = rect.x; i < rect.x + rect.width; ++i)
                    across += painted.at(i, y).r < 10;
                for (int i = rect.y; i < rect.y + rect.height; ++i)
                    down += painted.at(x, i).r < 10;
                ck_assert_int_gt(across, 20);
                ck_assert_msg(std::abs(across - down) <= 4 + across / 40,
                              "%dx%d in %dx%d: %d across, %d down", width, height, rect.width,
                              rect.height, across, down);
            }
        }
    }
    const Painted padded({face({0, 0, 640, 360}, plain(360, 640, kRed), Fit::Pad)});
    assertColour("beside it", padded.at(60, 180), kSurfaceRgb);
    assertColour("the picture", padded.at(320, 180), kRed);
}

END_TEST

START_TEST(speaker_has_a_border_that_fades) {
    TileFace speaking = face({100, 100, 640, 360}, plain(640, 360, kRed));
    speaking.speaking = true;
    Painted painted({speaking});
    assertColour("top", painted.at(420, 101), kAccentRgb, 40);
    assertColour("left", painted.at(101, 280), kAccentRgb, 40);
    assertColour("inside", painted.at(420, 110), kRed);
    speaking.speaking = false;
    painted.move({speaking}, kSettled + 40 * GST_MSECOND);
    const Rgb fading = painted.at(420, 101);
    ck_assert_msg(fading.g > 60 && fading.g < 190, "half faded: %d", fading.g);
    painted.move({speaking}, kSettled + 400 * GST_MSECOND);
    assertColour("gone", painted.at(420, 101), kRed);
}

END_TEST

START_TEST(tiles_glide_to_their_places) {
    const auto frames = plain(640, 360, kRed);
    Painted painted({face({0, 0, 320, 180}, frames)});
    painted.move({face({960, 540, 320, 180}, frames)}, kSettled);
    assertColour("it has not moved yet", painted.at(160, 90), kRed);
    painted.move({face({960, 540, 320, 180}, frames)}, kSettled + 80 * GST_MSECOND);
    assertColour("left", painted.at(20, 20), kStageRgb);
    assertColour("not there yet", painted.at(1270, 630), kStageRgb);
    painted.move({face({960, 540, 320, 180}, frames)}, kSettled + 200 * GST_MSECOND);
    assertColour("there", painted.at(1120, 630), kRed);
    assertColour("where it was", painted.at(160, 90), kStageRgb);
}

END_TEST

START_TEST(what_nobody_saw_does_not_glide) {
    const auto frames = plain(640, 360, kRed);
    Painted painted({face({0, 0, 320, 180}, frames)});
    painted.move({face({960, 540, 320, 180}, frames)}, kSettled + GST_SECOND);
    assertColour("there", painted.at(1120, 630), kRed);
    assertColour("where it was", painted.at(160, 90), kStageRgb);
}

END_TEST

START_TEST(stalled_camera_dims_and_a_screen_does_not) {
    TileFace stalled = face({0, 0, 640, 360}, plain(640, 360, {200, 200, 200}, 0));
    Painted camera({stalled});
    camera.paintUntil(kSettled + 4 * GST_SECOND);
    ck_assert_int_lt(camera.at(320, 60).g, 110);
    stalled.placed.source = PictureSource::Screen;
    Painted screen({stalled});
    screen.paintUntil(kSettled + 4 * GST_SECOND);
    ck_assert_int_gt(screen.at(320, 60).g, 180);
    assertColour("a screen has corners", screen.at(0, 0), {200, 200, 200});
}

END_TEST

/// Nobody decodes who is not on the canvas, so that his picture is old when he comes onto it.
START_TEST(who_comes_onto_the_canvas_has_not_stalled) {
    const TileFace back = face({0, 0, 640, 360}, plain(640, 360, {200, 200, 200}, 0));
    Painted painted({});
    painted.move({back}, kSettled + 100 * GST_MSECOND);
    ck_assert_int_gt(painted.at(320, 60).g, 180);
    painted.move({}, kSettled + 200 * GST_MSECOND);
    painted.paintUntil(kSettled + 5 * GST_SECOND);
    painted.move({back}, kSettled + 5 * GST_SECOND + 40 * GST_MSECOND);
    ck_assert_int_gt(painted.at(320, 60).g, 180);
}

END_TEST

START_TEST(a_name_stays_within_its_tile) {
    for (const Rect& rect : {Rect{100, 100, 400, 12}, Rect{100, 100, 20, 300}}) {
        const Painted painted({face(rect, plain(640, 360, kRed))});
        assertColour("above", painted.at(rect.x + 10, rect.y - 4), kStageRgb);
        assertColour("beside", painted.at(rect.x + rect.width + 4, rect.y + rect.height - 6),
                     kStageRgb);
    }
}

END_TEST

START_TEST(who_has_no_camera_has_an_avatar_and_a_name) {
    const Painted painted({face({0, 0, 640, 360}, nullptr)});
    assertColour("raised", painted.at(60, 60), {0x1f, 0x26, 0x30});
    const Rgb circle = painted.at(320 - 60, 180);
    ck_assert_msg(
        std::max({circle.r, circle.g, circle.b}) - std::min({circle.r, circle.g, circle.b}) > 25,
        "the circle has no colour: %d %d %d", circle.r, circle.g, circle.b);
    int white = 0;
    for (int y = 320; y < 356; ++y)
        for (int x = 6; x < 80; ++x)
            white += painted.at(x, y).g > 180;
    ck_assert_msg(white > 20, "%d white pixels where the name is", white);
}

END_TEST

namespace {

const char* kNames[] = {"Ada Lovelace",  "محمد الأمين",  "王小明",          "अनन्या शर्मा",
                        "Марія Ковач",   "Grace Hopper", "José Ñandú",      "김서연",
                        "فاطمة الزهراء", "李雷",         "Anaïs Østergård", "विक्रम सिंह"};

/// Somebody's camera as a drawn person; every fifth has none, every seventh holds a phone upright.
std::shared_ptr<FrameSlot> cameraOf(int person) {
    if (person % 5 == 4) return nullptr;
    participant::Scene scene;
    scene.kind = participant::Scene::Kind::Person;
    constexpr participant::Colour kRooms[] = {{86, 108, 140}, {140, 100, 84}, {92, 128, 98},
                                              {122, 96, 136}, {150, 132, 92}, {84, 128, 136}};
    scene.colour = kRooms[person % 6];
    scene.longHair = person % 2;
    if (person % 7 == 6) std::swap(scene.width, scene.height);
    return slotWith(scene.width, scene.height,
                    [&](cairo_t* cairo) { participant::paintFrame(cairo, scene, 0.13 * person); });
}

std::shared_ptr<FrameSlot> screenWithText() {
    return slotWith(1280, 720, [](cairo_t* cairo) {
        cairo_set_source_rgb(cairo, 1, 1, 1);
        cairo_paint(cairo);
        cairo_set_source_rgb(cairo, .1, .1, .12);
        cairo_select_font_face(cairo, "DejaVu Sans Mono", CAIRO_FONT_SLANT_NORMAL,
                               CAIRO_FONT_WEIGHT_NORMAL);
        // 12 points at 96 dots an inch.
        cairo_set_font_size(cairo, 16);
        for (int line = 0; line < 34; ++line) {
            cairo_move_to(cairo, 24, 32 + 20 * line);
            cairo_show_text(cairo, "for (const Tile& tile : tiles) paint(tile); // 12 points "
                                   "stay readable in the composite");
        }
    });
}

Painted paintLayout(const wire::Layout& layout, int people, bool sharing,
                    const wire::Canvas& canvas, std::shared_ptr<const Dressing> dressing = {}) {
    std::vector<Attendee> attendees;
    for (int i = 0; i < people; ++i)
        attendees.push_back({"user" + std::to_string(i), 0, sharing && i == 0 ? 1u : 0u});
    const bool isWithin = dressing && dressing->background;
    const auto arrangement = (isWithin ? arrangeWithin : arrange)(
        layout, attendees, people > 1 ? "user1" : "user0", canvas);
    std::vector<TileFace> faces;
    for (const Placed& placed : arrangement.tiles) {
        const int person = std::stoi(placed.userId.substr(4));
        const bool isCamera = placed.source == PictureSource::Camera;
        faces.push_back({placed, kNames[person % 12], person % 3 == 2,
                         isCamera && person == (people > 1 ? 1 : 0),
                         isCamera ? cameraOf(person) : screenWithText()});
    }
    Painted painted(faces, canvas, std::move(dressing));
    for (const auto& [userId, source, rect, fit] : arrangement.tiles) {
        // Beside the middle: who has no camera has his initials there.
        const Rgb there = painted.at(rect.x + rect.width / 3, rect.y + rect.height / 3);
        ck_assert_msg(there.r > kStageRgb.r + 4, "%d people: %s's tile is dark", people,
                      userId.c_str());
    }
    return painted;
}

/// All pictures of a layout, half as large, on one sheet.
void saveSheet(const std::string& path, const std::vector<Painted>& pictures, int columns) {
    const auto first = pictures[0].picture().planes();
    const int width = first.width / 2;
    const int height = first.height / 2;
    const int rows = static_cast<int>(pictures.size() + columns - 1) / columns;
    constexpr int kGap = 8;
    cairo_surface_t* sheet = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, columns * (width + kGap) - kGap, rows * (height + kGap) - kGap);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        Picture small(width, height);
        scale(pictures[i].picture().planes(), small.planes());
        const auto p = std::as_const(small).planes();
        const int x = static_cast<int>(i) % columns * (width + kGap);
        const int y = static_cast<int>(i) / columns * (height + kGap);
        cairo_surface_flush(sheet);
        libyuv::I420ToARGB(p.y, p.strideY, p.u, p.strideU, p.v, p.strideV,
                           cairo_image_surface_get_data(sheet) +
                               y * cairo_image_surface_get_stride(sheet) + x * 4,
                           cairo_image_surface_get_stride(sheet), width, height);
        cairo_surface_mark_dirty(sheet);
    }
    ck_assert_int_eq(cairo_surface_write_to_png(sheet, path.c_str()), CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(sheet);
}

/// A folder of images for a programme, and what is drawn with them.
class Wardrobe {
public:
    Wardrobe() {
        save("blue", 640, 360, [](cairo_t* cairo) {
            cairo_set_source_rgb(cairo, 0.12, 0.2, 0.6);
            cairo_paint(cairo);
        });
        // A disc on nothing.
        save("disc", 200, 200, [](cairo_t* cairo) {
            cairo_arc(cairo, 100, 100, 96, 0, 7);
            cairo_set_source_rgb(cairo, 0.95, 0.35, 0.1);
            cairo_fill(cairo);
        });
    }

    std::shared_ptr<const Dressing> dress(const wire::Programme& programme) const {
        return mullion::dress(programme, folder_.path(), kCanvas.width, kCanvas.height, {});
    }

private:
    void save(const std::string& id, int width, int height,
              const std::function<void(cairo_t*)>& paint) const {
        cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
        cairo_t* cairo = cairo_create(surface);
        paint(cairo);
        cairo_destroy(cairo);
        const std::string path = folder_.path() + '/' + id + ".png";
        ck_assert_int_eq(cairo_surface_write_to_png(surface, path.c_str()), CAIRO_STATUS_SUCCESS);
        cairo_surface_destroy(surface);
    }

    test::TemporaryDir folder_;
};

constexpr Rgb kBlue{31, 51, 153};
constexpr Rgb kOrange{242, 89, 26};

wire::Programme fullProgramme() {
    wire::Programme programme;
    programme.background = "blue";
    programme.logo = wire::Logo{"disc", wire::Corner::TopRight, 0.14, 1};
    programme.lowerThird = wire::Caption{"Ada Lovelace", "Analytical engines, London"};
    programme.slate = wire::Slate{"", {"We begin at eight", "The evening of mathematics"}};
    return programme;
}

} // namespace

START_TEST(programme_has_a_background_a_logo_and_a_lower_third) {
    const Wardrobe wardrobe;
    const auto tile = face({100, 100, 640, 360}, plain(640, 360, kRed));
    Painted painted({tile}, kCanvas, wardrobe.dress(fullProgramme()));
    assertColour("beside the tile", painted.at(60, 60), kBlue);
    assertColour("outside of its round corner", painted.at(100, 100), kBlue);
    assertColour("the tile", painted.at(420, 280), kRed);
    // 14 % of 720 high, 5 % from the edges.
    assertColour("the logo", painted.at(1280 - 36 - 50, 36 + 50), kOrange);
    assertColour("beside the round logo", painted.at(1280 - 36 - 3, 36 + 3), kBlue);
    assertColour("the accent of the lower third", painted.at(38, 610), kAccentRgb, 40);
    const Rgb bar = painted.at(60, 620);
    ck_assert_msg(bar.b < 60, "the bar is dark, not %d", bar.b);

    wire::Programme without = fullProgramme();
    without.lowerThird = {};
    const auto bare = wardrobe.dress(without);
    painted.dressAs(bare, kSettled + 40 * GST_MSECOND);
    const Rgb fading = painted.at(60, 620);
    ck_assert_msg(fading.b > bar.b && fading.b < kBlue.b, "it fades: %d", fading.b);
    painted.dressAs(bare, kSettled + 800 * GST_MSECOND);
    assertColour("it is gone", painted.at(60, 620), kBlue);
    painted.dressAs({}, kSettled + 900 * GST_MSECOND);
    assertColour("nothing is left", painted.at(60, 60), kStageRgb);
}

END_TEST

START_TEST(slate_stands_while_nobody_is_there) {
    const Wardrobe wardrobe;
    const auto dressing = wardrobe.dress(fullProgramme());
    Painted painted({}, kCanvas, dressing);
    assertColour("the stage", painted.at(60, 360), kStageRgb);
    assertColour("the line under its title", painted.at(640, 393), kAccentRgb, 40);
    assertColour("the logo stays", painted.at(1280 - 36 - 50, 36 + 50), kOrange);
    assertColour("no lower third", painted.at(38, 610), kStageRgb);
    painted.move({face({0, 0, 1280, 720}, plain(640, 360, kRed))}, kSettled + GST_SECOND);
    assertColour("somebody has come", painted.at(640, 393), kRed);
}

END_TEST

START_TEST(images_that_are_not_there_are_left_out) {
    const Wardrobe wardrobe;
    wire::Programme programme = fullProgramme();
    programme.background = "nothing";
    programme.logo->image = "nothing";
    const Painted painted({face({100, 100, 640, 360}, plain(640, 360, kRed))}, kCanvas,
                          wardrobe.dress(programme));
    assertColour("the stage", painted.at(60, 60), kStageRgb);
    assertColour("no logo", painted.at(1280 - 36 - 50, 36 + 50), kStageRgb);
    assertColour("the tile", painted.at(420, 280), kRed);
}

END_TEST

START_TEST(every_dress_is_painted) {
    const Wardrobe wardrobe;
    wire::Programme imageSlate = fullProgramme();
    imageSlate.slate->image = "blue";
    wire::Programme arabic = fullProgramme();
    arabic.logo->corner = wire::Corner::BottomRight;
    arabic.lowerThird = wire::Caption{"فاطمة الفهرية", "جامعة القرويين · 大学 · विश्वविद्यालय"};
    std::vector<Painted> pictures;
    const wire::Layout grid;
    pictures.push_back(paintLayout(grid, 3, false, kCanvas, wardrobe.dress(fullProgramme())));
    pictures.push_back(paintLayout(grid, 1, false, kCanvas, wardrobe.dress(arabic)));
    pictures.push_back(paintLayout(grid, 0, false, kCanvas, wardrobe.dress(fullProgramme())));
    pictures.push_back(paintLayout(grid, 0, false, kCanvas, wardrobe.dress(imageSlate)));
    if (const char* folder = std::getenv("MULLION_SCREENSHOTS"))
        saveSheet(std::string(folder) + "/programme.png", pictures, 2);
}

END_TEST

START_TEST(every_layout_is_painted) {
    const char* folder = std::getenv("MULLION_SCREENSHOTS");
    wire::Layout custom;
    custom.mode = LayoutMode::Custom;
    custom.regions = {
        {0, 0, 960, 720, "user1"}, {968, 0, 312, 236}, {968, 242, 312, 236}, {968, 484, 312, 236}};

    struct Row {
        const char* name;
        wire::Layout layout;
        bool sharing;
        wire::Canvas canvas;
    };

    const wire::Canvas portrait{720, 1280, 25};
    for (const Row& row :
         {Row{"grid", {}, false, kCanvas}, Row{"speaker", {LayoutMode::Speaker}, false, kCanvas},
          Row{"presentation", {LayoutMode::Presentation}, true, kCanvas},
          Row{"solo", {LayoutMode::Solo}, false, kCanvas}, Row{"custom", custom, false, kCanvas},
          Row{"padded", {LayoutMode::Grid, {}, Fit::Pad}, false, kCanvas},
          Row{"portrait", {LayoutMode::Speaker}, false, portrait}}) {
        std::vector<Painted> pictures;
        for (const int people : {1, 2, 3, 5, 9, 16, 25})
            pictures.push_back(paintLayout(row.layout, people, row.sharing, row.canvas));
        if (folder)
            saveSheet(std::string(folder) + '/' + row.name + ".png", pictures,
                      row.canvas.width > row.canvas.height ? 2 : 4);
    }
}

END_TEST

int main() {
    gst_init(nullptr, nullptr);
    return test::runSuite(
        "pipelines.painter",
        {tile_is_on_the_stage_with_round_corners, pictures_are_cropped_or_padded_never_stretched,
         speaker_has_a_border_that_fades, tiles_glide_to_their_places,
         what_nobody_saw_does_not_glide, stalled_camera_dims_and_a_screen_does_not,
         who_comes_onto_the_canvas_has_not_stalled, a_name_stays_within_its_tile,
         who_has_no_camera_has_an_avatar_and_a_name,
         programme_has_a_background_a_logo_and_a_lower_third, slate_stands_while_nobody_is_there,
         images_that_are_not_there_are_left_out, every_dress_is_painted, every_layout_is_painted});
}
