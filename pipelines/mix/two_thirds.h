#pragma once

#include "pipelines/mix/picture.h"

namespace mullion {

/// The side of a picture that becomes one of `side` pixels.
constexpr int threeHalvesOf(int side) {
    return (side * 3 + 1) / 2;
}

/// Makes a picture of two thirds of its size; each pixel is the mean of the 1.5 by 1.5 that fall
/// into it. What a grid of nine shows of a picture of 640 by 360; libyuv has no fast way for this
/// factor.
/// @pre the source has threeHalvesOf() the target's sides, or a pixel more.
void scaleToTwoThirds(const ConstPlanes& source, const MutablePlanes& target);

} // namespace mullion
