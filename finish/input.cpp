#include "finish/input.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/system_error.h"

namespace mullion::finish {

namespace {

constexpr int kBlockBytes = 64 * 1024;

} // namespace

Result<std::unique_ptr<Input>> Input::open(const std::string& path) {
    std::unique_ptr<Input> input(new Input(path));
    TRY(input->openFile());
    TRY(input->openFormat());
    return input;
}

Input::~Input() {
    avformat_close_input(&format_);
    if (io_) av_freep(&io_->buffer);
    avio_context_free(&io_);
    if (fd_ >= 0) close(fd_);
}

Result<void> Input::openFile() {
    // A pipe would wait for somebody to write.
    fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd_ < 0) return readError(errno, path_);

    struct stat status {};

    if (fstat(fd_, &status) != 0) return readError(errno, path_);
    if (S_ISDIR(status.st_mode)) return readError(EISDIR, path_);
    if (!S_ISREG(status.st_mode)) return Error{ErrorCode::NotFound, path_ + ": not a file"};
    extent_ = TRY(extentOf(fd_, static_cast<std::uint64_t>(status.st_size), path_));
    return {};
}

Result<void> Input::openFormat() {
    io_ = avio_alloc_context(
        static_cast<unsigned char*>(av_malloc(kBlockBytes)), kBlockBytes, 0, this,
        [](void* self, std::uint8_t* into, int size) {
            return static_cast<Input*>(self)->read(into, size);
        },
        nullptr,
        [](void* self, std::int64_t offset, int whence) {
            return static_cast<Input*>(self)->seek(offset, whence);
        });
    format_ = avformat_alloc_context();
    format_->pb = io_;
    // Neither its name nor what it names is looked at: a file that asks for others gets none.
    format_->flags |= AVFMT_FLAG_CUSTOM_IO;
    format_->protocol_whitelist = av_strdup("");
    const char* name = container() == Container::Mp4 ? "mov" : "matroska";
    if (avformat_open_input(&format_, "", av_find_input_format(name), nullptr) == 0) {
        picture_ = find(AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_H264, AV_CODEC_ID_VP8);
        sound_ = find(AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_AAC, AV_CODEC_ID_OPUS);
    }
    if (diskError_ != 0) return readError(diskError_, path_);
    if (!picture_ && !sound_)
        return Error{ErrorCode::UnsupportedMedia,
                     path_ + ": nothing in it plays: no picture or sound of ours is described"};
    return {};
}

AVStream* Input::find(AVMediaType type, AVCodecID first, AVCodecID second) const {
    for (unsigned i = 0; i < format_->nb_streams; ++i) {
        const AVCodecParameters* codec = format_->streams[i]->codecpar;
        if (codec->codec_type != type || (codec->codec_id != first && codec->codec_id != second))
            continue;
        const bool described = type == AVMEDIA_TYPE_VIDEO ? codec->width > 0 && codec->height > 0
                                                          : codec->sample_rate > 0;
        if (described) return format_->streams[i];
    }
    return nullptr;
}

void Input::only(const AVStream* wanted) {
    for (unsigned i = 0; i < format_->nb_streams; ++i)
        format_->streams[i]->discard =
            format_->streams[i] == wanted ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

double Input::position() const {
    return extent_.bytes == 0 ? 1
                              : static_cast<double>(offset_) / static_cast<double>(extent_.bytes);
}

int Input::read(std::uint8_t* into, int size) {
    const std::uint64_t left = extent_.bytes - std::min(offset_, extent_.bytes);
    const auto wanted = std::min(left, static_cast<std::uint64_t>(size));
    if (wanted == 0) return AVERROR_EOF;
    ssize_t got = 0;
    do
        got = pread(fd_, into, wanted, static_cast<off_t>(offset_));
    while (got < 0 && errno == EINTR);
    if (got < 0) diskError_ = errno;
    if (got < 0) return AVERROR(diskError_);
    if (got == 0) return AVERROR_EOF;
    offset_ += static_cast<std::uint64_t>(got);
    return static_cast<int>(got);
}

std::int64_t Input::seek(std::int64_t offset, int whence) {
    const auto size = static_cast<std::int64_t>(extent_.bytes);
    if ((whence & AVSEEK_SIZE) != 0) return size;
    const std::int64_t base = whence == SEEK_CUR   ? static_cast<std::int64_t>(offset_)
                              : whence == SEEK_END ? size
                                                   : 0;
    if (offset < -base || offset > INT64_MAX - base) return AVERROR(EINVAL);
    offset_ = static_cast<std::uint64_t>(base + offset);
    return base + offset;
}

} // namespace mullion::finish
