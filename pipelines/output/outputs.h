#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pipelines/mix/mix.h"
#include "pipelines/mix/programme.h"
#include "pipelines/output/broadcast.h"
#include "pipelines/output/recorder.h"
#include "pipelines/output/track_recorder.h"
#include "src/wire/messages.h"

namespace mullion {

/// What takes a call's programme out of it: recordings and broadcasts. Each takes a rung and the
/// programme's sound as they are encoded for others, and none is waited for. Main-bound.
class Outputs {
public:
    using Tell = std::function<void(const wire::FromCall&)>;

    /// `mix` and `programme` outlive them.
    Outputs(Mix& mix, Programme& programme, Tell tell);
    ~Outputs();

    /// What cannot be begun is told by RecordingEnded.
    void start(const wire::StartRecording& request);
    void pause(const wire::PauseRecording& request);
    void resume(const wire::ResumeRecording& request);
    void stop(const wire::StopRecording& request);

    /// What cannot be begun is told by a BroadcastStatus of `failed`.
    void start(const wire::StartBroadcast& request);
    void stop(const wire::StopBroadcast& request);

    /// The programme has other rungs.
    void onRungs();

    /// Who sends now, for recordings that keep tracks.
    void follow(std::vector<TrackRecorder::Sender> senders);

    /// Whether anything takes the picture.
    bool takePicture() const;

    /// The ids of the recordings and of the broadcasts that go on.
    std::vector<std::string> recordings() const;
    std::vector<std::string> broadcasts() const;

    /// Ends all of them; `done` comes when nothing is left to be written.
    void stopAll(std::function<void()> done);

private:
    struct Recording {
        wire::StartRecording request;
        std::shared_ptr<Recorder> recorder;
        /// Null where it keeps no tracks.
        std::unique_ptr<TrackRecorder> tracks = {};
        /// Why a track was not kept to its end.
        Result<void> tracksResult = {};
        /// What was told last.
        std::uint64_t bytes = 0;
    };

    struct OnAir {
        wire::StartBroadcast request;
        std::shared_ptr<Broadcast> broadcast = {};
        std::shared_ptr<ProgrammeTake> take = {};
        /// What was told last, and of how many bytes.
        wire::BroadcastStatus told = {};
        std::uint64_t bytes = 0;
        bool ending = false;
    };

    Result<std::shared_ptr<Recorder>> make(const wire::StartRecording& request);
    Result<std::shared_ptr<Rung>> rungFor(const wire::StartRecording& request);
    Result<std::shared_ptr<Rung>> rungFor(const wire::StartBroadcast& request);
    Result<std::shared_ptr<Broadcast>> make(const wire::StartBroadcast& request);
    Result<void> begin(OnAir& onAir);
    void tellStatus(OnAir& onAir);
    void startSecond();
    void keepKeyFrames();
    void tellFigures();
    void end(OnAir& onAir);
    void reportAllStopped();
    std::unique_ptr<TrackRecorder> makeTracks(const wire::StartRecording& request);
    Recording* find(const std::string& id);
    void tellEnded(const std::string& id, const Result<void>& result);
    void onEnded(const std::string& id, const Result<void>& result);

    Mix& mix_;
    Programme& programme_;
    Tell tell_;
    std::map<std::string, Recording> recordings_ = {};
    std::vector<TrackRecorder::Sender> senders_ = {};
    std::map<std::string, OnAir> broadcasts_ = {};
    Source second_ = {};
    int seconds_ = 0;
    std::function<void()> onAllStopped_ = {};
    /// For callbacks that may come after the end.
    std::shared_ptr<Outputs*> self_ = std::make_shared<Outputs*>(this);
};

} // namespace mullion
