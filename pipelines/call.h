#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipelines/audience.h"
#include "pipelines/leg/leg.h"
#include "pipelines/mix/mix.h"
#include "pipelines/mix/programme.h"
#include "pipelines/mix/sound_file.h"
#include "pipelines/mix/speaker.h"
#include "pipelines/output/outputs.h"
#include "pipelines/photographer.h"
#include "src/wire/messages.h"

namespace mullion {

/// The media of one call: who is in it, the legs that bring them, and their places in the mix.
/// Main-bound.
///
/// A participant holds an audio input while he has a leg. His newest leg takes his seat once it
/// carries media; until then the one before it stays, so that a reconnection does not blink.
class Call : public LegObserver {
public:
    using Tell = std::function<void(const wire::FromCall&)>;

    /// Builds the mix. `tell` carries messages to the owner; `onFailed` comes when the mix has
    /// failed and the process should end.
    static Result<std::unique_ptr<Call>> create(const wire::StartCall& start, Tell tell,
                                                std::function<void(const std::string&)> onFailed);
    ~Call() override;

    void put(const wire::PutParticipant& participant);
    void remove(const wire::RemoveParticipant& participant);
    void offer(const wire::Offer& offer);
    void addCandidate(const wire::RemoteCandidate& candidate);
    void closeLeg(const std::string& leg, const std::string& reason);
    void setLayout(const wire::Layout& layout);
    void setCanvas(const wire::Canvas& canvas);
    void setRung(const wire::SetRung& request);

    void setProgramme(const wire::SetProgramme& request) { programme_->set(request); }

    void play(const wire::PlaySound& request);
    void stop(const wire::StopSound& request);
    void startRecording(const wire::StartRecording& request);
    void startBroadcast(const wire::StartBroadcast& request);

    Outputs& outputs() { return *outputs_; }

    /// Answered by a Snapshot, within two seconds where cameras have to wake up.
    void takeSnapshot(const wire::TakeSnapshot& request) { photographer_->take(request); }

    /// All that a new owner has to know, without what is the process's own.
    wire::State state() const;

private:
    struct Participant {
        wire::PutParticipant info;
        int audioInput = -1;
        /// Where his pictures wait to be shown.
        std::shared_ptr<FrameSlot> camera = std::make_shared<FrameSlot>();
        std::shared_ptr<FrameSlot> screen = std::make_shared<FrameSlot>();
        /// The leg that feeds the mix, and the one that would replace it.
        std::shared_ptr<Leg> seated = {};
        std::shared_ptr<Leg> coming = {};
        wire::RungChoice rung = wire::RungChoice::Auto;
        /// Newcomers stand behind those who are there.
        unsigned order = 0;
        /// As Attendee has them.
        std::uint64_t lastSpoke = 0;
        std::uint64_t sharesSince = 0;
        double levelDb = -120;
    };

    Call(const wire::StartCall& start, Tell tell);

    Participant* find(const std::string& userId);
    const Participant* find(const std::string& userId) const;
    Participant* holderOf(const Leg& leg);
    std::shared_ptr<Leg> findLeg(const std::string& id);
    void offerToWatch(const wire::Offer& request);
    void refuse(const wire::Offer& offer, const Error& error);
    void endLeg(std::shared_ptr<Leg>& leg, const std::string& reason, const std::string& message);
    void setVolume(const Participant& participant);
    void releaseInput(Participant& participant);
    void feedSeat(Participant& participant);
    bool shares(const Participant& participant) const;
    bool isWatched() const;
    bool isProgrammeTaken() const;
    const Placed* shownAs(const std::string& userId, wire::PictureSource source) const;
    bool isAwake() const;
    static std::shared_ptr<FrameSlot> framesOf(const Participant& participant,
                                               wire::PictureSource source);
    void updateLayout();
    void updateScene();
    std::vector<TileFace> facesOf(const Arrangement& arrangement) const;
    void updateConstraints();
    void constrain(const Leg& leg, const Placed* placed, wire::PictureSource source);
    void onLevels(const std::vector<AudioMix::Level>& levels);
    void tellFigures();
    void onOutput(const wire::FromCall& message);
    void onProgramme();
    void endSound(const std::string& id, const Result<void>& result);

    void onLegAnswer(Leg& leg, const std::string& sdp) override;
    void onLegCandidate(Leg& leg, const wire::CandidateLine& line) override;
    void onLegConnected(Leg& leg) override;
    void onLegCarriesMedia(Leg& leg) override;
    void onLegPicture(Leg& leg, wire::PictureSource source) override;
    void onLegFailed(Leg& leg, const std::string& reason) override;

    wire::StartCall start_;
    IceSettings ice_;
    Tell tell_;
    /// Declared before the participants: legs let go of the mix first.
    std::unique_ptr<Mix> mix_;
    std::unique_ptr<Programme> programme_;
    std::unique_ptr<Outputs> outputs_;
    /// After what its legs take.
    std::unique_ptr<Audience> audience_;
    std::unique_ptr<Photographer> photographer_;
    std::map<std::string, Participant> participants_ = {};
    /// What is being played, by id.
    std::map<std::string, std::unique_ptr<SoundFile>> sounds_ = {};
    /// Over, but perhaps inside of their own callbacks.
    std::vector<std::unique_ptr<SoundFile>> endedSounds_ = {};
    Source sweeping_ = {};
    unsigned nextOrder_ = 0;
    /// Counts what sharesSince and lastSpoke order.
    std::uint64_t moment_ = 0;
    SpeakerDetector voices_ = {};
    Source figures_ = {};
    Arrangement arrangement_ = {};
    /// The same of the programme, where it differs.
    Arrangement onProgramme_ = {};
    wire::LayoutChanged layout_ = {};
    /// Whether what the call shows is decoded, and since which running time.
    bool watched_ = false;
    GstClockTime watchedSince_ = 0;
    /// What each leg was told last, by its id and the source.
    std::map<std::pair<std::string, wire::PictureSource>, wire::Constraints> constraints_ = {};
};

} // namespace mullion
