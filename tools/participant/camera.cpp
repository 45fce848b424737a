#include "tools/participant/camera.h"

#include <algorithm>
#include <cmath>

namespace mullion::participant {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr std::size_t kNoise = 1 << 20;
/// Three uniform numbers of ±0.5 add up to a sigma of 0.5; four times that is two grey levels, what
/// a small sensor has indoors.
constexpr float kNoiseGain = 4;

struct Head {
    double x;
    double y;
    double radiusX;
    double radiusY;
    double mouth;

    /// Below 1 inside.
    double distance(double atX, double atY) const {
        return std::pow((atX - x) / radiusX, 2) + std::pow((atY - y) / radiusY, 2);
    }
};

/// Sines of whole periods a loop, so that its end meets its beginning.
Head headAt(int width, int height, double phase) {
    const double turn = 2 * kPi * phase;
    const double unit = height / 360.0;
    return {width / 2.0 + unit * (60 * std::sin(2 * turn) + 8 * std::sin(9 * turn)),
            height / 2.0 + unit * 14 * std::sin(5 * turn), unit * 95, unit * 130,
            unit * (8 + 7 * std::sin(31 * turn))};
}

} // namespace

Camera::Camera(int width, int height, int frames)
    : width_(width)
    , height_(height)
    , frames_(frames)
    , room_(static_cast<std::size_t>(width) * height)
    , face_(room_.size())
    , noise_(kNoise) {
    addOctave(room_, 80, 90);
    addOctave(room_, 24, 40);
    addOctave(room_, 7, 20);
    addOctave(face_, 40, 60);
    addOctave(face_, 10, 40);
    addOctave(face_, 4, 16);
    for (auto& level : noise_)
        level = static_cast<std::int8_t>(
            std::lround((random() + random() + random() - 1.5f) * kNoiseGain));
}

float Camera::random() {
    seed_ = seed_ * 1664525 + 1013904223;
    return static_cast<float>(seed_ >> 8) / 16777216.0f;
}

void Camera::addOctave(Field& field, int cell, float amplitude) {
    const int columns = width_ / cell + 2;
    const int rows = height_ / cell + 2;
    Field lattice(static_cast<std::size_t>(columns) * rows);
    std::generate(lattice.begin(), lattice.end(), [this] { return random(); });
    for (int y = 0; y < height_; ++y) {
        const float* above = &lattice[static_cast<std::size_t>(y / cell) * columns];
        const float* below = above + columns;
        const float v = static_cast<float>(y % cell) / static_cast<float>(cell);
        for (int x = 0; x < width_; ++x) {
            const int left = x / cell;
            const float u = static_cast<float>(x % cell) / static_cast<float>(cell);
            field[static_cast<std::size_t>(y) * width_ + x] +=
                amplitude * (std::lerp(above[left], above[left + 1], u) * (1 - v) +
                             std::lerp(below[left], below[left + 1], u) * v);
        }
    }
}

GRef<GstBuffer> Camera::frame(int index) const {
    const auto luma = static_cast<std::size_t>(width_) * height_;
    std::vector<std::uint8_t> bytes(luma + luma / 2);
    const Head head = headAt(width_, height_, static_cast<double>(index) / frames_);
    const double unit = height_ / 360.0;
    // Far enough from its neighbours' place that no noise seems to drift.
    const std::size_t grain = static_cast<std::size_t>(index) * 7919 * 64;

    for (int y = 0; y < height_; ++y) {
        for (int x = 0; x < width_; ++x) {
            const std::size_t at = static_cast<std::size_t>(y) * width_ + x;
            const double distance = head.distance(x, y);
            float level = 30 + room_[at];
            if (distance < 1) {
                // The texture goes with the head.
                const int faceX =
                    std::clamp(static_cast<int>(x - head.x + width_ / 2.0), 0, width_ - 1);
                const int faceY =
                    std::clamp(static_cast<int>(y - head.y + height_ / 2.0), 0, height_ - 1);
                level = 90 + face_[static_cast<std::size_t>(faceY) * width_ + faceX] *
                                 static_cast<float>(1 - 0.3 * distance);
                const Head mouth{head.x, head.y + 60 * unit, 30 * unit, head.mouth, 0};
                if (mouth.distance(x, y) < 1) level = 40;
            }
            level += static_cast<float>(noise_[(grain + at) % kNoise]);
            bytes[at] = static_cast<std::uint8_t>(std::clamp(level, 16.0f, 235.0f));
        }
    }
    std::uint8_t* blue = &bytes[luma];
    std::uint8_t* red = blue + luma / 4;
    for (int y = 0; y < height_; y += 2) {
        for (int x = 0; x < width_; x += 2) {
            const bool isSkin = head.distance(x, y) < 1;
            *blue++ = isSkin ? 110 : 135;
            *red++ = isSkin ? 155 : 120;
        }
    }
    return GRef<GstBuffer>::adopt(gst_buffer_new_memdup(bytes.data(), bytes.size()));
}

} // namespace mullion::participant
