#include "pipelines/mix/sticker.h"

#include <memory>

#include <libyuv.h>

#include "src/base/gref.h"

namespace mullion {

namespace {

using Surface = GPtr<cairo_surface_t, cairo_surface_destroy>;
using Cairo = GPtr<cairo_t, cairo_destroy>;

Surface paintSurface(int width, int height, const std::function<void(cairo_t*)>& paint) {
    Surface surface(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height));
    {
        const Cairo cairo(cairo_create(surface.get()));
        paint(cairo.get());
    }
    cairo_surface_flush(surface.get());
    return surface;
}

/// One pixel, or the mean of four, of Cairo's native-endian ARGB, colour times cover.
struct Argb {
    int a = 0;
    int r = 0;
    int g = 0;
    int b = 0;

    void add(std::uint32_t pixel) {
        a += static_cast<int>(pixel >> 24);
        r += static_cast<int>(pixel >> 16 & 0xff);
        g += static_cast<int>(pixel >> 8 & 0xff);
        b += static_cast<int>(pixel & 0xff);
    }
};

std::uint8_t clamped(int value) {
    return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

#ifdef __x86_64__
[[gnu::target_clones("avx2", "default")]]
#endif
void blendRow(std::uint8_t* __restrict target, const std::uint8_t* __restrict ink,
              const std::uint8_t* __restrict hides, int width, int opacity) {
    // In 16 bits, so that the compiler makes eight or sixteen at once of it.
    for (int column = 0; column < width; ++column) {
        const auto painted = static_cast<std::uint16_t>(ink[column] * opacity >> 8);
        const auto kept = static_cast<std::uint16_t>(255 - (hides[column] * opacity >> 8));
        const auto product = static_cast<std::uint16_t>(target[column] * kept + 128);
        const auto rest = static_cast<std::uint16_t>(product + (product >> 8)) >> 8;
        target[column] = static_cast<std::uint8_t>(painted + rest);
    }
}

} // namespace

Sticker::Sticker(int width, int height, const std::function<void(cairo_t*)>& paint)
    : width_(std::max(2, width & ~1))
    , height_(std::max(2, height & ~1))
    , y_{width_, height_, {}, {}}
    , u_{width_ / 2, height_ / 2, {}, {}}
    , v_{width_ / 2, height_ / 2, {}, {}} {
    const Surface surface = paintSurface(width_, height_, paint);
    const auto* pixels = cairo_image_surface_get_data(surface.get());
    const int stride = cairo_image_surface_get_stride(surface.get());
    const auto pixelAt = [&](int x, int y) {
        return reinterpret_cast<const std::uint32_t*>(pixels + y * stride)[x];
    };
    // BT.601, limited range, with the offsets times the cover.
    for (int y = 0; y < height_; ++y) {
        for (int x = 0; x < width_; ++x) {
            Argb p;
            p.add(pixelAt(x, y));
            y_.colour.push_back(
                clamped((66 * p.r + 129 * p.g + 25 * p.b + 16 * 256 * p.a / 255 + 128) >> 8));
            y_.cover.push_back(clamped(p.a));
        }
    }
    for (int y = 0; y < height_; y += 2) {
        for (int x = 0; x < width_; x += 2) {
            Argb p;
            for (const auto& [dx, dy] : {std::pair{0, 0}, {1, 0}, {0, 1}, {1, 1}})
                p.add(pixelAt(x + dx, y + dy));
            const int offset = 128 * 256 * p.a / 255;
            u_.colour.push_back(clamped((-38 * p.r - 74 * p.g + 112 * p.b + offset + 512) >> 10));
            v_.colour.push_back(clamped((112 * p.r - 94 * p.g - 18 * p.b + offset + 512) >> 10));
            u_.cover.push_back(clamped((p.a + 2) / 4));
            v_.cover.push_back(clamped((p.a + 2) / 4));
        }
    }
}

void Sticker::Plane::blend(std::uint8_t* pixels, int stride, int canvasWidth, int canvasHeight,
                           int x, int y, int opacity) const {
    const int left = std::max(0, -x);
    const int right = std::min(width, canvasWidth - x);
    for (int row = std::max(0, -y); row < std::min(height, canvasHeight - y); ++row) {
        std::uint8_t* target = pixels + (y + row) * stride + x;
        const std::uint8_t* ink = colour.data() + row * width;
        const std::uint8_t* hides = cover.data() + row * width;
        blendRow(target + left, ink + left, hides + left, right - left, opacity);
    }
}

void Sticker::blend(const MutablePlanes& canvas, int x, int y, int opacity) const {
    const int across = canvas.width / 2;
    const int down = canvas.height / 2;
    y_.blend(canvas.y, canvas.strideY, canvas.width, canvas.height, x, y, opacity);
    u_.blend(canvas.u, canvas.strideU, across, down, x / 2, y / 2, opacity);
    v_.blend(canvas.v, canvas.strideV, across, down, x / 2, y / 2, opacity);
}

void Sticker::Plane::cutOut(std::uint8_t* pixels, int stride, int canvasWidth, int canvasHeight,
                            int x, int y, const std::uint8_t* behind, int behindStride) const {
    const int left = std::max(0, -x);
    const int right = std::min(width, canvasWidth - x);
    for (int row = std::max(0, -y); row < std::min(height, canvasHeight - y); ++row) {
        std::uint8_t* target = pixels + (y + row) * stride + x;
        const std::uint8_t* from = behind + (y + row) * behindStride + x;
        const std::uint8_t* hides = cover.data() + row * width;
        for (int column = left; column < right; ++column)
            target[column] = static_cast<std::uint8_t>(
                (target[column] * (255 - hides[column]) + from[column] * hides[column] + 127) /
                255);
    }
}

void Sticker::cutOut(const MutablePlanes& canvas, int x, int y, const ConstPlanes& behind) const {
    const int across = canvas.width / 2;
    const int down = canvas.height / 2;
    y_.cutOut(canvas.y, canvas.strideY, canvas.width, canvas.height, x, y, behind.y,
              behind.strideY);
    u_.cutOut(canvas.u, canvas.strideU, across, down, x / 2, y / 2, behind.u, behind.strideU);
    v_.cutOut(canvas.v, canvas.strideV, across, down, x / 2, y / 2, behind.v, behind.strideV);
}

Picture drawPicture(int width, int height, const std::function<void(cairo_t*)>& paint) {
    const Surface surface = paintSurface(width, height, paint);
    Picture picture(width, height);
    const MutablePlanes to = picture.planes();
    libyuv::ARGBToI420(cairo_image_surface_get_data(surface.get()),
                       cairo_image_surface_get_stride(surface.get()), to.y, to.strideY, to.u,
                       to.strideU, to.v, to.strideV, width, height);
    return picture;
}

} // namespace mullion
