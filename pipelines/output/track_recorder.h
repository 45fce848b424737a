#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "pipelines/output/recording_file.h"
#include "pipelines/sender.h"

namespace mullion {

/// Keeps what each participant of a call sends, as it comes and without decoding it: a file of
/// Matroska for each source, from its first frame that can be decoded to its end. Who comes back
/// begins new files, and so does a picture whose size a file cannot hold. Main-bound.
class TrackRecorder {
public:
    /// Somebody, and what of him may be kept now: nothing of who is muted.
    struct Sender {
        std::shared_ptr<MediaSender> sender;
        std::set<wire::TrackSource> sources;
    };

    struct Settings {
        /// What files are called, before `.N.mkv`.
        std::string path;
        /// The number of the first of them.
        int first = 1;
        /// Bytes that stay free on the disk.
        std::uint64_t minFree = 0;
    };

    struct Part {
        int index = 0;
        std::string userId = {};
        wire::TrackSource source = wire::TrackSource::Sound;
        std::string path = {};
        std::uint64_t bytes = 0;
        std::chrono::milliseconds duration{0};
        /// When its first frame is due in the mix, running time, ns.
        GstClockTime began = 0;
    };

    struct Callbacks {
        std::function<void(const Part&)> onPartBegun;
        std::function<void(const Part&)> onPartEnded;
        /// A track could not be written any further; the others go on.
        std::function<void(const Error&)> onFailed;
    };

    TrackRecorder(Settings settings, Callbacks callbacks);
    /// What is still open closes by itself.
    ~TrackRecorder();
    TrackRecorder(const TrackRecorder&) = delete;
    TrackRecorder& operator=(const TrackRecorder&) = delete;

    /// These send now; what others sent is closed.
    void follow(const std::vector<Sender>& senders);

    void pause();
    void resume();

    /// `done` comes when no file is open any more.
    void stop(std::function<void()> done);

    /// Of all its files so far.
    std::uint64_t bytes() const;

private:
    class Track;

    struct Followed {
        std::shared_ptr<MediaSender> sender;
        std::map<wire::TrackSource, std::shared_ptr<Track>> tracks = {};
    };

    std::shared_ptr<Track> begin(MediaSender& sender, wire::TrackSource source);
    static void letGo(Followed& followed, const std::set<wire::TrackSource>& kept);
    void onTrackFile(const Part& part, const std::shared_ptr<RecordingFile>& open);

    Settings settings_;
    Callbacks callbacks_;
    int next_ = 0;
    bool paused_ = false;
    bool stopped_ = false;
    /// By the sender's id.
    std::map<std::string, Followed> followed_ = {};
    /// By number.
    std::map<int, std::shared_ptr<RecordingFile>> open_ = {};
    std::uint64_t closedBytes_ = 0;
    std::function<void()> onStopped_ = {};
    /// For callbacks that may come after the end.
    std::shared_ptr<TrackRecorder*> self_ = std::make_shared<TrackRecorder*>(this);
};

} // namespace mullion
