#pragma once

#include <cstdint>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipelines/gst/ref.h"
#include "src/base/result.h"
#include "tools/participant/scene.h"

namespace mullion::participant {

/// Encoded media in memory: sending it costs only packets. A loop of a whole number of frames and
/// packets, whose first frame is a key frame.
struct Clip {
    GRef<GstCaps> pictureCaps;
    /// VP8, a frame each.
    std::vector<GRef<GstBuffer>> picture;
    int fps = 25;
    GRef<GstCaps> soundCaps;
    /// Opus, 20 ms each.
    std::vector<GRef<GstBuffer>> sound;
};

/// What a clip is encoded from.
struct Footage {
    /// Of `frame`: `I420` or `BGRx`, without padding.
    std::string format = "I420";
    int width = 640;
    int height = 360;
    int fps = 25;
    int frames = 0;
    /// Draws frame `index`; its times are set behind it.
    std::function<GRef<GstBuffer>(int index)> frame;
    /// As long as the picture: 48 kHz, mono.
    std::vector<std::int16_t> sound;
};

Footage footageOf(const Scene& scene);

/// Encodes the footage once. @return Unavailable where an encoder is missing.
Result<std::shared_ptr<const Clip>> encodeClip(const Footage& footage, int bitrateBps = 400'000);

/// Draws and encodes a scene once. @return Unavailable where an encoder is missing.
Result<std::shared_ptr<const Clip>> encodeClip(const Scene& scene, int bitrateBps = 400'000);

} // namespace mullion::participant
