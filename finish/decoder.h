#pragma once

#include "finish/libav.h"

namespace mullion::finish {

/// A decoder of one thread for a stream that may be broken. @return null where it cannot be.
AvPtr<AVCodecContext> decoderFor(const AVStream* stream);

} // namespace mullion::finish
