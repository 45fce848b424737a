#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "pipelines/output/broadcast.h"
#include "pipelines/output/hls_cutter.h"
#include "pipelines/output/interleaver.h"
#include "pipelines/output/muxer.h"
#include "src/base/batch_thread.h"
#include "src/base/descriptor.h"
#include "src/wire/hls_part.h"

namespace mullion {

/// Writes a programme as HLS: segments of MP4 with picture and sound together, each growing part by
/// part, and a line for each part (see wire::HlsPart). Who asks for them is mulliond's matter, and
/// so are the playlists and what becomes of old segments.
///
/// Files are written by a thread of its own; where the disk is so slow that frames pile up, they
/// are dropped up to the next key frame.
class HlsWriter : public Broadcast, public std::enable_shared_from_this<HlsWriter> {
public:
    struct Settings {
        /// The folder, which is made.
        std::string path;
        bool hasPicture = true;
        std::int64_t firstSegment = 0;
        std::int64_t firstInit = 0;
    };

    struct Callbacks {
        /// On main, after the part is in its file.
        std::function<void(const wire::HlsPart&)> onPart;
        ReportChanged onChanged;
        /// The running time now, ns. Thread-safe.
        std::function<GstClockTime()> now;
    };

    /// @return StorageFull, Unavailable where the folder cannot be made.
    static Result<std::shared_ptr<HlsWriter>> create(const Settings& settings, Callbacks callbacks);

    void onFrame(const ProgrammeFrame& frame, ProgrammeTake& take) override;
    Report report() const override;
    void stop(std::function<void()> done) override;

private:
    /// Empty: the end.
    using Job = std::pair<HeldFrame, std::shared_ptr<ProgrammeTake>>;

    HlsWriter(const Settings& settings, Callbacks callbacks);
    void work(const std::vector<Job>& jobs);
    Result<void> take(const HeldFrame& held, ProgrammeTake& take);
    Result<void> place(const ProgrammeFrame& frame);
    Result<void> end();
    bool leads(const ProgrammeFrame& frame) const;
    Result<void> startMuxer(const Muxer::Tracks& tracks);
    Result<void> endPart(bool endsSegment);
    Result<void> writePart(bool endsSegment);
    void fail(const Error& error);
    void change(wire::BroadcastState state);

    Settings settings_;
    Callbacks callbacks_;
    std::atomic<int> waiting_ = 0;
    /// Streaming threads alone: frames were dropped, and a key frame is waited for.
    bool lost_ = false;

    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    Report report_ = {};

    // The thread's own from here on.
    Interleaver interleaver_ = {};
    Muxer::Probe probe_;
    std::string tracksKey_ = {};
    std::unique_ptr<Muxer> muxer_ = {};
    /// What the muxer has made that is in no file yet.
    std::string made_ = {};
    HlsCutter cutter_ = {};
    bool started_ = false;
    std::int64_t segment_ = 0;
    std::int64_t init_ = 0;
    std::int64_t offset_ = 0;
    Descriptor segmentFile_ = {};
    Descriptor partsFile_ = {};
    bool independent_ = false;
    bool hasFrames_ = false;
    /// Of the part: when its first frame is due, and the newest or the one after its last; ns.
    std::int64_t partBegin_ = 0;
    std::int64_t partEnd_ = 0;
    std::int64_t partStartedAtMs_ = 0;
    std::function<void()> done_ = {};
    /// Last, so that it ends before the rest goes.
    std::unique_ptr<BatchThread<Job>> thread_;
};

} // namespace mullion
