#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <cairo.h>

namespace mullion::participant {

/// Red, green and blue, 0 to 255.
using Colour = std::array<int, 3>;

/// What a synthetic participant shows and says. Each is a pure function of time, so that a clip of
/// it can be encoded once and played in a loop.
struct Scene {
    enum class Kind {
        /// A field of `colour` with a bar moving across: what tests look for.
        Test,
        /// A drawn person who moves and speaks, for demonstrations.
        Person,
        /// What a webcam sends of somebody who speaks with pauses, for costs: see camera.h. 10 s.
        Camera,
    };
    Kind kind = Kind::Test;
    Colour colour = {200, 60, 60};
    /// How a Person looks.
    bool longHair = false;
    Colour hair = {51, 38, 33};
    Colour skin = {227, 181, 148};
    /// Pitch of the voice, or the frequency of the test tone, in Hz; 0: silence.
    double pitchHz = 440;
    /// The part of a Person's loop in which he speaks, 0 to 1 each.
    double speaksFrom = 0;
    double speaksUntil = 1;
    int width = 640;
    int height = 360;
    int fps = 25;
    double seconds = 4;
};

/// The scene that costs are measured with: 640×360, 25 frames a second, 10 s.
Scene cameraScene();

/// Paints the frame at `phase`, 0 to 1 of the loop, over the whole surface; not for a Camera.
void paintFrame(cairo_t* cairo, const Scene& scene, double phase);

/// The loop's sound: 48 kHz, mono, 16 bit.
std::vector<std::int16_t> makeSound(const Scene& scene);

} // namespace mullion::participant
