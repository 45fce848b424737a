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
        std::function<void(const Part&, bool closed)> onFile;
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
            if (!isKeyFrame) return;
            beginLocked(caps, at);
        }
        if (at < current_->began) return;
        if (current_->file)
            push(*current_->file, sample, at - current_->began);
        else if (current_->waiting.size() < kMaxWaiting)
            current_->waiting.emplace_back(GRef<GstSample>::share(sample), at - current_->began);
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
        std::shared_ptr<RecordingFile> file = {};
        std::vector<std::pair<GRef<GstSample>, GstClockTime>> waiting = {};
        bool complete = false;
        int index = 0;
    };

    bool isSound() const { return source_ == wire::TrackSource::Sound; }

    void beginLocked(GstCaps* caps, GstClockTime at) {
        current_ = std::make_shared<Slot>();
        current_->caps = GRef<GstCaps>::share(caps);
        current_->began = at;
        postToMain([self = shared_from_this(), slot = current_] { self->open(slot); });
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
        if (!file) return kLog.error("user=" + userId_, file.error().message);
        callbacks_.onFile(partOf(*slot, path), false);
        const std::lock_guard lock(mutex_);
        slot->file = *file;
        for (const auto& [sample, at] : slot->waiting)
            push(**file, sample.get(), at);
        slot->waiting.clear();
        if (slot->complete) (*file)->finish();
    }

    void onFileEnded(Slot& slot, const Result<void>& result) {
        std::shared_ptr<RecordingFile> file;
        {
            const std::lock_guard lock(mutex_);
            file = slot.file;
            slot.file.reset();
            // What failed is not begun again: the disk is full, or slow.
            if (!result) closed_ = true;
            if (current_.get() == &slot) current_.reset();
        }
        if (!result) kLog.error("user=" + userId_, result.error().message);
        if (!file) return;
        Part part = partOf(slot, file->path());
        part.bytes = file->bytes();
        part.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::nanoseconds(file->durationNs()));
        callbacks_.onFile(part, true);
    }

    std::string userId_;
    wire::TrackSource source_;
    std::uint64_t minFree_;
    Callbacks callbacks_;

    std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    std::shared_ptr<Slot> current_ = {};
    /// GUARDED_BY(mutex_)
    bool closed_ = false;
};

TrackRecorder::TrackRecorder(Settings settings, Callbacks callbacks)
    : settings_(std::move(settings))
    , callbacks_(std::move(callbacks))
    , next_(settings_.first) {}

TrackRecorder::~TrackRecorder() {
    self_.reset();
    for (const auto& [id, followed] : followed_)
        letGo(followed);
}

std::vector<std::shared_ptr<TrackRecorder::Track>> TrackRecorder::tracksOf(MediaSender& sender) {
    std::vector<std::shared_ptr<Track>> tracks;
    const Track::Callbacks callbacks{
        [weak = std::weak_ptr(self_)] {
            const auto self = weak.lock();
            return self ? (*self)->next_++ : 0;
        },
        [path = settings_.path](int index) { return path + '.' + std::to_string(index) + ".mkv"; },
        [weak = std::weak_ptr(self_)](const Part& part, bool closed) {
            if (const auto self = weak.lock()) (*self)->onTrackFile(part, closed);
        }};
    for (const auto source :
         {wire::TrackSource::Sound, wire::TrackSource::Camera, wire::TrackSource::Screen}) {
        tracks.push_back(
            std::make_shared<Track>(sender.userId(), source, settings_.minFree, callbacks));
        sender.tap(source, tracks.back());
    }
    return tracks;
}

void TrackRecorder::letGo(const Followed& followed) {
    for (const auto source :
         {wire::TrackSource::Sound, wire::TrackSource::Camera, wire::TrackSource::Screen})
        followed.sender->tap(source, nullptr);
    for (const auto& track : followed.tracks)
        track->close();
}

void TrackRecorder::follow(const std::vector<std::shared_ptr<MediaSender>>& senders) {
    if (paused_ || stopped_) return;
    std::erase_if(followed_, [&](const auto& entry) {
        const bool isThere = std::any_of(senders.begin(), senders.end(), [&](const auto& sender) {
            return sender == entry.second.sender;
        });
        if (!isThere) letGo(entry.second);
        return !isThere;
    });
    for (const auto& sender : senders)
        if (!followed_.contains(sender->id()))
            followed_[sender->id()] = {sender, tracksOf(*sender)};
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
        if (self && (*self)->open_ > 0)
            (*self)->onStopped_ = done;
        else
            done();
    });
}

std::uint64_t TrackRecorder::bytes() const {
    return closedBytes_;
}

void TrackRecorder::onTrackFile(const Part& part, bool closed) {
    open_ += closed ? -1 : 1;
    if (closed) closedBytes_ += part.bytes;
    (closed ? callbacks_.onPartEnded : callbacks_.onPartBegun)(part);
    if (open_ == 0 && onStopped_) std::exchange(onStopped_, {})();
}

} // namespace mullion
