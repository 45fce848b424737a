#include "pipelines/output/recorder.h"

#include <algorithm>

#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("recorder");

/// Players seek from key frame to key frame; encoders make none by themselves.
constexpr int kKeyFrameSeconds = 5;

/// Frames that wait for their file to be open: a minute of picture and sound.
constexpr std::size_t kMaxWaiting = 4096;

/// So many ticks of the clock are waited for the last sound, which comes some 80 ms late.
constexpr int kMaxSecondsOfStop = 2;

} // namespace

Recorder::Recorder(const Settings& settings, bool hasPicture, Callbacks callbacks)
    : settings_(settings)
    , hasPicture_(hasPicture)
    , callbacks_(std::move(callbacks))
    , cutter_(hasPicture) {}

Result<std::shared_ptr<Recorder>> Recorder::create(const Settings& settings,
                                                   const std::shared_ptr<Rung>& rung,
                                                   ProgrammeSound& sound, Callbacks callbacks) {
    // A streaming thread may be the last to let go of it.
    std::shared_ptr<Recorder> recorder(
        new Recorder(settings, rung != nullptr, std::move(callbacks)),
        [](Recorder* last) { postToMain([last] { delete last; }); });
    const auto onFrame = [weak = std::weak_ptr<Recorder>(recorder)](const auto& frame, auto& take) {
        if (const auto self = weak.lock()) self->onFrame(frame, take);
    };
    recorder->take_ = TRY(ProgrammeTake::create(rung, sound, onFrame));
    recorder->clock_ = every(std::chrono::seconds(1), [weak = std::weak_ptr<Recorder>(recorder)] {
        const auto self = weak.lock();
        if (self) self->onSecond();
        return self != nullptr;
    });
    return recorder;
}

Recorder::~Recorder() {
    if (take_) take_->release();
}

void Recorder::setRung(const std::shared_ptr<Rung>& rung) {
    if (!ending_) take_->setRung(rung);
}

void Recorder::pause() {
    const std::lock_guard lock(mutex_);
    cutter_.pause(static_cast<std::int64_t>(callbacks_.now()));
}

void Recorder::resume() {
    {
        const std::lock_guard lock(mutex_);
        cutter_.resume(static_cast<std::int64_t>(callbacks_.now()));
    }
    take_->requestKeyFrame();
}

void Recorder::stop() {
    const std::lock_guard lock(mutex_);
    if (!stopAt_) stopAt_ = cutter_.pause(static_cast<std::int64_t>(callbacks_.now()));
}

bool Recorder::isPaused() const {
    const std::lock_guard lock(mutex_);
    return cutter_.isPaused();
}

void Recorder::onFrame(const ProgrammeFrame& frame, ProgrammeTake& take) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    (frame.isPicture() ? pictureAt_ : soundAt_) = frame.at;
    if (frame.isPicture())
        takePictureLocked(frame, take);
    else if (const auto cut = cutter_.sound(frame.at))
        placeLocked(frame.track, frame.sample, *cut);
    if (stopAt_ && !closed_) endIfAllCameLocked();
}

void Recorder::takePictureLocked(const ProgrammeFrame& frame, ProgrammeTake& take) {
    GstCaps* caps = gst_sample_get_caps(frame.sample);
    if (frame.isKeyFrame && pictureCaps_.get() != caps) {
        if (pictureCaps_ && !gst_caps_is_equal(pictureCaps_.get(), caps)) cutter_.cut();
        pictureCaps_ = GRef<GstCaps>::share(caps);
    }
    const auto cut = cutter_.picture(frame.at, frame.isKeyFrame);
    if (cut) return placeLocked(frame.track, frame.sample, *cut);
    // A key frame that was painted before the moment at which it goes on.
    if (frame.isKeyFrame && !cutter_.isPaused()) take.requestKeyFrame();
}

void Recorder::endIfAllCameLocked() {
    if (soundAt_ < *stopAt_ || (hasPicture_ && pictureAt_ < *stopAt_)) return;
    closed_ = true;
    postToMain([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->end({});
    });
}

/// Puts a frame into its file, which the first frame asks for; the one before ends once both tracks
/// have gone on.
void Recorder::placeLocked(Track track, GstSample* sample, const Cut& cut) {
    auto slot = std::find_if(slots_.begin(), slots_.end(),
                             [&](const Slot& known) { return known.part == cut.part; });
    if (slot == slots_.end()) {
        slots_.push_back({.part = cut.part});
        slot = std::prev(slots_.end());
        postToMain([weak = weak_from_this(), part = cut.part] {
            if (const auto self = weak.lock()) self->open(part);
        });
    }
    const auto at = static_cast<GstClockTime>(cut.at);
    if (slot->file)
        pushTo(*slot->file, track, sample, at);
    else if (slot->waiting.size() < kMaxWaiting)
        slot->waiting.push_back({track, GRef<GstSample>::share(sample), at});
    else
        return failLocked({ErrorCode::Unavailable, "the disk is too slow for the recording"});

    (track == Track::Picture ? picturePart_ : soundPart_) = cut.part;
    const int reached = hasPicture_ ? std::min(picturePart_, soundPart_) : soundPart_;
    for (Slot& old : slots_) {
        if (old.part >= reached || old.complete) continue;
        old.complete = true;
        if (old.file) old.file->finish();
    }
}

/// Takes nothing more; the rest is main's.
void Recorder::failLocked(Error error) {
    if (std::exchange(closed_, true)) return;
    postToMain([weak = weak_from_this(), error = std::move(error)] {
        if (const auto self = weak.lock()) self->end(error);
    });
}

void Recorder::pushTo(RecordingFile& file, Track track, GstSample* sample, GstClockTime at) {
    if (track == Track::Picture)
        file.pushPicture(sample, at);
    else
        file.pushSound(sample, at);
}

void Recorder::open(int part) {
    if (!result_) return;
    const int index = settings_.firstPart + part;
    const bool isMp4 = settings_.format == wire::RecordingFormat::Mp4;
    const std::string path =
        settings_.path + '.' + std::to_string(index) + (isMp4 ? ".mp4" : ".webm");
    using File = RecordingFile;
    const File::Picture picture = isMp4 ? File::Picture::H264 : File::Picture::Vp8;
    auto file = RecordingFile::create({.path = path,
                                       .muxer = isMp4 ? File::Muxer::Mp4 : File::Muxer::Webm,
                                       .picture = hasPicture_ ? picture : File::Picture::None,
                                       .sound = isMp4 ? File::Sound::Aac : File::Sound::Opus,
                                       .minFree = settings_.minFree},
                                      [weak = weak_from_this(), part](const auto& result) {
                                          if (const auto self = weak.lock())
                                              self->onFileEnded(part, result);
                                      });
    if (!file) return end(file.error());
    kLog.info("", "writing " + path);
    callbacks_.onPartBegun({.index = index, .path = path});
    const std::lock_guard lock(mutex_);
    const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                   [part](const Slot& known) { return known.part == part; });
    if (slot == slots_.end()) return;
    slot->file = *file;
    for (const Waiting& frame : slot->waiting)
        pushTo(**file, frame.track, frame.sample.get(), frame.at);
    slot->waiting.clear();
    if (slot->complete) (*file)->finish();
}

void Recorder::onFileEnded(int part, const Result<void>& result) {
    std::shared_ptr<RecordingFile> file;
    {
        const std::lock_guard lock(mutex_);
        const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                       [part](const Slot& known) { return known.part == part; });
        if (slot == slots_.end()) return;
        file = slot->file;
        slots_.erase(slot);
    }
    closedBytes_ += file->bytes();
    const auto duration = std::chrono::nanoseconds(file->durationNs());
    callbacks_.onPartEnded({settings_.firstPart + part, file->path(), file->bytes(),
                            std::chrono::duration_cast<std::chrono::milliseconds>(duration)});
    if (!result) return end(result);
    if (ending_) reportEnd();
}

std::uint64_t Recorder::bytes() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t bytes = closedBytes_;
    for (const Slot& slot : slots_)
        if (slot.file) bytes += slot.file->bytes();
    return bytes;
}

void Recorder::onSecond() {
    if (ending_) return;
    std::shared_ptr<RecordingFile> newest;
    int part = -1;
    bool isStopping = false;
    {
        const std::lock_guard lock(mutex_);
        isStopping = stopAt_.has_value();
        if (!slots_.empty()) {
            newest = slots_.back().file;
            part = slots_.back().part;
        }
    }
    if (isStopping) {
        if (++secondsOfStop_ > kMaxSecondsOfStop) end({});
        return;
    }
    const bool full =
        newest && ((settings_.maxBytes > 0 && newest->bytes() >= settings_.maxBytes) ||
                   (settings_.maxDuration.count() > 0 &&
                    std::chrono::nanoseconds(newest->durationNs()) >= settings_.maxDuration));
    if (full && part != cutAfter_) {
        cutAfter_ = part;
        const std::lock_guard lock(mutex_);
        cutter_.cut();
    }
    if ((++seconds_ % kKeyFrameSeconds == 0 || full) && !isPaused()) take_->requestKeyFrame();
}

void Recorder::end(const Result<void>& result) {
    if (!result && result_.ok()) {
        kLog.error("", result.error().message);
        result_ = result;
    }
    if (!ending_) {
        ending_ = true;
        clock_.cancel();
        take_->release();
    }
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        for (Slot& slot : slots_) {
            slot.complete = true;
            if (slot.file) slot.file->finish();
        }
        // What could not be opened never ends.
        if (!result_) std::erase_if(slots_, [](const Slot& slot) { return !slot.file; });
    }
    reportEnd();
}

/// Tells the end once nothing is left to be written.
void Recorder::reportEnd() {
    {
        const std::lock_guard lock(mutex_);
        if (!slots_.empty()) return;
    }
    if (std::exchange(reported_, true)) return;
    callbacks_.onEnded(result_);
}

} // namespace mullion
