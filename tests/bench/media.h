#pragma once

#include "tests/bench/line.h"
#include "tools/participant/clip.h"

/// What the benches work on, the camera-like clip and the canvas that a call makes of it, and what
/// they work with: elements set as the server sets them.
namespace mullion::bench {

inline constexpr const char* kCanvasCaps =
    "video/x-raw,format=I420,width=1280,height=720,framerate=25/1";
inline constexpr int kFps = 25;
/// The clip's length; it loops.
inline constexpr int kClipSeconds = 10;

/// What the benches of a whole call are told.
struct CallOptions {
    int people = 0;
    int bitrateBps = 0;
    /// How much of the clip is worked on.
    int seconds = 0;
    /// The file that gets the figures, or nothing.
    std::string json;
};

/// Reads the flags; mistakes end the program. `seconds` is what is worked on by default.
CallOptions readCallOptions(int argc, char** argv, const char* about, const char* seconds);

/// The first seconds of the clip, 1 to kClipSeconds.
participant::Clip cameraClip(int seconds);

/// As pipelines/leg decodes and encodes.
Add vp8Decoder();
Add opusEncoder();

/// As pipelines/mix encodes the canvas: `factory` is one of encodersFor(). `changed` are properties
/// that are set otherwise.
Add canvasEncoder(const std::string& factory, int bitrateBps, const Properties& changed = {});

/// A payloader with SRTP behind it.
Add securePayloader(const char* payloader);

/// What such a payloader makes of a clip's frames.
Output securePackets(GstCaps* caps, const Buffers& frames, const char* payloader);

struct Canvases {
    Buffers buffers;
    GRef<GstCaps> caps;
    /// CPU seconds that painting them took.
    double cpu = 0;
};

/// A canvas for each picture of the clip, with a tile each for `people`, who are at other moments
/// of it. `decoded` is the decoded clip.
Canvases paintCanvases(int people, const Output& decoded);

} // namespace mullion::bench
