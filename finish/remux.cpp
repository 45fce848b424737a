#include "finish/remux.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "src/base/system_error.h"

namespace mullion::finish {

namespace {

/// A file whose packets are all broken is not read for ever.
constexpr int kMaxReadErrors = 1000;

/// What is further from the packet before is a broken time: pauses leave no gap.
constexpr std::int64_t kLongestGapUs = std::int64_t{600} * AV_TIME_BASE;

/// A file of libav's that is being written.
class Output {
public:
    static Result<Output> create(Container container, const std::string& path,
                                 const std::string& name) {
        Output output(name);
        // A WebM is a Matroska of VP8 and Opus alone.
        const char* muxer = container == Container::Mp4 ? "mp4"
                            : name.ends_with(".mkv")    ? "matroska"
                                                        : "webm";
        // What is before a colon could be taken for a protocol.
        const std::string url = "file:" + path;
        avformat_alloc_output_context2(&output.format_, nullptr, muxer, url.c_str());
        if (!output.format_) return Error{ErrorCode::Internal, "libavformat lacks a muxer"};
        // No random ids, and not the version of libav.
        output.format_->flags |= AVFMT_FLAG_BITEXACT;
        if (const int result = avio_open(&output.format_->pb, url.c_str(), AVIO_FLAG_WRITE);
            result < 0)
            return output.error(result);
        return output;
    }

    Output(Output&& other) noexcept
        : name_(std::move(other.name_))
        , format_(std::exchange(other.format_, nullptr)) {}

    Output& operator=(Output&&) = delete;

    ~Output() {
        if (!format_) return;
        avio_closep(&format_->pb);
        avformat_free_context(format_);
    }

    AVFormatContext* format() const { return format_; }

    bool hasDiskError() const { return format_->pb->error < 0; }

    /// What `result` of libav means; the disk's own error comes first.
    Error error(int result) const {
        if (format_->pb && format_->pb->error < 0) result = format_->pb->error;
        const int number = AVUNERROR(result);
        // Libav's own codes are four letters.
        return writeError(number > 0 && number < 4096 ? number : EIO, name_);
    }

    Result<void> close() {
        avio_flush(format_->pb);
        if (hasDiskError()) return error(0);
        if (const int result = avio_closep(&format_->pb); result < 0) return error(result);
        return {};
    }

private:
    explicit Output(std::string name)
        : name_(std::move(name)) {}

    std::string name_;
    AVFormatContext* format_ = nullptr;
};

/// One stream on its way from one file to the other.
class Track {
public:
    Track(const AVStream* from, AVFormatContext* output)
        : from_(from)
        , to_(avformat_new_stream(output, nullptr))
        , isPicture_(from->codecpar->codec_type == AVMEDIA_TYPE_VIDEO) {
        avcodec_parameters_copy(to_->codecpar, from->codecpar);
        // The containers have different ones, and each muxer knows its own.
        to_->codecpar->codec_tag = 0;
        to_->time_base = from->time_base;
        to_->avg_frame_rate = from->avg_frame_rate;
        to_->sample_aspect_ratio = from->sample_aspect_ratio;
        to_->disposition = from->disposition;
        av_dict_copy(&to_->metadata, from->metadata, 0);
    }

    bool takes(const AVPacket& packet) const { return packet.stream_index == from_->index; }

    /// Makes it the output's. @return false for a packet that is broken.
    bool convert(AVPacket& packet) {
        if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts;
        if (!isWhole(packet)) return false;
        // The last of a file may not say how long it is.
        if (packet.duration <= 0) packet.duration = last_ ? packet.dts - *last_ : 0;
        last_ = packet.dts;
        begin_ = std::min(begin_, inUs(packet.pts));
        end_ = std::max(end_, inUs(packet.pts + packet.duration));
        av_packet_rescale_ts(&packet, from_->time_base, to_->time_base);
        packet.pts += missingDelay();
        packet.dts += missingDelay();
        packet.stream_index = to_->index;
        packet.pos = -1;
        return true;
    }

    bool isEmpty() const { return !last_; }

    /// µs of the file.
    std::int64_t begin() const { return begin_; }

    std::int64_t end() const { return end_; }

private:
    std::int64_t inUs(std::int64_t time) const {
        return av_rescale_q(time, from_->time_base, AV_TIME_BASE_Q);
    }

    bool isWhole(const AVPacket& packet) const {
        if (packet.size <= 0 || (packet.flags & AV_PKT_FLAG_CORRUPT) != 0) return false;
        if (packet.pts == AV_NOPTS_VALUE || packet.pts < packet.dts) return false;
        if (last_ && packet.dts <= *last_) return false;
        // Nothing decodes before the first key frame.
        if (isPicture_ && !last_ && (packet.flags & AV_PKT_FLAG_KEY) == 0) return false;
        const std::int64_t before = last_ ? inUs(*last_) : 0;
        return inUs(packet.dts) >= before - kLongestGapUs &&
               inUs(packet.pts) <= before + kLongestGapUs && inUs(packet.duration) <= kLongestGapUs;
    }

    /// What the muxer forgets of a time, in the output's unit: libavformat 59 (Debian 12) takes a
    /// WebM track's codec delay off when it reads, and does not put it back when it writes.
    std::int64_t missingDelay() const {
        const AVCodecParameters* codec = from_->codecpar;
        if (LIBAVFORMAT_VERSION_MAJOR > 59 || codec->codec_id != AV_CODEC_ID_OPUS) return 0;
        return av_rescale_q(codec->initial_padding, {1, codec->sample_rate}, to_->time_base);
    }

    const AVStream* from_;
    AVStream* to_;
    bool isPicture_;
    /// The newest dts, in the input's unit.
    std::optional<std::int64_t> last_ = {};
    std::int64_t begin_ = 0;
    std::int64_t end_ = 0;
};

using Tracks = std::vector<Track>;

Result<void> writeHeader(const Input& input, Output& output) {
    av_dict_copy(&output.format()->metadata, input.format()->metadata, 0);
    AVDictionary* options = nullptr;
    if (input.container() == Container::Mp4) {
        av_dict_set(&options, "movflags", "faststart", 0);
        // The begin of a track counts in it: a millisecond would round lip sync away.
        av_dict_set(&options, "movie_timescale", "48000", 0);
    } else {
        av_dict_set(&options, "cues_to_front", "1", 0);
    }
    const int result = avformat_write_header(output.format(), &options);
    av_dict_free(&options);
    if (result >= 0) return {};
    if (output.hasDiskError()) return output.error(result);
    return Error{ErrorCode::UnsupportedMedia,
                 input.path() + ": nothing in it plays: its codecs are not described whole"};
}

/// @return whether packets are missing.
Result<bool> copyPackets(const Input& input, Output& output, Tracks& tracks, Progress& progress) {
    const AvPtr<AVPacket> packet(av_packet_alloc());
    bool hasGaps = false;
    for (int errors = 0; errors < kMaxReadErrors;) {
        av_packet_unref(packet.get());
        const int read = av_read_frame(input.format(), packet.get());
        if (input.diskError() != 0) return readError(input.diskError(), input.path());
        if (read == AVERROR_EOF) break;
        if (read < 0) {
            hasGaps = true;
            ++errors;
            continue;
        }
        progress.at(input.position());
        const auto track = std::find_if(tracks.begin(), tracks.end(),
                                        [&](const Track& known) { return known.takes(*packet); });
        if (track == tracks.end()) continue;
        if (!track->convert(*packet)) {
            hasGaps = true;
            continue;
        }
        const int written = av_interleaved_write_frame(output.format(), packet.get());
        if (output.hasDiskError()) return output.error(written);
        hasGaps |= written < 0;
    }
    return hasGaps;
}

} // namespace

Result<Copied> remux(Input& input, const std::string& path, const std::string& name,
                     Progress& progress) {
    Output output = TRY(Output::create(input.container(), path, name));
    Tracks tracks;
    for (const AVStream* stream : {input.picture(), input.sound()})
        if (stream) tracks.emplace_back(stream, output.format());
    TRY(writeHeader(input, output));
    Copied copied;
    copied.hasGaps = TRY(copyPackets(input, output, tracks, progress));
    if (std::all_of(tracks.begin(), tracks.end(), [](const Track& t) { return t.isEmpty(); }))
        return Error{ErrorCode::UnsupportedMedia,
                     input.path() + ": nothing in it plays: no part of it is whole"};
    if (const int result = av_write_trailer(output.format()); result < 0)
        return output.error(result);
    TRY(output.close());
    std::int64_t begin = 0;
    std::int64_t end = 0;
    for (const Track& track : tracks) {
        begin = std::min(begin, track.begin());
        end = std::max(end, track.end());
    }
    copied.duration = std::chrono::milliseconds((end - begin + 500) / 1000);
    return copied;
}

} // namespace mullion::finish
