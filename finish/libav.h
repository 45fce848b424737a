#pragma once

// Owners of what libav allocates. Its headers do not say that they are C.
#include <memory>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

namespace mullion::finish {

struct FreeAv {
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }

    void operator()(AVFrame* frame) const { av_frame_free(&frame); }

    void operator()(AVPacket* packet) const { av_packet_free(&packet); }

    void operator()(SwrContext* context) const { swr_free(&context); }

    void operator()(SwsContext* context) const { sws_freeContext(context); }
};

template <typename T>
using AvPtr = std::unique_ptr<T, FreeAv>;

} // namespace mullion::finish
