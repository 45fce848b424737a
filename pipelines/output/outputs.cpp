#include "pipelines/output/outputs.h"

#include <algorithm>

#include "pipelines/output/hls_writer.h"
#include "pipelines/output/pusher.h"
#include "pipelines/output/rtsp_server.h"
#include "pipelines/output/srt_listener.h"
#include "src/base/error_names.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("outputs");

/// How often those who come late find a beginning.
constexpr int kKeyFrameSeconds = 2;

/// GStreamer's texts can be long.
constexpr std::size_t kMaxMessage = 500;

/// libav's options where it calls by SRT; what the URL says counts more.
std::vector<std::pair<std::string, std::string>> srtOptions(const wire::StartBroadcast& request) {
    std::vector<std::pair<std::string, std::string>> options = {{"mode", "caller"},
                                                                {"transtype", "live"},
                                                                {"pkt_size", "1316"},
                                                                {"connect_timeout", "3000"}};
    if (!request.passphrase.empty()) {
        options.emplace_back("passphrase", request.passphrase);
        options.emplace_back("pbkeylen", "16");
    }
    return options;
}

/// Of so many bytes in a second.
int bitrateOf(std::uint64_t bytes) {
    constexpr std::uint64_t kMost = 1'000'000'000;
    return static_cast<int>(std::min(bytes * 8, kMost));
}

} // namespace

Outputs::Outputs(Mix& mix, Programme& programme, Tell tell)
    : mix_(mix)
    , programme_(programme)
    , tell_(std::move(tell)) {}

Outputs::~Outputs() {
    // They let go of the mix here; files that are still written close by themselves.
    self_.reset();
    for (auto& [id, recording] : recordings_)
        recording.recorder->breakOff();
    for (auto& [id, onAir] : broadcasts_)
        if (onAir.take) onAir.take->release();
}

Result<std::shared_ptr<Rung>> Outputs::rungFor(const wire::StartRecording& request) {
    if (!request.video) return std::shared_ptr<Rung>();
    const bool isMp4 = request.format == wire::RecordingFormat::Mp4;
    return programme_.ladder().rung(isMp4 ? VideoCodec::H264 : VideoCodec::Vp8,
                                    wire::RungChoice::Auto);
}

Result<std::shared_ptr<Rung>> Outputs::rungFor(const wire::StartBroadcast& request) {
    if (!request.video) return std::shared_ptr<Rung>();
    return programme_.ladder().rung(VideoCodec::H264, wire::RungChoice::Auto);
}

Result<std::shared_ptr<Recorder>> Outputs::make(const wire::StartRecording& request) {
    const auto rung = TRY(rungFor(request));
    const auto tellPart = [weak = std::weak_ptr(self_), id = request.id](const Recorder::Part& part,
                                                                         bool closed) {
        const auto self = weak.lock();
        if (!self) return;
        (*self)->tell_(wire::RecordingPart{id, part.index, part.path, closed,
                                           static_cast<std::int64_t>(part.bytes),
                                           part.duration.count()});
    };
    return Recorder::create(
        {.format = request.format,
         .path = request.path,
         .firstPart = request.firstPart,
         .maxDuration = std::chrono::seconds(request.maxSeconds),
         .maxBytes = static_cast<std::uint64_t>(request.maxBytes),
         .minFree = static_cast<std::uint64_t>(request.minFree)},
        rung, request.format == wire::RecordingFormat::Mp4 ? programme_.aac() : programme_.opus(),
        {.onPartBegun = [tellPart](const Recorder::Part& part) { tellPart(part, false); },
         .onPartEnded = [tellPart](const Recorder::Part& part) { tellPart(part, true); },
         .onEnded =
             [this, id = request.id](const Result<void>& result) {
                 // Not from inside of what it ends.
                 postToMain([weak = std::weak_ptr(self_), id, result] {
                     if (const auto self = weak.lock()) (*self)->onEnded(id, result);
                 });
             },
         .now = [&mix = mix_] { return mix.runningTime(); }});
}

void Outputs::start(const wire::StartRecording& request) {
    if (recordings_.contains(request.id)) return;
    const auto recorder = make(request);
    if (!recorder) return onEnded(request.id, recorder.error());
    recordings_[request.id] = {request, *recorder,
                               request.firstTrack > 0 ? makeTracks(request) : nullptr};
    startSecond();
}

std::unique_ptr<TrackRecorder> Outputs::makeTracks(const wire::StartRecording& request) {
    const auto tell = [this, id = request.id](const TrackRecorder::Part& part, bool closed) {
        using Ms = std::chrono::milliseconds;
        const auto ago = std::chrono::duration_cast<Ms>(std::chrono::nanoseconds(
            static_cast<std::int64_t>(mix_.runningTime()) - static_cast<std::int64_t>(part.began)));
        const auto wall = std::chrono::system_clock::now().time_since_epoch();
        tell_(wire::TrackPart{id, part.index, part.userId, part.source, closed,
                              static_cast<std::int64_t>(part.bytes), part.duration.count(),
                              (std::chrono::duration_cast<Ms>(wall) - ago).count()});
    };
    auto tracks = std::make_unique<TrackRecorder>(
        TrackRecorder::Settings{request.path, request.firstTrack,
                                static_cast<std::uint64_t>(request.minFree)},
        TrackRecorder::Callbacks{[tell](const auto& part) { tell(part, false); },
                                 [tell](const auto& part) { tell(part, true); },
                                 [this, id = request.id](const Error& error) {
                                     Recording* recording = find(id);
                                     if (recording && recording->tracksResult)
                                         recording->tracksResult = error;
                                 }});
    tracks->follow(senders_);
    return tracks;
}

void Outputs::follow(std::vector<TrackRecorder::Sender> senders) {
    senders_ = std::move(senders);
    for (const auto& [id, recording] : recordings_)
        if (recording.tracks) recording.tracks->follow(senders_);
}

Outputs::Recording* Outputs::find(const std::string& id) {
    const auto found = recordings_.find(id);
    return found == recordings_.end() ? nullptr : &found->second;
}

void Outputs::pause(const wire::PauseRecording& request) {
    Recording* recording = find(request.id);
    if (!recording) return;
    recording->recorder->pause();
    if (recording->tracks) recording->tracks->pause();
}

void Outputs::resume(const wire::ResumeRecording& request) {
    Recording* recording = find(request.id);
    if (!recording) return;
    recording->recorder->resume();
    if (!recording->tracks) return;
    recording->tracks->resume();
    recording->tracks->follow(senders_);
}

void Outputs::stop(const wire::StopRecording& request) {
    Recording* recording = find(request.id);
    if (!recording) return;
    if (recording->tracks) recording->tracks->pause();
    recording->recorder->stop();
}

void Outputs::onRungs() {
    for (auto& [id, recording] : recordings_) {
        const auto rung = rungFor(recording.request);
        if (rung)
            recording.recorder->setRung(*rung);
        else
            kLog.error("recording=" + id, rung.error().message);
    }
    for (auto& [id, onAir] : broadcasts_) {
        const auto rung = rungFor(onAir.request);
        if (rung && onAir.take)
            onAir.take->setRung(*rung);
        else if (!rung)
            kLog.error("broadcast=" + id, rung.error().message);
    }
}

Result<std::shared_ptr<Broadcast>> Outputs::make(const wire::StartBroadcast& request) {
    const std::string& id = request.id;
    const auto onChanged = [weak = std::weak_ptr(self_), id] {
        postToMain([weak, id] {
            const auto self = weak.lock();
            if (!self) return;
            const auto found = (*self)->broadcasts_.find(id);
            if (found != (*self)->broadcasts_.end()) (*self)->tellStatus(found->second);
        });
    };
    const auto widen = [](auto made) -> Result<std::shared_ptr<Broadcast>> {
        if (!made) return made.error();
        return std::shared_ptr<Broadcast>(std::move(made).value());
    };
    switch (request.kind) {
    case wire::BroadcastKind::Hls:
        return widen(HlsWriter::create(
            {request.path, request.video, request.firstSegment, request.firstInit},
            {.onPart =
                 [weak = std::weak_ptr(self_), id](const wire::HlsPart& part) {
                     if (const auto self = weak.lock())
                         (*self)->tell_(wire::BroadcastPart{id, part});
                 },
             .onChanged = onChanged,
             .now = [&mix = mix_] { return mix.runningTime(); }}));
    case wire::BroadcastKind::Rtmp:
        return std::shared_ptr<Broadcast>(std::make_shared<Pusher>(
            Pusher::Settings{Container::Flv, request.url, {}, request.video}, onChanged));
    case wire::BroadcastKind::Srt:
        if (request.url.empty())
            return widen(SrtListener::create(
                {request.address, request.port, request.passphrase, request.video}, onChanged));
        return std::shared_ptr<Broadcast>(std::make_shared<Pusher>(
            Pusher::Settings{Container::MpegTs, request.url, srtOptions(request), request.video},
            onChanged));
    case wire::BroadcastKind::Rtsp:
        return widen(RtspServer::create({request.address, request.port, request.key, request.video},
                                        mix_.baseTime(), onChanged));
    }
    return Error{ErrorCode::Internal, "no such kind of broadcast"};
}

Result<void> Outputs::begin(OnAir& onAir) {
    const auto rung = TRY(rungFor(onAir.request));
    onAir.broadcast = TRY(make(onAir.request));
    onAir.take = TRY(ProgrammeTake::create(
        rung, programme_.aac(),
        [broadcast = onAir.broadcast](const ProgrammeFrame& frame, ProgrammeTake& take) {
            broadcast->onFrame(frame, take);
        }));
    return {};
}

void Outputs::start(const wire::StartBroadcast& request) {
    if (broadcasts_.contains(request.id)) return;
    OnAir& onAir = broadcasts_[request.id];
    onAir.request = request;
    onAir.told.id = request.id;
    tell_(onAir.told);
    if (const auto begun = begin(onAir); !begun) {
        tell_(wire::BroadcastStatus{request.id, wire::BroadcastState::Failed, 0, 0,
                                    name(begun.error().code),
                                    begun.error().message.substr(0, kMaxMessage)});
        broadcasts_.erase(request.id);
        return reportAllStopped();
    }
    startSecond();
}

void Outputs::startSecond() {
    if (second_) return;
    second_ = every(std::chrono::seconds(1), [this] {
        keepKeyFrames();
        tellFigures();
        return true;
    });
}

/// Tells how it does, and ends it where it has failed.
void Outputs::tellStatus(OnAir& onAir) {
    if (onAir.ending || !onAir.broadcast) return;
    const auto report = onAir.broadcast->report();
    wire::BroadcastStatus status{onAir.request.id, report.state, report.viewers,
                                 onAir.told.bitrate};
    if (report.error) {
        status.code = name(report.error->code);
        status.message = report.error->message.substr(0, kMaxMessage);
    }
    const bool failed = report.state == wire::BroadcastState::Failed;
    if (status != onAir.told && !failed) {
        onAir.told = status;
        tell_(status);
    }
    if (!failed) return;
    onAir.told = status;
    end(onAir);
}

/// Who begins to take what goes on begins at a key frame. One that all share: HLS asks for its own
/// where its segments are to begin.
void Outputs::keepKeyFrames() {
    const bool hasHls = std::any_of(broadcasts_.begin(), broadcasts_.end(), [](const auto& entry) {
        const auto& request = entry.second.request;
        return request.kind == wire::BroadcastKind::Hls && request.video && !entry.second.ending;
    });
    if (hasHls || ++seconds_ % kKeyFrameSeconds != 0) return;
    for (const auto& [id, onAir] : broadcasts_)
        if (onAir.take) onAir.take->requestKeyFrame();
}

/// Once a second.
void Outputs::tellFigures() {
    for (auto& [id, recording] : recordings_) {
        const std::uint64_t bytes =
            recording.recorder->bytes() + (recording.tracks ? recording.tracks->bytes() : 0);
        const std::uint64_t more = bytes - std::exchange(recording.bytes, bytes);
        tell_(wire::RecordingFigures{id, static_cast<std::int64_t>(bytes), bitrateOf(more)});
    }
    for (auto& [id, onAir] : broadcasts_) {
        if (onAir.ending || !onAir.broadcast) continue;
        const std::uint64_t bytes = onAir.broadcast->report().bytes;
        const std::uint64_t more = bytes - std::exchange(onAir.bytes, bytes);
        wire::BroadcastStatus before = onAir.told;
        onAir.told.bitrate = bitrateOf(more);
        if (onAir.told.bitrate != before.bitrate) tell_(onAir.told);
        tellStatus(onAir);
    }
}

void Outputs::stop(const wire::StopBroadcast& request) {
    const auto found = broadcasts_.find(request.id);
    if (found == broadcasts_.end() || found->second.ending) return;
    found->second.told.state = wire::BroadcastState::Stopped;
    found->second.told.code = found->second.told.message = "";
    end(found->second);
}

/// Takes nothing more for it, and tells its end once all is written.
void Outputs::end(OnAir& onAir) {
    onAir.ending = true;
    if (onAir.take) onAir.take->release();
    onAir.told.viewers = onAir.told.bitrate = 0;
    onAir.broadcast->stop([weak = std::weak_ptr(self_), id = onAir.request.id] {
        const auto self = weak.lock();
        if (!self) return;
        const auto found = (*self)->broadcasts_.find(id);
        if (found == (*self)->broadcasts_.end()) return;
        const auto told = found->second.told;
        (*self)->broadcasts_.erase(found);
        (*self)->tell_(told);
        (*self)->reportAllStopped();
    });
}

std::vector<std::string> Outputs::broadcasts() const {
    std::vector<std::string> ids;
    for (const auto& [id, onAir] : broadcasts_)
        if (!onAir.ending) ids.push_back(id);
    return ids;
}

void Outputs::reportAllStopped() {
    if (recordings_.empty() && broadcasts_.empty() && onAllStopped_)
        std::exchange(onAllStopped_, {})();
}

bool Outputs::takePicture() const {
    return std::any_of(recordings_.begin(), recordings_.end(),
                       [](const auto& entry) { return entry.second.request.video; }) ||
           std::any_of(broadcasts_.begin(), broadcasts_.end(), [](const auto& entry) {
               return entry.second.request.video && !entry.second.ending;
           });
}

std::vector<std::string> Outputs::recordings() const {
    std::vector<std::string> ids;
    for (const auto& [id, recording] : recordings_)
        ids.push_back(id);
    return ids;
}

void Outputs::stopAll(std::function<void()> done) {
    onAllStopped_ = std::move(done);
    for (auto& [id, recording] : recordings_)
        recording.recorder->stop();
    for (const std::string& id : broadcasts())
        stop(wire::StopBroadcast{id});
    reportAllStopped();
}

void Outputs::onEnded(const std::string& id, const Result<void>& result) {
    const Recording* recording = find(id);
    if (!recording || !recording->tracks) return tellEnded(id, result);
    recording->tracks->stop(
        [weak = std::weak_ptr(self_), id, result = result ? recording->tracksResult : result] {
            // Not from inside of what goes with it.
            postToMain([weak, id, result] {
                if (const auto self = weak.lock()) (*self)->tellEnded(id, result);
            });
        });
}

void Outputs::tellEnded(const std::string& id, const Result<void>& result) {
    recordings_.erase(id);
    tell_(wire::RecordingEnded{id, result ? "" : name(result.error().code),
                               result ? "" : result.error().message.substr(0, kMaxMessage)});
    reportAllStopped();
}

} // namespace mullion
