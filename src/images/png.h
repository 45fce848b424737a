#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"

namespace mullion {

/// An image as calls' processes read it.
struct PngImage {
    std::string bytes;
    int width = 0;
    int height = 0;
};

/// Longer sides are made as long as this: no canvas shows more.
inline constexpr int kMaxImageSide = 1920;
/// Pixels of what is read, so that a small file does not fill the memory.
inline constexpr std::int64_t kMaxImagePixels = 40'000'000;

/// Reads a PNG or JPEG, turned as its EXIF says, and writes it as PNG. Takes up to a second for a
/// large one; may be called on any thread. @return UnsupportedMedia for anything else, or what is
/// damaged; TooLarge above kMaxImagePixels.
Result<PngImage> toPng(std::string_view image);

/// The size of a PNG, by its first 24 bytes. @return UnsupportedMedia.
Result<PngImage> sizeOfPng(std::string_view start);

} // namespace mullion
