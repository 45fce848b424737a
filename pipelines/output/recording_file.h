#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "pipelines/gst/bridge.h"
#include "pipelines/output/growing_file.h"

namespace mullion {

/// One file of a recording while it grows: fragments of MP4 or clusters of Matroska, half a second
/// or one each, so that all but the last of them plays whatever happens. A pipeline of its own,
/// without a clock:
///
///     picture inlet ▸ (parser) ▸┐
///                               muxer ▸ file
///     sound inlet ▸ (parser) ──▸┘
///
/// push…() is for streaming threads and does not wait for the disk, the rest is main-bound.
class RecordingFile : public std::enable_shared_from_this<RecordingFile> {
public:
    enum class Muxer { Mp4, Webm, Matroska };
    enum class Picture { None, Vp8, H264 };
    enum class Sound { None, Opus, Aac };

    struct Settings {
        std::string path;
        Muxer muxer = Muxer::Mp4;
        Picture picture = Picture::H264;
        Sound sound = Sound::Aac;
        /// Bytes that stay free on the disk.
        std::uint64_t minFree = 0;
    };

    /// `onEnd` comes once on main: when the file is closed after finish(), or with the Error that
    /// ended it.
    using Ended = std::function<void(const Result<void>&)>;

    /// @return as GrowingFile::create(), or Unavailable naming the element that is not installed.
    static Result<std::shared_ptr<RecordingFile>> create(const Settings& settings, Ended onEnd);
    ~RecordingFile();

    /// Encoded frames; `at` is their time in the file, ns.
    void pushPicture(GstSample* sample, GstClockTime at);
    void pushSound(GstSample* sample, GstClockTime at);

    /// No more frames come. Thread-safe, any number of times.
    void finish();

    const std::string& path() const { return settings_.path; }

    /// What is written so far.
    std::uint64_t bytes() const { return bytes_; }

    /// Up to where its picture goes, its sound where it has none, ns.
    std::uint64_t durationNs() const { return duration_; }

private:
    RecordingFile(const Settings& settings, GrowingFile file, Ended onEnd)
        : settings_(settings)
        , file_(std::move(file))
        , onEnd_(std::move(onEnd)) {}

    Result<void> build();
    Result<GstElement*> addInlet(GstElement* muxer, const char* parser, const char* pad);
    void push(GstElement* source, GstSample* sample, GstClockTime at);
    void write(GstSample* sample);
    void fail(Error error);
    void endSoon(Result<void> result);

    Settings settings_;
    GRef<GstElement> pipeline_ = {};
    BusWatch bus_ = {};
    GstElement* picture_ = nullptr;
    GstElement* sound_ = nullptr;
    /// The muxer's thread's, and main's once that has ended.
    GrowingFile file_;
    Ended onEnd_;
    std::atomic<std::uint64_t> bytes_ = 0;
    std::atomic<std::uint64_t> duration_ = 0;
    std::atomic<bool> finished_ = false;
    std::atomic<bool> failed_ = false;
};

} // namespace mullion
