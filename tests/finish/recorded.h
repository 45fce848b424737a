#pragma once

#include <string>

#include "src/wire/messages.h"

namespace mullion::test {

/// What a recording is made of. Every even second of it is black and silent; every odd one has a
/// colour over a checkered half, and a tone.
struct Script {
    wire::RecordingFormat format = wire::RecordingFormat::Mp4;
    int seconds = 12;
    /// 0: without a picture.
    int width = 1280;
    int height = 720;
    bool isBlack = false;
};

/// The picture of a second in RGB, and its sound in Hz; {0, 0, 0} and 0 where there is neither.
struct Moment {
    int rgb[3];
    double toneHz;
};

Moment momentAt(int second);

constexpr int kFramesPerSecond = 25;

/// Writes `path` as a call's process does.
void record(const Script& script, const std::string& path);

} // namespace mullion::test
