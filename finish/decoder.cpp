#include "finish/decoder.h"

namespace mullion::finish {

namespace {

/// Larger than any canvas; a broken header says anything.
constexpr std::int64_t kMaxPixels = std::int64_t{4096} * 4096;

} // namespace

AvPtr<AVCodecContext> decoderFor(const AVStream* stream) {
    const AVCodec* codec = avcodec_find_decoder(stream->codecpar->codec_id);
    if (!codec) return {};
    AvPtr<AVCodecContext> decoder(avcodec_alloc_context3(codec));
    if (avcodec_parameters_to_context(decoder.get(), stream->codecpar) < 0) return {};
    decoder->pkt_timebase = stream->time_base;
    decoder->thread_count = 1;
    decoder->max_pixels = kMaxPixels;
    if (avcodec_open2(decoder.get(), codec, nullptr) < 0) return {};
    return decoder;
}

} // namespace mullion::finish
