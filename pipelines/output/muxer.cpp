#include "pipelines/output/muxer.h"

#include <algorithm>
#include <cstring>

#include <gst/video/video.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

namespace mullion {

namespace {

constexpr int kIoBytes = 64 * 1024;
constexpr AVRational kNanoseconds{1, 1'000'000'000};
/// Samples of a frame of AAC-LC.
constexpr int kAacFrame = 1024;

const char* formatOf(Container container) {
    switch (container) {
    case Container::FragmentedMp4:
        return "mp4";
    case Container::MpegTs:
        return "mpegts";
    case Container::Flv:
        return "flv";
    }
    return "";
}

std::string errorText(int error) {
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(error, text, sizeof text);
    return text;
}

/// The bytes of a buffer for as long as this lives.
class Mapped {
public:
    explicit Mapped(GstBuffer* buffer)
        : buffer_(buffer)
        , mapped_(gst_buffer_map(buffer, &map_, GST_MAP_READ)) {}

    ~Mapped() {
        if (mapped_) gst_buffer_unmap(buffer_, &map_);
    }

    Mapped(const Mapped&) = delete;
    Mapped& operator=(const Mapped&) = delete;

    const std::uint8_t* data() const { return mapped_ ? map_.data : nullptr; }

    std::size_t size() const { return mapped_ ? map_.size : 0; }

private:
    GstBuffer* buffer_;
    GstMapInfo map_ = {};
    bool mapped_;
};

/// The parameter sets of an access unit in byte stream format (ITU-T H.264, annex B).
std::vector<std::uint8_t> parameterSets(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kStartCode = 3;
    std::vector<std::uint8_t> found;
    const auto startFrom = [&](std::size_t from) {
        for (std::size_t i = from; i + kStartCode < size; ++i)
            if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) return i;
        return size;
    };
    for (std::size_t start = startFrom(0); start < size;) {
        const std::size_t next = startFrom(start + kStartCode);
        const int type = data[start + kStartCode] & 0x1f;
        if (type == 7 || type == 8) {
            std::size_t end = next;
            // The zeros that belong to the next start code.
            while (end > start + kStartCode && data[end - 1] == 0)
                --end;
            found.push_back(0);
            found.insert(found.end(), data + start, data + end);
        }
        start = next;
    }
    return found;
}

void giveExtradata(AVCodecParameters* parameters, const std::vector<std::uint8_t>& bytes) {
    parameters->extradata =
        static_cast<std::uint8_t*>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    std::copy(bytes.begin(), bytes.end(), parameters->extradata);
    parameters->extradata_size = static_cast<int>(bytes.size());
}

} // namespace

std::string Muxer::Tracks::codecs() const {
    std::string codecs;
    // Profile, constraints and level are the first bytes of the sequence parameter set.
    if (h264.size() > 8) {
        char text[16];
        g_snprintf(text, sizeof text, "avc1.%02x%02x%02x", h264[5], h264[6], h264[7]);
        codecs = std::string(text) + ',';
    }
    return codecs + "mp4a.40.2";
}

bool Muxer::Probe::take(const ProgrammeFrame& frame) {
    const GstStructure* caps = gst_caps_get_structure(gst_sample_get_caps(frame.sample), 0);
    if (frame.isPicture() && frame.isKeyFrame) {
        const Mapped bytes(gst_sample_get_buffer(frame.sample));
        tracks_.h264 = parameterSets(bytes.data(), bytes.size());
        gst_structure_get_int(caps, "width", &tracks_.width);
        gst_structure_get_int(caps, "height", &tracks_.height);
    } else if (!frame.isPicture() && tracks_.aac.empty()) {
        const GValue* value = gst_structure_get_value(caps, "codec_data");
        if (!value) return false;
        const Mapped bytes(gst_value_get_buffer(value));
        tracks_.aac.assign(bytes.data(), bytes.data() + bytes.size());
        gst_structure_get_int(caps, "rate", &tracks_.sampleRate);
        gst_structure_get_int(caps, "channels", &tracks_.channels);
    }
    return (!hasPicture_ || !tracks_.h264.empty()) && !tracks_.aac.empty();
}

void Muxer::Free::operator()(AVFormatContext* context) const {
    avformat_free_context(context);
}

void Muxer::Free::operator()(AVPacket* packet) const {
    av_packet_free(&packet);
}

Muxer::Muxer(Container container)
    : container_(container)
    , packet_(av_packet_alloc()) {}

Result<std::unique_ptr<Muxer>> Muxer::create(Container container, const Tracks& tracks,
                                             Write write) {
    std::unique_ptr<Muxer> muxer(new Muxer(container));
    muxer->write_ = std::move(write);
    TRY(muxer->addTracks(tracks));
    AVFormatContext* context = muxer->context_.get();
    auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBytes));
    context->pb = avio_alloc_context(buffer, kIoBytes, 1, muxer.get(), nullptr, onWrite, nullptr);
    context->flags |= AVFMT_FLAG_CUSTOM_IO;
    TRY(muxer->begin());
    return muxer;
}

Result<std::unique_ptr<Muxer>> Muxer::connect(Container container, const Tracks& tracks,
                                              Target target) {
    std::unique_ptr<Muxer> muxer(new Muxer(container));
    muxer->target_ = std::move(target);
    TRY(muxer->addTracks(tracks));
    AVFormatContext* context = muxer->context_.get();
    context->interrupt_callback = {
        [](void* self) { return static_cast<Muxer*>(self)->target_.isOver() ? 1 : 0; },
        muxer.get()};
    AVDictionary* options = nullptr;
    for (const auto& [name, value] : muxer->target_.options)
        av_dict_set(&options, name.c_str(), value.c_str(), 0);
    const int opened = avio_open2(&context->pb, muxer->target_.url.c_str(), AVIO_FLAG_WRITE,
                                  &context->interrupt_callback, &options);
    av_dict_free(&options);
    TRY(muxer->checked(opened, "cannot connect"));
    muxer->isConnected_ = true;
    TRY(muxer->begin());
    return muxer;
}

Muxer::~Muxer() {
    if (!context_ || !context_->pb) return;
    if (isConnected_) {
        avio_closep(&context_->pb);
    } else {
        av_freep(&context_->pb->buffer);
        avio_context_free(&context_->pb);
    }
}

int Muxer::onWrite(void* self, std::uint8_t* data, int size) {
    auto* muxer = static_cast<Muxer*>(self);
    muxer->bytes_ += static_cast<std::uint64_t>(size);
    const auto written = muxer->write_(data, static_cast<std::size_t>(size));
    if (written) return size;
    muxer->writeError_ = written.error();
    return AVERROR(EIO);
}

Result<void> Muxer::checked(int result, const char* what) {
    if (result >= 0) return {};
    if (writeError_) return *writeError_;
    return Error{ErrorCode::Unavailable, std::string(what) + ": " + errorText(result)};
}

Result<void> Muxer::addTracks(const Tracks& tracks) {
    AVFormatContext* raw = nullptr;
    avformat_alloc_output_context2(&raw, nullptr, formatOf(container_), nullptr);
    context_.reset(raw);
    if (!raw || !packet_) return Error{ErrorCode::Internal, "libav has no such muxer"};
    if (!tracks.h264.empty()) {
        AVStream* stream = avformat_new_stream(raw, nullptr);
        AVCodecParameters* codec = stream->codecpar;
        codec->codec_type = AVMEDIA_TYPE_VIDEO;
        codec->codec_id = AV_CODEC_ID_H264;
        codec->width = tracks.width;
        codec->height = tracks.height;
        giveExtradata(codec, tracks.h264);
        h264_ = tracks.h264;
        stream->time_base = {1, 90'000};
        pictureIndex_ = stream->index;
    }
    AVStream* stream = avformat_new_stream(raw, nullptr);
    AVCodecParameters* codec = stream->codecpar;
    codec->codec_type = AVMEDIA_TYPE_AUDIO;
    codec->codec_id = AV_CODEC_ID_AAC;
    codec->sample_rate = tracks.sampleRate;
    codec->frame_size = kAacFrame;
    av_channel_layout_default(&codec->ch_layout, tracks.channels);
    giveExtradata(codec, tracks.aac);
    stream->time_base = {1, tracks.sampleRate};
    soundIndex_ = stream->index;
    frameNs_ = av_rescale(kAacFrame, 1'000'000'000, tracks.sampleRate);
    return {};
}

Result<void> Muxer::begin() {
    AVDictionary* options = nullptr;
    if (container_ == Container::FragmentedMp4)
        av_dict_set(&options, "movflags",
                    "frag_custom+empty_moov+default_base_moof+frag_discont+cmaf", 0);
    if (container_ == Container::Flv) av_dict_set(&options, "flvflags", "no_duration_filesize", 0);
    context_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    // Who comes to a stream that goes on needs its tables soon (ISO/IEC 13818-1, 2.4.4).
    if (container_ == Container::MpegTs) av_dict_set(&options, "pat_period", "0.5", 0);
    context_->flags |= AVFMT_FLAG_FLUSH_PACKETS;
    const int written = avformat_write_header(context_.get(), &options);
    av_dict_free(&options);
    TRY(checked(written, "cannot begin"));
    avio_flush(context_->pb);
    return {};
}

Result<void> Muxer::push(const ProgrammeFrame& frame) {
    const int index = frame.isPicture() ? pictureIndex_ : soundIndex_;
    if (index < 0) return {};
    // What is older than the first frame is no part of it; FLV's muxer breaks off there.
    if (firstAt_ < 0) firstAt_ = frame.at;
    if (frame.at < firstAt_) return {};
    GstBuffer* buffer = gst_sample_get_buffer(frame.sample);
    const Mapped bytes(buffer);
    AVPacket* packet = packet_.get();
    if (av_new_packet(packet, static_cast<int>(bytes.size())) < 0)
        return Error{ErrorCode::Unavailable, "no memory"};
    std::memcpy(packet->data, bytes.data(), bytes.size());
    packet->stream_index = index;
    packet->pts = packet->dts = frame.at;
    packet->duration = frame.isPicture()
                           ? static_cast<std::int64_t>(GST_BUFFER_DURATION_IS_VALID(buffer)
                                                           ? GST_BUFFER_DURATION(buffer)
                                                           : 40 * GST_MSECOND)
                           : frameNs_;
    if (frame.isKeyFrame) packet->flags |= AV_PKT_FLAG_KEY;
    // FLV has them beside the frames, the others within.
    if (container_ == Container::Flv && frame.isPicture() && frame.isKeyFrame) {
        auto sets = parameterSets(bytes.data(), bytes.size());
        if (!sets.empty() && sets != h264_) {
            h264_ = std::move(sets);
            std::uint8_t* room =
                av_packet_new_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, h264_.size());
            if (room) std::copy(h264_.begin(), h264_.end(), room);
        }
    }
    av_packet_rescale_ts(packet, kNanoseconds, context_->streams[index]->time_base);
    const int written = av_write_frame(context_.get(), packet);
    av_packet_unref(packet);
    if (isConnected_) bytes_ = static_cast<std::uint64_t>(context_->pb->bytes_written);
    return checked(written, "cannot send");
}

Result<void> Muxer::cut() {
    TRY(checked(av_write_frame(context_.get(), nullptr), "cannot write"));
    avio_flush(context_->pb);
    // The next piece says by itself when it begins: frames may be missing between the two.
    av_opt_set(context_->priv_data, "movflags", "+frag_discont", 0);
    return {};
}

} // namespace mullion
