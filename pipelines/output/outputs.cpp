#include "pipelines/output/outputs.h"

#include <algorithm>

#include "src/base/error_names.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("outputs");

/// GStreamer's texts can be long.
constexpr std::size_t kMaxMessage = 500;

ShareTime timeOf(Mix& mix) {
    return [&mix](GstElement* pipeline) { mix.share(pipeline); };
}

} // namespace

Outputs::Outputs(Mix& mix, Tell tell)
    : mix_(mix)
    , tell_(std::move(tell))
    , aac_(SoundCodec::Aac, mix.audio().programme(), timeOf(mix))
    , opus_(SoundCodec::Opus, mix.audio().programme(), timeOf(mix)) {}

Outputs::~Outputs() {
    // They let go of the mix here; files that are still written close by themselves.
    self_.reset();
    for (auto& [id, recording] : recordings_)
        recording.recorder->stop();
}

Result<std::shared_ptr<Rung>> Outputs::rungFor(const wire::StartRecording& request) {
    if (!request.video) return std::shared_ptr<Rung>();
    const bool isMp4 = request.format == wire::RecordingFormat::Mp4;
    return mix_.ladder().rung(isMp4 ? VideoCodec::H264 : VideoCodec::Vp8, wire::RungChoice::Auto);
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
        rung, request.format == wire::RecordingFormat::Mp4 ? aac_ : opus_,
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
    recordings_[request.id] = {request, *recorder};
}

Recorder* Outputs::find(const std::string& id) {
    const auto found = recordings_.find(id);
    return found == recordings_.end() ? nullptr : found->second.recorder.get();
}

void Outputs::pause(const wire::PauseRecording& request) {
    if (Recorder* recorder = find(request.id)) recorder->pause();
}

void Outputs::resume(const wire::ResumeRecording& request) {
    if (Recorder* recorder = find(request.id)) recorder->resume();
}

void Outputs::stop(const wire::StopRecording& request) {
    if (Recorder* recorder = find(request.id)) recorder->stop();
}

void Outputs::onCanvas() {
    for (auto& [id, recording] : recordings_) {
        const auto rung = rungFor(recording.request);
        if (rung)
            recording.recorder->setRung(*rung);
        else
            kLog.error("recording=" + id, rung.error().message);
    }
}

bool Outputs::takePicture() const {
    return std::any_of(recordings_.begin(), recordings_.end(),
                       [](const auto& entry) { return entry.second.request.video; });
}

std::vector<std::string> Outputs::recordings() const {
    std::vector<std::string> ids;
    for (const auto& [id, recording] : recordings_)
        ids.push_back(id);
    return ids;
}

void Outputs::stopAll(std::function<void()> done) {
    if (recordings_.empty()) return done();
    onAllStopped_ = std::move(done);
    for (auto& [id, recording] : recordings_)
        recording.recorder->stop();
}

void Outputs::onEnded(const std::string& id, const Result<void>& result) {
    recordings_.erase(id);
    tell_(wire::RecordingEnded{id, result ? "" : name(result.error().code),
                               result ? "" : result.error().message.substr(0, kMaxMessage)});
    if (recordings_.empty() && onAllStopped_) std::exchange(onAllStopped_, {})();
}

} // namespace mullion
