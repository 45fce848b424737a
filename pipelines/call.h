#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/leg/leg.h"
#include "pipelines/mix/mix.h"
#include "src/wire/messages.h"

namespace mullion {

/// The media of one call: who is in it, the legs that bring them, and their places in the mix.
/// Main-bound.
///
/// A participant holds an audio input while he has a leg, and a tile while he has a picture that is
/// shown. His newest leg takes his seat once it carries media; until then the one before
/// it stays, so that a reconnection does not blink.
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

    /// All that a new owner has to know, without what is the process's own.
    wire::State state() const;

private:
    struct Participant {
        wire::PutParticipant info;
        int audioInput = -1;
        std::optional<int> tile = {};
        /// The leg that feeds the mix, and the one that would replace it.
        std::shared_ptr<Leg> seated = {};
        std::shared_ptr<Leg> coming = {};
        /// Newcomers stand behind those who are there.
        unsigned order = 0;
    };

    Call(const wire::StartCall& start, Tell tell);

    Participant* find(const std::string& userId);
    Participant* holderOf(const Leg& leg);
    std::shared_ptr<Leg> findLeg(const std::string& id);
    void refuse(const wire::Offer& offer, const Error& error);
    void endLeg(std::shared_ptr<Leg>& leg, const std::string& reason, const std::string& message);
    void setVolume(const Participant& participant);
    void releaseInput(Participant& participant);
    void feedSeat(Participant& participant);
    void updateLayout();
    void updateConstraints(const std::vector<const Participant*>& shown,
                           const std::vector<Rect>& rects);

    void onLegAnswer(Leg& leg, const std::string& sdp) override;
    void onLegCandidate(Leg& leg, const wire::CandidateLine& line) override;
    void onLegConnected(Leg& leg) override;
    void onLegCarriesMedia(Leg& leg) override;
    void onLegPicture(Leg& leg) override;
    void onLegFailed(Leg& leg, const std::string& reason) override;

    wire::StartCall start_;
    IceSettings ice_;
    Tell tell_;
    /// Declared before the participants: legs let go of the mix first.
    std::unique_ptr<Mix> mix_;
    std::map<std::string, Participant> participants_ = {};
    unsigned nextOrder_ = 0;
    wire::LayoutChanged layout_ = {};
    std::map<std::string, wire::Constraints> constraints_ = {};
};

} // namespace mullion
