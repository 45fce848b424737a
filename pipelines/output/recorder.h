#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/output/cutter.h"
#include "pipelines/output/programme_take.h"
#include "pipelines/output/recording_file.h"

namespace mullion {

/// Keeps a call's programme in files: the top rung's frames and the programme's sound as they are
/// encoded for others, in one file after the other. Main-bound; what it takes comes on streaming
/// threads.
///
/// A new file begins at a key frame, without losing a frame: on a limit, and where the picture
/// changes its size or its encoder, which a file cannot hold.
class Recorder : public std::enable_shared_from_this<Recorder> {
public:
    struct Settings {
        wire::RecordingFormat format = wire::RecordingFormat::Mp4;
        /// What files are called, before `.N.mp4`.
        std::string path;
        /// The number of the first of them.
        int firstPart = 1;
        /// When another file begins; 0: never.
        std::chrono::seconds maxDuration{0};
        std::uint64_t maxBytes = 0;
        /// Bytes that stay free on the disk.
        std::uint64_t minFree = 0;
    };

    struct Part {
        int index = 0;
        std::string path = {};
        std::uint64_t bytes = 0;
        std::chrono::milliseconds duration{0};
    };

    struct Callbacks {
        std::function<void(const Part&)> onPartBegun;
        std::function<void(const Part&)> onPartEnded;
        /// Once: the last file is closed, after stop() or with the Error that stopped it.
        std::function<void(const Result<void>&)> onEnded;
        /// The running time now, ns.
        std::function<GstClockTime()> now;
    };

    /// Begins at the next key frame; null for no picture. `sound` outlives it.
    /// @return Unavailable where the sound has no encoder.
    static Result<std::shared_ptr<Recorder>> create(const Settings& settings,
                                                    const std::shared_ptr<Rung>& rung,
                                                    ProgrammeSound& sound, Callbacks callbacks);
    ~Recorder();

    /// The picture comes from this rung from its next key frame on.
    void setRung(const std::shared_ptr<Rung>& rung);
    void pause();
    void resume();

    /// Ends with the frame that is shown now; the sound of it may come later, and is waited for.
    void stop();

    /// Ends with what has come.
    void breakOff() { end({}); }

    bool isPaused() const;

    /// Of all its files so far.
    std::uint64_t bytes() const;

private:
    using Track = ProgrammeFrame::Track;

    struct Waiting {
        Track track;
        GRef<GstSample> sample;
        GstClockTime at = 0;
    };

    /// A file, and what came before it was open.
    struct Slot {
        int part = 0;
        std::shared_ptr<RecordingFile> file = {};
        std::vector<Waiting> waiting = {};
        /// All of it has come.
        bool complete = false;
    };

    Recorder(const Settings& settings, bool hasPicture, Callbacks callbacks);

    void onFrame(const ProgrammeFrame& frame, ProgrammeTake& take);
    void takePictureLocked(const ProgrammeFrame& frame, ProgrammeTake& take);
    void endIfAllCameLocked();
    void placeLocked(Track track, GstSample* sample, const Cut& cut);
    void failLocked(Error error);
    static void pushTo(RecordingFile& file, Track track, GstSample* sample, GstClockTime at);
    void open(int part);
    void onFileEnded(int part, const Result<void>& result);
    void onSecond();
    void end(const Result<void>& result);
    void reportEnd();

    Settings settings_;
    bool hasPicture_ = true;
    Callbacks callbacks_;
    std::shared_ptr<ProgrammeTake> take_ = {};
    Source clock_ = {};
    int seconds_ = 0;
    /// How long stop() has waited for sound.
    int secondsOfStop_ = 0;
    bool ending_ = false;
    bool reported_ = false;
    Result<void> result_ = {};
    /// The part for which a limit has asked for the next.
    int cutAfter_ = -1;

    /// Of the files that are closed.
    std::uint64_t closedBytes_ = 0;

    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    Cutter cutter_;
    /// GUARDED_BY(mutex_): the newest last.
    std::deque<Slot> slots_ = {};
    /// GUARDED_BY(mutex_): what each track has come to.
    int picturePart_ = -1;
    int soundPart_ = -1;
    /// GUARDED_BY(mutex_): the newest frame of each track, and what is not recorded any more.
    std::int64_t pictureAt_ = -1;
    std::int64_t soundAt_ = -1;
    std::optional<std::int64_t> stopAt_ = {};
    /// GUARDED_BY(mutex_): what the frames are that are kept now.
    GRef<GstCaps> pictureCaps_ = {};
    /// GUARDED_BY(mutex_)
    bool closed_ = false;
};

} // namespace mullion
