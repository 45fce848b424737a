#pragma once

#include <cstdint>

#include <optional>
#include <vector>

#include "tools/participant/clip.h"

namespace mullion::latency {

/// A loop in which every frame shows its own number and every second begins with a click, so that
/// whoever receives them knows when they were sent. 10 s, 640×360, 48 kHz; 24 frames a second, so
/// that their phase to the ticks of a canvas of 25 goes all the way round every second.
///
/// The number stands in the middle as eight large blocks, black or white, and below it once more
/// with black and white exchanged: scaling, blurring and a name on the tile do it no harm, and what
/// has been damaged is not taken for a number.
inline constexpr int kFps = 24;
inline constexpr int kFrames = 240;
inline constexpr int kPacketsPerClick = 50;

participant::Footage timeCode();

/// An I420 picture's luma, or a part of it: stride in bytes.
struct Luma {
    const std::uint8_t* data = nullptr;
    int stride = 0;
    int width = 0;
    int height = 0;
};

/// The number that a picture of the whole frame at any size shows, where it can be read.
std::optional<int> readNumber(const Luma& luma);

/// Where in decoded sound (±32767) a click begins after silence, in samples; nothing where none
/// does. `wasSilent` is kept from one block to the next.
std::optional<std::size_t> findClick(const std::vector<std::int16_t>& samples, bool& wasSilent);

} // namespace mullion::latency
