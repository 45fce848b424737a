#include "finish/preview.h"

#include <algorithm>
#include <initializer_list>
#include <set>

#include "finish/decoder.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace mullion::finish {

namespace {

constexpr int kMaxWidth = 640;

/// Of libavcodec's 2 (best) to 31.
constexpr int kQuality = 4;

/// From one key frame to the next there are 5 s.
constexpr int kMaxPackets = 2000;

/// Standard deviation of 4 of 255: less is a surface, with noise.
constexpr double kPlainVariance = 16;

/// Where key frames are looked for, of the duration.
constexpr auto kPlaces = {0.33, 0.29, 0.37, 0.25, 0.41};
constexpr auto kOtherPlaces = {0.5, 0.6, 0.7, 0.8, 0.9, 0.15, 0.05, 0.0};

/// Decodes the last key frame that is not after `at`. @return null where none decodes.
AvPtr<AVFrame> keyFrameAt(const Input& input, AVCodecContext* decoder, std::int64_t at) {
    AVFormatContext* format = input.format();
    if (av_seek_frame(format, input.picture()->index, at, AVSEEK_FLAG_BACKWARD) < 0) return {};
    const AvPtr<AVPacket> packet(av_packet_alloc());
    AvPtr<AVFrame> frame(av_frame_alloc());
    for (int i = 0; i < kMaxPackets; ++i) {
        av_packet_unref(packet.get());
        if (av_read_frame(format, packet.get()) < 0) return {};
        if (packet->stream_index != input.picture()->index ||
            (packet->flags & AV_PKT_FLAG_KEY) == 0)
            continue;
        avcodec_flush_buffers(decoder);
        avcodec_send_packet(decoder, packet.get());
        avcodec_send_packet(decoder, nullptr);
        if (avcodec_receive_frame(decoder, frame.get()) < 0) return {};
        return frame;
    }
    return {};
}

/// In the size and the full range that JPEG has. The colours stay BT.601, in which we record.
AvPtr<AVFrame> scaled(const AVFrame* frame) {
    AvPtr<AVFrame> small(av_frame_alloc());
    small->width = std::min(kMaxWidth, frame->width);
    small->height = std::max<int>(
        2, static_cast<int>(av_rescale(frame->height, small->width, frame->width)) / 2 * 2);
    small->format = AV_PIX_FMT_YUV420P;
    small->color_range = AVCOL_RANGE_JPEG;
    if (av_frame_get_buffer(small.get(), 0) < 0) return {};
    const AvPtr<SwsContext> scaler(sws_alloc_context());
    const bool isFull = frame->color_range == AVCOL_RANGE_JPEG;
    const std::initializer_list<std::pair<const char*, int>> options = {
        {"srcw", frame->width},        {"srch", frame->height}, {"src_format", frame->format},
        {"src_range", isFull ? 1 : 0}, {"dstw", small->width},  {"dsth", small->height},
        {"dst_format", small->format}, {"dst_range", 1},        {"sws_flags", SWS_AREA}};
    for (const auto& [name, value] : options)
        if (av_opt_set_int(scaler.get(), name, value, 0) < 0) return {};
    if (sws_init_context(scaler.get(), nullptr, nullptr) < 0) return {};
    if (sws_scale(scaler.get(), frame->data, frame->linesize, 0, frame->height, small->data,
                  small->linesize) != small->height)
        return {};
    return small;
}

double lumaVariance(const AVFrame* frame) {
    double sum = 0;
    double squares = 0;
    for (int y = 0; y < frame->height; ++y) {
        const std::uint8_t* row =
            frame->data[0] + static_cast<std::ptrdiff_t>(y) * frame->linesize[0];
        for (int x = 0; x < frame->width; ++x) {
            sum += row[x];
            squares += row[x] * row[x];
        }
    }
    const double count = static_cast<double>(frame->width) * frame->height;
    return squares / count - sum / count * (sum / count);
}

std::optional<std::string> jpegOf(AVFrame* frame) {
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    if (!codec) return {};
    const AvPtr<AVCodecContext> encoder(avcodec_alloc_context3(codec));
    encoder->width = frame->width;
    encoder->height = frame->height;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->color_range = AVCOL_RANGE_JPEG;
    encoder->time_base = {1, 1};
    encoder->thread_count = 1;
    encoder->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
    encoder->global_quality = kQuality * FF_QP2LAMBDA;
    if (avcodec_open2(encoder.get(), codec, nullptr) < 0) return {};
    frame->quality = encoder->global_quality;
    frame->pts = 0;
    const AvPtr<AVPacket> packet(av_packet_alloc());
    if (avcodec_send_frame(encoder.get(), frame) < 0 ||
        avcodec_receive_packet(encoder.get(), packet.get()) < 0)
        return {};
    return std::string(reinterpret_cast<const char*>(packet->data),
                       static_cast<std::size_t>(packet->size));
}

/// The best of the frames that were looked at.
class Choice {
public:
    Choice(const Input& input, std::chrono::milliseconds duration)
        : input_(input)
        , duration_(duration)
        , decoder_(decoderFor(input.picture())) {}

    void look(std::initializer_list<double> places) {
        if (!decoder_) return;
        for (const double place : places) {
            const auto ms =
                static_cast<std::int64_t>(place * static_cast<double>(duration_.count()));
            const auto at = av_rescale_q(ms, {1, 1000}, input_.picture()->time_base);
            const auto frame = keyFrameAt(input_, decoder_.get(), at);
            if (!frame || !seen_.insert(frame->pts).second) continue;
            auto small = scaled(frame.get());
            const double variance = small ? lumaVariance(small.get()) : -1;
            if (variance <= variance_) continue;
            variance_ = variance;
            best_ = std::move(small);
        }
    }

    bool isPlain() const { return variance_ < kPlainVariance; }

    AVFrame* best() const { return best_.get(); }

private:
    const Input& input_;
    std::chrono::milliseconds duration_;
    AvPtr<AVCodecContext> decoder_;
    std::set<std::int64_t> seen_ = {};
    double variance_ = -1;
    AvPtr<AVFrame> best_ = {};
};

} // namespace

std::optional<std::string> previewOf(Input& input, std::chrono::milliseconds duration) {
    if (!input.picture()) return {};
    input.only(input.picture());
    Choice choice(input, duration);
    choice.look(kPlaces);
    if (choice.isPlain()) choice.look(kOtherPlaces);
    if (!choice.best()) return {};
    return jpegOf(choice.best());
}

} // namespace mullion::finish
