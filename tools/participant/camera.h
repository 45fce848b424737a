#pragma once

#include <cstdint>

#include <vector>

#include "pipelines/gst/ref.h"

namespace mullion::participant {

/// What a webcam sends of somebody who speaks: a textured room, sensor noise and a textured head
/// that moves in front of it. Drawn right into I420, as cost is measured with it and a converter's
/// rounding would eat the noise. The same on every machine, and it loops without a seam.
class Camera {
public:
    /// Even sides, in pixels; `frames` is the length of the loop.
    Camera(int width, int height, int frames);

    /// Frame `index` of the loop: I420 without padding, its times unset.
    GRef<GstBuffer> frame(int index) const;

private:
    using Field = std::vector<float>;

    /// Smooth noise of 0 to `amplitude` with a lattice of `cell` pixels, added to `field`.
    void addOctave(Field& field, int cell, float amplitude);
    /// 0 to 1, the next of the sequence.
    float random();

    int width_ = 0;
    int height_ = 0;
    int frames_ = 0;
    std::uint32_t seed_ = 20261123;
    Field room_;
    Field face_;
    /// Of the sensor, in grey levels; each frame begins at another place in it.
    std::vector<std::int8_t> noise_;
};

} // namespace mullion::participant
