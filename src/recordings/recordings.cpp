#include "src/recordings/recordings.h"

#include <algorithm>
#include <cstdio>

#include "src/base/ids.h"
#include "src/base/json_values.h"
#include "src/base/log.h"
#include "src/recordings/forget.h"

namespace mullion {

namespace {

constexpr Log kLog("recordings");
constexpr auto kRetentionInterval = std::chrono::minutes(10);
/// Bytes of one recording's record, each: far below what is read at a start, and more than an
/// evening takes.
constexpr std::size_t kMaxLayouts = std::size_t{4} << 20;
constexpr std::size_t kMaxChat = std::size_t{8} << 20;

std::string contextOf(const Recording& recording) {
    return "call=" + recording.callId + " recording=" + recording.id;
}

/// What is known of it has changed: what the storage has of that counts no more.
Recording outdated(Recording recording) {
    for (StoredFile& file : recording.storage.files)
        if (file.name == "json") file.isStored = false;
    return recording;
}

} // namespace

Recordings::Recordings(Options options, Archive& archive, Finisher& finisher, Calls& calls,
                       Uploader* uploader)
    : options_(options)
    , archive_(archive)
    , finisher_(finisher)
    , calls_(calls)
    , uploader_(uploader)
    , retention_(every(kRetentionInterval, [this] {
        applyRetention();
        return true;
    })) {
    if (uploader_) uploader_->attach([this](Recording& recording) { onStored(recording); });
}

Recording* Recordings::runningIn(const std::string& callId) {
    const auto found = running_.find(callId);
    return found == running_.end() ? nullptr : archive_.find(found->second);
}

wire::RecordingFigures Recordings::figuresIn(const std::string& callId) const {
    const auto found = figures_.find(callId);
    return found == figures_.end() ? wire::RecordingFigures{} : found->second;
}

void Recordings::onFigures(const std::string& callId, const wire::RecordingFigures& figures) {
    const auto running = running_.find(callId);
    if (running != running_.end() && running->second == figures.id) figures_[callId] = figures;
}

void Recordings::start(const std::string& callId, const Wanted& wanted,
                       const std::string& startedBy, std::vector<std::string> hosts,
                       const Done& done) {
    if (runningIn(callId)) return done(Error{ErrorCode::Conflict, "the call is recorded already"});
    if (!calls_.hasProcess(callId))
        return done(Error{ErrorCode::WrongState, "nobody is in the call"});
    Recording recording;
    recording.id = newId();
    recording.callId = callId;
    recording.format = wanted.format.value_or(options_.format);
    recording.video = wanted.video;
    recording.tracks = wanted.tracks;
    recording.startedBy = startedBy;
    recording.startedAt = now();
    recording.hosts = std::move(hosts);
    recording.call = calls_.describe(callId);
    recording.layouts = Json::array();
    recording.chat = Json::array();
    Recording& kept = archive_.add(std::move(recording));
    running_[callId] = kept.id;
    open_.insert(kept.id);
    sendStart(kept);
    if (!options_.notice.empty())
        calls_.send(callId, wire::PlaySound{newId(), options_.notice, 1.0});
    change(kept, "recording:started", [this, id = kept.id, done](const auto& written) {
        // What cannot be written down is not gone on with.
        Recording* refused = written ? nullptr : archive_.find(id);
        if (refused && refused->isRunning()) {
            refused->reason = written.error().message;
            stop(refused->callId, [](const auto&) {});
        }
        done(written);
    });
}

void Recordings::sendStart(const Recording& recording) {
    int part = recording.nextIndex(false);
    int track = recording.nextIndex(true);
    for (const int index : archive_.growingParts(recording)) {
        int& next = isTrack(index) ? track : part;
        next = std::max(next, index + 1);
    }
    calls_.send(recording.callId,
                wire::StartRecording{recording.id, recording.format, recording.video,
                                     archive_.growingStemOf(recording), part,
                                     static_cast<int>(options_.maxDuration.count()),
                                     options_.maxBytes, options_.minFree,
                                     recording.tracks ? track : 0});
}

/// Tells of a change, which then stands: where it cannot be written down, the next one is.
void Recordings::changeTold(Recording& recording, const char* event, const Done& done) {
    change(recording, event, [this, id = recording.id, done](const auto& written) {
        const Recording* kept = archive_.find(id);
        done(written || !kept ? written : Result<const Recording*>(kept));
    });
}

/// Tells of a change and writes it down.
void Recordings::change(Recording& recording, const char* event, const Done& done) {
    kLog.info(contextOf(recording), event);
    calls_.tell(event, recording);
    archive_.save(recording, [this, id = recording.id, done](const Result<void>& saved) {
        if (!done) return;
        const Recording* kept = archive_.find(id);
        if (!saved) return done(saved.error());
        if (!kept) return done(Error{ErrorCode::NotFound, "the recording has been erased"});
        done(kept);
    });
}

void Recordings::pause(const std::string& callId, const Done& done) {
    Recording* recording = runningIn(callId);
    if (!recording || recording->status != RecordingStatus::Recording)
        return done(Error{ErrorCode::WrongState, recording ? "the recording is paused already"
                                                           : "the call is not recorded"});
    recording->status = RecordingStatus::Paused;
    calls_.send(callId, wire::PauseRecording{recording->id});
    changeTold(*recording, "recording:paused", done);
}

void Recordings::resume(const std::string& callId, const Done& done) {
    Recording* recording = runningIn(callId);
    if (!recording || recording->status != RecordingStatus::Paused)
        return done(Error{ErrorCode::WrongState,
                          recording ? "the recording is not paused" : "the call is not recorded"});
    recording->status = RecordingStatus::Recording;
    calls_.send(callId, wire::ResumeRecording{recording->id});
    changeTold(*recording, "recording:started", done);
}

void Recordings::stop(const std::string& callId, const Done& done) {
    Recording* recording = runningIn(callId);
    if (!recording) return done(Error{ErrorCode::WrongState, "the call is not recorded"});
    calls_.send(callId, wire::StopRecording{recording->id});
    endMedia(*recording, calls_.describe(callId));
    changeTold(*recording, "recording:stopped", done);
}

/// From now on no media comes; files may be open still.
void Recordings::endMedia(Recording& recording, const Json& call) {
    if (!call.is_null()) {
        recording.call = call;
        recording.call.erase("recording");
    }
    // Also those who have become hosts meanwhile.
    if (!call.is_null())
        for (const Json& participant : call.value("participants", Json::array())) {
            const std::string user = participant.value("user_id", "");
            auto& hosts = recording.hosts;
            if (participant.value("role", "") == "host" &&
                std::find(hosts.begin(), hosts.end(), user) == hosts.end())
                hosts.push_back(user);
        }
    recording.status = RecordingStatus::Mending;
    recording.endedAt = now();
    running_.erase(recording.callId);
    figures_.erase(recording.callId);
}

/// A process speaks of its own call's recordings.
Recording* Recordings::madeIn(const std::string& callId, const std::string& id) {
    Recording* recording = archive_.find(id);
    return recording && recording->callId == callId && !recording->isOver() ? recording : nullptr;
}

void Recordings::onPart(const std::string& callId, const wire::RecordingPart& part) {
    Recording* recording = madeIn(callId, part.id);
    if (!recording) return;
    if (part.closed)
        finishPart(*recording, part.index);
    else
        recording->part(part.index);
}

void Recordings::onTrack(const std::string& callId, const wire::TrackPart& part) {
    Recording* recording = madeIn(callId, part.id);
    if (!recording || !isTrack(part.index)) return;
    const Timestamp startedAt{std::chrono::milliseconds(part.startedAtMs)};
    recording->part(part.index).owner = TrackOwner{part.userId, part.source, startedAt};
    if (part.closed) return finishPart(*recording, part.index);
    // Its file says nothing of whose it is.
    archive_.save(*recording, [](const Result<void>&) {});
}

void Recordings::onEnded(const std::string& callId, const wire::RecordingEnded& ended) {
    Recording* recording = madeIn(callId, ended.id);
    if (!recording) return;
    const bool byItself = recording->isRunning();
    if (!ended.message.empty()) recording->reason = ended.message;
    if (byItself) {
        endMedia(*recording, calls_.describe(recording->callId));
        change(*recording, "recording:stopped", {});
    }
    open_.erase(ended.id);
    finishGrown(*recording);
}

void Recordings::onLayout(const std::string& callId, const Json& layout) {
    Recording* recording = runningIn(callId);
    if (!recording) return;
    const Json entry = {{"at", formatTimestamp(now())}, {"layout", layout}};
    recording->layoutBytes += toText(entry).size();
    if (recording->layoutBytes <= kMaxLayouts) recording->layouts.push_back(entry);
}

void Recordings::onChat(const std::string& callId, const Json& message) {
    Recording* recording = runningIn(callId);
    if (!recording) return;
    recording->chatBytes += toText(message).size();
    if (recording->chatBytes <= kMaxChat) recording->chat.push_back(message);
}

void Recordings::onRestarted(const std::string& callId) {
    finishMending(callId);
    if (Recording* recording = runningIn(callId)) goOn(*recording);
}

/// Goes on in a new process: in another file than those that the one before was writing, which are
/// finished.
void Recordings::goOn(Recording& recording) {
    const auto grown = archive_.growingParts(recording);
    sendStart(recording);
    if (recording.status == RecordingStatus::Paused)
        calls_.send(recording.callId, wire::PauseRecording{recording.id});
    for (const int index : grown)
        finishPart(recording, index);
}

void Recordings::onCallStopped(const std::string& callId) {
    finishMending(callId);
}

void Recordings::onCallOver(const std::string& callId, const Json& call) {
    Recording* recording = runningIn(callId);
    if (!recording) return;
    endMedia(*recording, call);
    change(*recording, "recording:stopped", {});
}

/// What the call's process had open is nobody's any more.
void Recordings::finishMending(const std::string& callId) {
    for (const auto& [id, recording] : archive_.all())
        if (recording.callId == callId && recording.status == RecordingStatus::Mending) {
            open_.erase(id);
            finishGrown(*archive_.find(id));
        }
}

void Recordings::resumeAfterStart(const std::unordered_set<std::string>& goingOn,
                                  const std::unordered_set<std::string>& adopted) {
    for (const auto& [id, known] : archive_.all()) {
        Recording& recording = *archive_.find(id);
        if (goingOn.contains(id) && recording.isRunning()) {
            running_[recording.callId] = id;
            open_.insert(id);
            calls_.tell(nullptr, recording);
            continue;
        }
        if (recording.isRunning() && !adopted.contains(recording.callId) &&
            calls_.hasProcess(recording.callId)) {
            running_[recording.callId] = id;
            open_.insert(id);
            calls_.tell(nullptr, recording);
            goOn(recording);
            continue;
        }
        if (recording.status == RecordingStatus::Mending && goingOn.contains(id)) {
            // Whether it has heard that it is to stop is not known.
            open_.insert(id);
            calls_.send(recording.callId, wire::StopRecording{id});
            continue;
        }
        if (recording.isRunning()) {
            kLog.warning(contextOf(recording), "was cut off; what is there is made whole");
            endMedia(recording, calls_.describe(recording.callId));
            if (recording.reason.empty()) recording.reason = "the server was stopped meanwhile";
            change(recording, "recording:stopped", {});
        }
        // What failed is tried again.
        if (recording.status == RecordingStatus::Failed && !unfinishedParts(recording).empty()) {
            recording.status = RecordingStatus::Mending;
            recording.reason.clear();
        }
        finishGrown(recording);
        resumeUpload(recording);
    }
    resumeErasures();
    applyRetention();
}

/// The files that only their growing ones hold.
std::vector<int> Recordings::unfinishedParts(const Recording& recording) const {
    std::vector<int> parts = archive_.growingParts(recording);
    std::erase_if(parts, [&](int index) { return recording.isFinished(index); });
    return parts;
}

/// Finishes what lies there half-finished, once nobody writes to it.
void Recordings::finishGrown(Recording& recording) {
    for (const int index : archive_.growingParts(recording))
        finishPart(recording, index);
    settle(recording);
}

void Recordings::finishPart(Recording& recording, int index) {
    // Its end was written down, and then something died.
    if (recording.isFinished(index)) return dropGrown(recording, index);
    if (!finishing_[recording.id].insert(index).second) return;
    const auto& finishing = finishing_[recording.id];
    const bool isFirst = !isTrack(index) && !recording.hasPreview && !recording.hasWaveform &&
                         std::count_if(finishing.begin(), finishing.end(),
                                       [](int other) { return !isTrack(other); }) == 1;
    const std::string stem = archive_.stemOf(recording);
    finisher_.add(
        {archive_.growingFileOf(recording, index), archive_.fileOf(recording, index),
         isFirst && recording.video ? stem + ".jpg" : "", isFirst ? stem + ".waveform.json" : ""},
        [this, id = recording.id, index](const auto& outcome) { onFinished(id, index, outcome); });
}

void Recordings::onFinished(const std::string& id, int index,
                            const Result<Finisher::Outcome>& outcome) {
    Recording* recording = archive_.find(id);
    if (!recording) return;
    finishing_[id].erase(index);
    const bool nothingPlays = !outcome && outcome.error().code == ErrorCode::NotFound;
    if (outcome) {
        RecordedPart& part = recording->part(index);
        auto owner = std::move(part.owner);
        part = outcome->part;
        part.index = index;
        part.owner = std::move(owner);
        recording->hasPreview |= outcome->hasPreview;
        recording->hasWaveform |= outcome->hasWaveform;
    } else if (nothingPlays) {
        std::erase_if(recording->parts,
                      [index](const RecordedPart& part) { return part.index == index; });
        std::remove(archive_.growingFileOf(*recording, index).c_str());
    } else if (recording->reason.empty()) {
        // The file stays as it is; the next start tries again.
        recording->reason = outcome.error().message;
    }
    if (outcome) dropGrown(*recording, index);
    settle(*recording);
}

/// Takes away a growing file of which all is kept: not before that is written down, as the next
/// start would not know what the finished one is.
void Recordings::dropGrown(const Recording& recording, int index) {
    archive_.save(recording,
                  [path = archive_.growingFileOf(recording, index)](const Result<void>& saved) {
                      if (saved) std::remove(path.c_str());
                  });
}

/// Ends a recording when the last of its files is finished.
void Recordings::settle(Recording& recording) {
    if (recording.status != RecordingStatus::Mending || open_.contains(recording.id)) return;
    if (!finishing_[recording.id].empty()) return;
    finishing_.erase(recording.id);
    // Those that were begun and of which nothing came to the disk.
    const auto unfinished = unfinishedParts(recording);
    std::erase_if(recording.parts, [&](const RecordedPart& part) {
        return !part.isFinished() &&
               std::find(unfinished.begin(), unfinished.end(), part.index) == unfinished.end();
    });
    const bool whole = unfinished.empty() && !recording.parts.empty();
    const auto ready = uploader_ ? RecordingStatus::Uploading : RecordingStatus::Ready;
    recording.status = whole ? ready : RecordingStatus::Failed;
    if (!whole && recording.reason.empty()) recording.reason = "nothing was recorded";
    change(recording, whole ? "recording:ready" : "recording:failed", {});
    if (whole && uploader_) uploader_->add(recording.id);
}

/// The storage has all of it, and what is known of it as it is now.
void Recordings::onStored(Recording& recording) {
    const bool isNew = recording.status != RecordingStatus::Stored;
    recording.status = RecordingStatus::Stored;
    const auto done = [this](const Result<const Recording*>& written) {
        // Not before that is written down: else the next start would miss them.
        if (written && !uploader_->keepsLocal()) archive_.dropMedia(**written);
    };
    if (isNew) change(recording, "recording:stored", done);
}

/// Goes on where the program before this one was, or changes its mind with the settings.
void Recordings::resumeUpload(Recording& recording) {
    const auto& files = recording.storage.files;
    const bool isWhole = std::all_of(files.begin(), files.end(),
                                     [](const StoredFile& file) { return file.isStored; });
    if (recording.status == RecordingStatus::Uploading && !uploader_) {
        recording.status = RecordingStatus::Ready;
        archive_.save(recording, [](const Result<void>&) {});
    }
    if (!uploader_) return;
    // Written down when it is its turn: there may be thousands.
    if (recording.status == RecordingStatus::Ready) recording.status = RecordingStatus::Uploading;
    if (recording.status == RecordingStatus::Uploading ||
        (recording.status == RecordingStatus::Stored && !isWhole))
        uploader_->add(recording.id);
    if (recording.status == RecordingStatus::Stored && !uploader_->keepsLocal())
        archive_.dropMedia(recording);
}

/// Recordings that were erased, or were to be, and of which the storage has something still.
void Recordings::resumeErasures() {
    for (const auto& [id, remains] : archive_.remains()) {
        if (archive_.find(id))
            eraseHere(id, remains, [](const Result<void>&) {});
        else if (uploader_)
            uploader_->erase(id, remains);
        else
            kLog.warning("recording=" + id, "is erased, but not from the storage: there is none");
    }
}

void Recordings::erase(const std::string& id, const Archive::Done& done) {
    const Recording* recording = archive_.find(id);
    if (!recording) return done(Error{ErrorCode::NotFound, "no such recording"});
    if (!recording->isOver())
        return done(Error{ErrorCode::WrongState, "the recording is not finished"});
    if (uploader_) uploader_->stop(id);
    const std::string remains = Uploader::remainsOf(*recording);
    if (remains.empty()) return archive_.erase(id, done);
    archive_.keepRemains(id, remains, [this, id, remains, done](const Result<void>& kept) {
        if (kept) return eraseHere(id, remains, done);
        if (Recording* left = archive_.find(id)) resumeUpload(*left);
        done(kept.error());
    });
}

void Recordings::eraseHere(const std::string& id, const std::string& remains,
                           const Archive::Done& done) {
    archive_.erase(id, [this, id, remains, done](const Result<void>& erased) {
        if (erased && uploader_) uploader_->erase(id, remains);
        done(erased);
    });
}

bool Recordings::isNeededOf(const std::string& userId) const {
    return std::any_of(archive_.all().begin(), archive_.all().end(), [&](const auto& entry) {
        return entry.second.startedBy == userId && !entry.second.isOver();
    });
}

void Recordings::eraseUser(const std::string& userId, const Archive::Done& done) {
    std::vector<std::string> own;
    // Copies: what the disk still has is still known, so that he can be erased again.
    std::vector<Recording> changed;
    for (const auto& [id, known] : archive_.all()) {
        if (known.startedBy == userId)
            own.push_back(id);
        else if (Recording copy = known; forget(copy, userId))
            changed.push_back(outdated(std::move(copy)));
    }

    struct Outcome {
        std::size_t missing;
        Result<void> result;
    };

    const auto outcome =
        std::make_shared<Outcome>(Outcome{own.size() + changed.size() + 1, Result<void>{}});
    const auto onOne = [outcome, done](const Result<void>& one) {
        if (!one && outcome->result) outcome->result = one;
        if (--outcome->missing == 0) done(outcome->result);
    };
    for (const Recording& without : changed)
        archive_.save(without, [this, userId, id = without.id, onOne](const Result<void>& saved) {
            Recording* recording = archive_.find(id);
            if (saved && recording && forget(*recording, userId)) {
                *recording = outdated(std::move(*recording));
                if (uploader_ && !recording->storage.files.empty()) uploader_->add(id);
            }
            onOne(saved);
        });
    for (const std::string& id : own)
        erase(id, onOne);
    onOne({});
}

/// Takes out the oldest beyond what is kept.
void Recordings::applyRetention() {
    std::vector<const Recording*> oldestFirst;
    std::int64_t bytes = 0;
    for (const auto& [id, recording] : archive_.all()) {
        if (!recording.isOver()) continue;
        oldestFirst.push_back(&recording);
        for (const RecordedPart& part : recording.parts)
            bytes += part.bytes;
    }
    std::sort(oldestFirst.begin(), oldestFirst.end(),
              [](const Recording* a, const Recording* b) { return a->startedAt < b->startedAt; });
    for (const Recording* recording : oldestFirst) {
        const bool tooOld =
            options_.keepFor.count() > 0 && recording->startedAt + options_.keepFor < now();
        const bool tooMuch = options_.keepBytes > 0 && bytes > options_.keepBytes;
        if (!tooOld && !tooMuch) continue;
        for (const RecordedPart& part : recording->parts)
            bytes -= part.bytes;
        kLog.info(contextOf(*recording), tooOld ? "erased: too old" : "erased: too much is kept");
        erase(recording->id, [](const Result<void>&) {});
    }
}

} // namespace mullion
