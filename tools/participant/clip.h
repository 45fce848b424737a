#pragma once

#include <memory>
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

/// Draws and encodes a scene once. @return Unavailable where an encoder is missing.
Result<std::shared_ptr<const Clip>> encodeClip(const Scene& scene, int bitrateBps = 400'000);

} // namespace mullion::participant
