#pragma once

#include <cstdint>

#include <algorithm>
#include <vector>

#include "pipelines/mix/layout.h"

namespace mullion {

/// The planes of an I420 picture that somebody else owns: strides in bytes, chroma halved both
/// ways (rounded up). BT.601, limited range, as VP8 means it (RFC 6386 section 9.2).
template <typename Byte>
struct Planes {
    Byte* y = nullptr;
    Byte* u = nullptr;
    Byte* v = nullptr;
    int strideY = 0;
    int strideU = 0;
    int strideV = 0;
    int width = 0;
    int height = 0;

    /// The part of it inside `rect`, which lies within.
    Planes part(const Rect& rect) const {
        return {y + rect.y * strideY + rect.x,
                u + rect.y / 2 * strideU + rect.x / 2,
                v + rect.y / 2 * strideV + rect.x / 2,
                strideY,
                strideU,
                strideV,
                rect.width,
                rect.height};
    }
};

/// To read and to draw on.
using ConstPlanes = Planes<const std::uint8_t>;
using MutablePlanes = Planes<std::uint8_t>;

/// A colour as I420 has it.
struct Yuv {
    std::uint8_t y = 0;
    std::uint8_t u = 0;
    std::uint8_t v = 0;
};

/// The stage behind the tiles, #0e1116, and what a padded picture stands on, #161b22.
inline constexpr Yuv kStage{30, 131, 126};
inline constexpr Yuv kSurface{38, 132, 125};

/// An I420 picture that owns its pixels.
class Picture {
public:
    Picture(int width, int height);

    ConstPlanes planes() const;
    MutablePlanes planes();

private:
    int width_ = 0;
    int height_ = 0;
    std::vector<std::uint8_t> bytes_;
};

void fill(const MutablePlanes& target, const Yuv& colour);

/// Copies a picture of the target's size.
void copy(const ConstPlanes& source, const MutablePlanes& target);

/// Scales `source` into `target`, whole: a target of another shape stretches it.
void scale(const ConstPlanes& source, const MutablePlanes& target);

/// Puts `source` into `target` without stretching it: with Crop it fills the target and loses its
/// edges, with Pad it is whole and stands on kSurface.
void fit(const ConstPlanes& source, const MutablePlanes& target, wire::Fit how);

/// Mixes `target` with the stage: `part` of 256 stays.
void dim(const MutablePlanes& target, int part);

} // namespace mullion
