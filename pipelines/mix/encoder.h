#pragma once

#include <string>
#include <vector>

#include "pipelines/codec.h"
#include "pipelines/gst/element.h"

namespace mullion {

/// What a rung's encoder is made with.
struct EncoderSettings {
    int bitrateBps = 0;
    int fps = 25;
};

/// The factories that can encode `codec` on this machine, the best first: those that a graphics
/// chip helps, then the fastest in software.
std::vector<std::string> encodersFor(VideoCodec codec);

/// Adds the encoder that `factory` makes to `pipeline`, set for calls: no look-ahead, constant
/// rate, key frames on request alone, one thread.
struct Encoder {
    /// Takes raw I420.
    GstElement* first = nullptr;
    /// Gives frames as `rtpvp8pay` and `rtph264pay` take them.
    GstElement* last = nullptr;
};

Result<Encoder> addEncoder(GstBin* pipeline, const std::string& factory,
                           const EncoderSettings& settings);

} // namespace mullion
