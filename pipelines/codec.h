#pragma once

namespace mullion {

/// What a picture may be encoded as.
enum class VideoCodec { Vp8, H264 };

inline const char* name(VideoCodec codec) {
    return codec == VideoCodec::Vp8 ? "VP8" : "H264";
}

} // namespace mullion
