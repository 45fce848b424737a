#include "pipelines/mix/picture.h"

#include <utility>

#include <libyuv.h>

#include "pipelines/mix/two_thirds.h"

namespace mullion {

namespace {

constexpr int even(int number) {
    return number & ~1;
}

constexpr int half(int number) {
    return (number + 1) / 2;
}

void dimPlane(std::uint8_t* pixels, int stride, int width, int height, int towards, int part) {
    for (int row = 0; row < height; ++row, pixels += stride)
        for (int column = 0; column < width; ++column)
            pixels[column] =
                static_cast<std::uint8_t>((pixels[column] * part + towards * (256 - part)) >> 8);
}

/// Up to this part of a side is cut off to come to a factor that scales better.
constexpr int kCutForFactor = 32;

/// Makes `kept`, which has the shape of the target, a whole multiple of it, or one and a half times
/// it, where little is lost: that is sharper, and far cheaper to scale.
void snapToFactor(Rect& kept, const MutablePlanes& target) {
    const auto fits = [](int side, int wanted) {
        return wanted <= side && (side - wanted) * kCutForFactor <= side;
    };
    const int factor = kept.width / target.width;
    for (const auto& [width, height] :
         {std::pair{factor * target.width, factor * target.height},
          {threeHalvesOf(target.width), threeHalvesOf(target.height)}}) {
        if (!fits(kept.width, width) || !fits(kept.height, height)) continue;
        kept.width = width;
        kept.height = height;
        return;
    }
}

} // namespace

Picture::Picture(int width, int height)
    : width_(width)
    , height_(height)
    , bytes_(static_cast<std::size_t>(width) * height + 2ul * half(width) * half(height)) {}

ConstPlanes Picture::planes() const {
    const int chroma = half(width_) * half(height_);
    const std::uint8_t* y = bytes_.data();
    const std::uint8_t* u = y + static_cast<std::ptrdiff_t>(width_) * height_;
    return {y, u, u + chroma, width_, half(width_), half(width_), width_, height_};
}

MutablePlanes Picture::planes() {
    const ConstPlanes planes = std::as_const(*this).planes();
    return {bytes_.data(),
            bytes_.data() + (planes.u - planes.y),
            bytes_.data() + (planes.v - planes.y),
            planes.strideY,
            planes.strideU,
            planes.strideV,
            width_,
            height_};
}

void fill(const MutablePlanes& target, const Yuv& colour) {
    libyuv::I420Rect(target.y, target.strideY, target.u, target.strideU, target.v, target.strideV,
                     0, 0, target.width, target.height, colour.y, colour.u, colour.v);
}

void copy(const ConstPlanes& source, const MutablePlanes& target) {
    libyuv::I420Copy(source.y, source.strideY, source.u, source.strideU, source.v, source.strideV,
                     target.y, target.strideY, target.u, target.strideU, target.v, target.strideV,
                     target.width, target.height);
}

void scale(const ConstPlanes& source, const MutablePlanes& target) {
    if (source.width == threeHalvesOf(target.width) &&
        source.height == threeHalvesOf(target.height))
        return scaleToTwoThirds(source, target);
    // Box averages all that falls into a pixel; libyuv takes bilinear where that is the same.
    libyuv::I420Scale(source.y, source.strideY, source.u, source.strideU, source.v, source.strideV,
                      source.width, source.height, target.y, target.strideY, target.u,
                      target.strideU, target.v, target.strideV, target.width, target.height,
                      libyuv::kFilterBox);
}

void fit(const ConstPlanes& source, const MutablePlanes& target, wire::Fit how) {
    const std::int64_t across = std::int64_t{source.width} * target.height;
    const std::int64_t down = std::int64_t{source.height} * target.width;
    if (how == wire::Fit::Crop) {
        Rect kept{0, 0, source.width, source.height};
        if (across > down)
            kept.width = std::max(2, even(static_cast<int>(down / target.height)));
        else
            kept.height = std::max(2, even(static_cast<int>(across / target.width)));
        kept.width = std::min(kept.width, source.width);
        kept.height = std::min(kept.height, source.height);
        snapToFactor(kept, target);
        kept.x = even((source.width - kept.width) / 2);
        kept.y = even((source.height - kept.height) / 2);
        return scale(source.part(kept), target);
    }
    Rect shown{0, 0, target.width, target.height};
    if (across > down)
        shown.height = std::max(2, even(static_cast<int>(down / source.width)));
    else
        shown.width = std::max(2, even(static_cast<int>(across / source.height)));
    shown.width = std::min(shown.width, target.width);
    shown.height = std::min(shown.height, target.height);
    shown.x = even((target.width - shown.width) / 2);
    shown.y = even((target.height - shown.height) / 2);
    if (shown.width < target.width || shown.height < target.height) fill(target, kSurface);
    scale(source, target.part(shown));
}

void dim(const MutablePlanes& target, int part) {
    dimPlane(target.y, target.strideY, target.width, target.height, kStage.y, part);
    dimPlane(target.u, target.strideU, target.width / 2, target.height / 2, kStage.u, part);
    dimPlane(target.v, target.strideV, target.width / 2, target.height / 2, kStage.v, part);
}

} // namespace mullion
