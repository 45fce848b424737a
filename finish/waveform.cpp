#include "finish/waveform.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "finish/decoder.h"
#include "src/base/json_values.h"

namespace mullion::finish {

namespace {

constexpr std::int64_t kMaxPeaks = 500;
constexpr std::int64_t kShortestMs = 20;

class Peaks {
public:
    explicit Peaks(std::chrono::milliseconds duration)
        : durationUs_(std::max<std::int64_t>(1, duration.count()) * 1000)
        , peaks_(static_cast<std::size_t>(
              std::clamp<std::int64_t>(duration.count() / kShortestMs, 1, kMaxPeaks))) {}

    void add(const AVFrame* mono, std::int64_t atUs) {
        const auto* samples = reinterpret_cast<const float*>(mono->data[0]);
        for (int i = 0; i < mono->nb_samples; ++i) {
            const std::int64_t at = atUs + std::int64_t{i} * AV_TIME_BASE / mono->sample_rate;
            if (at < 0 || at >= durationUs_) continue;
            float& peak = peaks_[static_cast<std::size_t>(
                at * static_cast<std::int64_t>(peaks_.size()) / durationUs_)];
            // Not std::max(): a broken frame may have what is no number.
            if (std::abs(samples[i]) > peak) peak = std::abs(samples[i]);
        }
    }

    Json json() const {
        Json percents = Json::array();
        for (const float peak : peaks_)
            percents.push_back(static_cast<int>(std::lround(std::min(peak, 1.0F) * 100)));
        return percents;
    }

private:
    std::int64_t durationUs_;
    std::vector<float> peaks_;
};

/// Decodes a sound, frame after frame, into one channel of floats.
class Listener {
public:
    explicit Listener(const AVStream* stream)
        : stream_(stream)
        , decoder_(decoderFor(stream)) {}

    /// Null after the last one. @return false where nothing decodes.
    bool hear(const AVPacket* packet, Peaks& peaks) {
        if (!decoder_) return false;
        avcodec_send_packet(decoder_.get(), packet);
        bool heard = false;
        while (avcodec_receive_frame(decoder_.get(), frame_.get()) >= 0) {
            if (frame_->pts == AV_NOPTS_VALUE || !mix()) continue;
            peaks.add(mono_.get(), av_rescale_q(frame_->pts, stream_->time_base, AV_TIME_BASE_Q));
            heard = true;
        }
        return heard;
    }

private:
    bool mix() {
        av_frame_unref(mono_.get());
        mono_->format = AV_SAMPLE_FMT_FLT;
        mono_->sample_rate = frame_->sample_rate;
        mono_->ch_layout = AV_CHANNEL_LAYOUT_MONO;
        return swr_convert_frame(mixer_.get(), mono_.get(), frame_.get()) >= 0;
    }

    const AVStream* stream_;
    AvPtr<AVCodecContext> decoder_;
    AvPtr<SwrContext> mixer_{swr_alloc()};
    AvPtr<AVFrame> frame_{av_frame_alloc()};
    AvPtr<AVFrame> mono_{av_frame_alloc()};
};

} // namespace

std::optional<std::string> waveformOf(Input& input, std::chrono::milliseconds duration,
                                      Progress& progress) {
    if (!input.sound()) return {};
    input.only(input.sound());
    av_seek_frame(input.format(), input.sound()->index, 0, AVSEEK_FLAG_BACKWARD);
    Peaks peaks(duration);
    Listener listener(input.sound());
    const AvPtr<AVPacket> packet(av_packet_alloc());
    bool heard = false;
    while (av_read_frame(input.format(), packet.get()) >= 0) {
        if (packet->stream_index == input.sound()->index)
            heard |= listener.hear(packet.get(), peaks);
        av_packet_unref(packet.get());
        progress.at(input.position());
    }
    heard |= listener.hear(nullptr, peaks);
    if (!heard) return {};
    return toText({{"version", 1}, {"duration_ms", duration.count()}, {"peaks", peaks.json()}}) +
           '\n';
}

} // namespace mullion::finish
