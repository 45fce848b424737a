#pragma once

#include <memory>
#include <string>

#include "finish/extent.h"
#include "finish/libav.h"

namespace mullion::finish {

/// A recording's file, opened for reading as far as it is whole. Only what we record is taken from
/// it: one picture of H.264 or VP8, one sound of AAC or Opus. Not thread-safe.
class Input {
public:
    /// @return NotFound: missing, no file, or unreadable; UnsupportedMedia: nothing in it plays.
    static Result<std::unique_ptr<Input>> open(const std::string& path);
    ~Input();
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    Container container() const { return extent_.container; }

    bool isTorn() const { return extent_.isTorn; }

    AVFormatContext* format() const { return format_; }

    /// Null where there is none.
    AVStream* picture() const { return picture_; }

    AVStream* sound() const { return sound_; }

    /// Leaves out all packets but this stream's.
    void only(const AVStream* wanted);

    /// 0 to 1, how far it is read.
    double position() const;

    /// The disk's own error, 0 if there was none: libav may take it for the end.
    int diskError() const { return diskError_; }

    const std::string& path() const { return path_; }

private:
    explicit Input(std::string path)
        : path_(std::move(path)) {}

    Result<void> openFile();
    Result<void> openFormat();
    AVStream* find(AVMediaType type, AVCodecID first, AVCodecID second) const;
    int read(std::uint8_t* into, int size);
    std::int64_t seek(std::int64_t offset, int whence);

    std::string path_;
    int fd_ = -1;
    Extent extent_ = {};
    std::uint64_t offset_ = 0;
    int diskError_ = 0;
    AVIOContext* io_ = nullptr;
    AVFormatContext* format_ = nullptr;
    AVStream* picture_ = nullptr;
    AVStream* sound_ = nullptr;
};

} // namespace mullion::finish
