#include "pipelines/output/track_recorder.h"

#include <algorithm>
#include <mutex>

#include "src/base/log.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

constexpr Log kLog("tracks");

/// Frames that wait for their file to be opened: far more than that takes.
constexpr std::size_t kMaxWaiting = 500;

/// What Matroska tells times by. Frames that are closer, as where a source's clock is set back,
/// would have one time, which players and ffmpeg take for an error.
constexpr GstClockTime kTick = GST_MSECOND;

/// Each costs a pipeline: who changes the size of his picture more often is followed no further.
constexpr int kMaxFiles = 200;

/// Whether a file that was begun with `first` can hold frames of `now`: VP8 says in each key frame
/// how large it is, of H.264 the file's header does.
bool isSameFile(GstCaps* first, GstCaps* now) {
    const GstStructure* a = gst_caps_get_structure(first, 0);
    const GstStructure* b = gst_caps_get_structure(now, 0);
    if (!gst_structure_has_name(b, gst_structure_get_name(a))) return false;
    if (!gst_structure_has_name(a, "video/x-h264")) return true;
    for (const char* side : {"width", "height"}) {
        int before = 0;
        int after = 0;
        gst_structure_get_int(a, side, &before);
        gst_structure_get_int(b, side, &after);
        if (before != after) return false;
    }
    return true;
}

} // namespace

/// One source of one sender. Frames come on a streaming thread, the rest is main-bound.
class TrackRecorder::Track : public SampleReceiver, public std::enable_shared_from_this<Track> {
public:
    struct Callbacks {
        /// The number of a new file.
        std::function<int()> next;
        std::function<std::string(int index)> pathOf;
        /// `open` is null once it is closed.
        std::function<void(const Part&, std::shared_ptr<RecordingFile> open)> onFile;
        std::function<void(const Error&)> onFailed;
    };

    Track(std::string userId, wire::TrackSource source, std::uint64_t minFree, Callbacks callbacks)
        : userId_(std::move(userId))
        , source_(source)
        , minFree_(minFree)
        , callbacks_(std::move(callbacks)) {}

    void onSample(GstSample* sample) override {
        GstBuffer* buffer = gst_sample_get_buffer(sample);
        GstCaps* caps = gst_sample_get_caps(sample);
        if (!buffer || !caps || !GST_BUFFER_PTS_IS_VALID(buffer)) return;
        const GstClockTime at = gst_segment_to_running_time(
            gst_sample_get_segment(sample), GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
        if (!GST_CLOCK_TIME_IS_VALID(at)) return;
        const bool isKeyFrame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        if (current_ && !isSameFile(current_->caps.get(), caps)) finishLocked();
        if (!current_) {
            // A decoder begins with a key frame.
            if (!isKeyFrame || !beginLocked(caps, at)) return;
        }
        if (at < current_->began) return;
        const GstClockTime shown = std::max(at - current_->began, current_->next);
        current_->next = shown + kTick;
        if (current_->file)
            push(*current_->file, sample, shown);
        else if (current_->waiting.size() < kMaxWaiting)
            current_->waiting.emplace_back(GRef<GstSample>::share(sample), shown);
    }

    /// Nothing more comes into its file.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        if (current_) finishLocked();
    }

private:
    /// A file, and what came before it was open.
    struct Slot {
        GRef<GstCaps> caps;
        GstClockTime began = 0;
        /// The earliest time that another frame may have in it.
        GstClockTime next = 0;
        std::shared_ptr<RecordingFile> file = {};
        std::vector<std::pair<GRef<GstSample>, GstClockTime>> waiting = {};
        bool complete = false;
        int index = 0;
    };

    bool isSound() const { return source_ == wire::TrackSource::Sound; }

    /// @return whether there is a file for it.
    bool beginLocked(GstCaps* caps, GstClockTime at) {
        if (++files_ > kMaxFiles) {
            closed_ = true;
            return false;
        }
        current_ = std::make_shared<Slot>();
        current_->caps = GRef<GstCaps>::share(caps);
        current_->began = at;
        postToMain([self = shared_from_this(), slot = current_] { self->open(slot); });
        return true;
    }

    void finishLocked() {
        current_->complete = true;
        if (current_->file) current_->file->finish();
        current_.reset();
    }

    void push(RecordingFile& file, GstSample* sample, GstClockTime at) const {
        if (isSound())
            file.pushSound(sample, at);
        else
            file.pushPicture(sample, at);
    }

    Part partOf(const Slot& slot, const std::string& path) const {
        Part part{slot.index, userId_, source_, path};
        part.began = slot.began;
        return part;
    }

    void open(const std::shared_ptr<Slot>& slot) {
        slot->index = callbacks_.next();
        // The recorder has gone.
        if (slot->index == 0) return;
        const std::string path = callbacks_.pathOf(slot->index);
        const GstStructure* format = gst_caps_get_structure(slot->caps.get(), 0);
        const bool isH264 = gst_structure_has_name(format, "video/x-h264");
        auto file = RecordingFile::create(
            {.path = path,
             .muxer = RecordingFile::Muxer::Matroska,
             .picture = isSound() ? RecordingFile::Picture::None
                        : isH264  ? RecordingFile::Picture::H264
                                  : RecordingFile::Picture::Vp8,
             .sound = isSound() ? RecordingFile::Sound::Opus : RecordingFile::Sound::None,
             .minFree = minFree_},
            // It lives until its files are closed.
            [self = shared_from_this(), slot](const Result<void>& result) {
                self->onFileEnded(*slot, result);
            });
        if (!file) return fail(slot, file.error());
        callbacks_.onFile(partOf(*slot, path), *file);
        const std::lock_guard lock(mutex_);
        slot->file = *file;
        for (const auto& [sample, at] : slot->waiting)
            push(**file, sample.get(), at);
        slot->waiting.clear();
        if (slot->complete) (*file)->finish();
    }

    void fail(const std::shared_ptr<Slot>& slot, const Error& error) {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            slot->waiting.clear();
            if (current_ == slot) current_.reset();
        }
        kLog.error("user=" + userId_, error.message);
        callbacks_.onFailed(error);
    }

    void onFileEnded(Slot& slot, const Result<void>& result) {
        std::shared_ptr<RecordingFile> file;
        {
            const std::lock_guard lock(mutex_);
            file = slot.file;
            slot.file.reset();
            // The disk is full, slow or away. What the muxer would not take is another matter: the
            // next key frame begins another file.
            if (!result && result.error().code != ErrorCode::Internal) closed_ = true;
            if (current_.get() == &slot) current_.reset();
        }
        if (!result) {
            kLog.error("user=" + userId_, result.error().message);
            callbacks_.onFailed(result.error());
        }
        if (!file) return;
        Part part = partOf(slot, file->path());
        part.bytes = file->bytes();
        part.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::nanoseconds(file->durationNs()));
        callbacks_.onFile(part, nullptr);
    }

    std::string userId_;
    wire::TrackSource source_;
    std::uint64_t minFree_;
    Callbacks callbacks_;

    std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    std::shared_ptr<Slot> current_ = {};
    /// GUARDED_BY(mutex_)
    int files_ = 0;
    /// GUARDED_BY(mutex_)
    bool closed_ = false;
};

TrackRecorder::TrackRecorder(Settings settings, Callbacks callbacks)
    : settings_(std::move(settings))
    , callbacks_(std::move(callbacks))
    , next_(settings_.first) {}

TrackRecorder::~TrackRecorder() {
    self_.reset();
    for (auto& [id, followed] : followed_)
        letGo(followed, {});
}

std::shared_ptr<TrackRecorder::Track> TrackRecorder::begin(MediaSender& sender,
                                                           wire::TrackSource source) {
    const Track::Callbacks callbacks{
        [weak = std::weak_ptr(self_)] {
            const auto self = weak.lock();
            return self ? (*self)->next_++ : 0;
        },
        [path = settings_.path](int index) { return path + '.' + std::to_string(index) + ".mkv"; },
        [weak = std::weak_ptr(self_)](const Part& part, const auto& open) {
            if (const auto self = weak.lock()) (*self)->onTrackFile(part, open);
        },
        [weak = std::weak_ptr(self_)](const Error& error) {
            if (const auto self = weak.lock()) (*self)->callbacks_.onFailed(error);
        }};
    auto track = std::make_shared<Track>(sender.userId(), source, settings_.minFree, callbacks);
    sender.tap(source, track);
    return track;
}

/// Takes nothing more of him but of the sources in `kept`.
void TrackRecorder::letGo(Followed& followed, const std::set<wire::TrackSource>& kept) {
    std::erase_if(followed.tracks, [&](const auto& entry) {
        const auto& [source, track] = entry;
        if (kept.contains(source)) return false;
        followed.sender->untap(source, track.get());
        track->close();
        return true;
    });
}

void TrackRecorder::follow(const std::vector<Sender>& senders) {
    if (paused_ || stopped_) return;
    for (auto entry = followed_.begin(); entry != followed_.end();) {
        Followed& followed = entry->second;
        const bool isThere = std::any_of(senders.begin(), senders.end(), [&](const Sender& known) {
            return known.sender == followed.sender;
        });
        if (!isThere) letGo(followed, {});
        entry = isThere ? std::next(entry) : followed_.erase(entry);
    }
    for (const auto& [sender, sources] : senders) {
        Followed& followed = followed_[sender->id()];
        followed.sender = sender;
        letGo(followed, sources);
        for (const auto source : sources)
            if (!followed.tracks.contains(source)) followed.tracks[source] = begin(*sender, source);
    }
}

void TrackRecorder::pause() {
    follow({});
    paused_ = true;
}

void TrackRecorder::resume() {
    paused_ = false;
}

void TrackRecorder::stop(std::function<void()> done) {
    follow({});
    stopped_ = true;
    // Behind the files that are to be opened still.
    postToMain([weak = std::weak_ptr(self_), done = std::move(done)] {
        const auto self = weak.lock();
        if (self && !(*self)->open_.empty())
            (*self)->onStopped_ = done;
        else
            done();
    });
}

std::uint64_t TrackRecorder::bytes() const {
    std::uint64_t bytes = closedBytes_;
    for (const auto& [index, file] : open_)
        bytes += file->bytes();
    return bytes;
}

void TrackRecorder::onTrackFile(const Part& part, const std::shared_ptr<RecordingFile>& open) {
    if (open) {
        open_[part.index] = open;
        return callbacks_.onPartBegun(part);
    }
    open_.erase(part.index);
    closedBytes_ += part.bytes;
    callbacks_.onPartEnded(part);
    if (open_.empty() && onStopped_) std::exchange(onStopped_, {})();
}

} // namespace mullion
