#include "pipelines/mix/jpeg.h"

#include <algorithm>
#include <array>

#include <turbojpeg.h>

#include "src/base/gref.h"

namespace mullion {

namespace {

/// Of 100: names on the canvas stay sharp.
constexpr int kQuality = 85;

using Compressor = GPtr<void, tjDestroy>;
using Bytes = GPtr<unsigned char, tjFree>;
using Table = std::array<std::uint8_t, 256>;

/// Stretches what lies around `middle`, or above it, from `range` levels to 255 (BT.601 to JFIF).
constexpr Table stretched(int from, int middle, int range) {
    Table table{};
    for (int level = 0; level < 256; ++level) {
        const int scaled = (level - from) * 255;
        const int rounded = (scaled + (scaled < 0 ? -range : range) / 2) / range + middle;
        table[static_cast<std::size_t>(level)] =
            static_cast<std::uint8_t>(std::clamp(rounded, 0, 255));
    }
    return table;
}

constexpr Table kLuma = stretched(16, 0, 219);
constexpr Table kChroma = stretched(128, 128, 224);

void map(const Table& table, const std::uint8_t* from, int fromStride, std::uint8_t* to,
         int toStride, int width, int height) {
    for (int row = 0; row < height; ++row, from += fromStride, to += toStride)
        for (int column = 0; column < width; ++column)
            to[column] = table[from[column]];
}

/// From the range of video to that of JPEG; both of one size, and they may be the same.
void toFullRange(const ConstPlanes& from, const MutablePlanes& to) {
    const int width = (from.width + 1) / 2;
    const int height = (from.height + 1) / 2;
    map(kLuma, from.y, from.strideY, to.y, to.strideY, from.width, from.height);
    map(kChroma, from.u, from.strideU, to.u, to.strideU, width, height);
    map(kChroma, from.v, from.strideV, to.v, to.strideV, width, height);
}

constexpr int evenAbove(int number) {
    return (number + 1) & ~1;
}

} // namespace

Result<std::string> encodeJpeg(const ConstPlanes& picture, int width) {
    const int wide = width == 0 ? picture.width : std::min(width, picture.width);
    const int high = std::max(1, (picture.height * wide + picture.width / 2) / picture.width);
    // Half a pixel of chroma is a whole one; an odd size loses the last column or row.
    Picture scaled(evenAbove(wide), evenAbove(high));
    const MutablePlanes target = scaled.planes();
    if (target.width == picture.width && target.height == picture.height) {
        toFullRange(picture, target);
    } else {
        scale(picture, target);
        toFullRange(std::as_const(scaled).planes(), target);
    }
    const Compressor compressor(tjInitCompress());
    if (!compressor) return Error{ErrorCode::Internal, "no JPEG encoder"};
    const unsigned char* planes[] = {target.y, target.u, target.v};
    const int strides[] = {target.strideY, target.strideU, target.strideV};
    unsigned char* raw = nullptr;
    unsigned long size = 0;
    const int failed = tjCompressFromYUVPlanes(compressor.get(), planes, wide, strides, high,
                                               TJSAMP_420, &raw, &size, kQuality, 0);
    const Bytes bytes(raw);
    if (failed)
        return Error{ErrorCode::Internal,
                     std::string("no JPEG: ") + tjGetErrorStr2(compressor.get())};
    return std::string(reinterpret_cast<char*>(bytes.get()), size);
}

} // namespace mullion
