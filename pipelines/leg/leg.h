#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pipelines/leg/peer_connection.h"
#include "pipelines/mix/mix.h"

namespace mullion {

/// Where a leg takes its place in the mix: the audio input of its participant, and the tile, if he
/// has one.
struct Seat {
    int audioInput = 0;
    std::shared_ptr<Inlet> sound;
    std::shared_ptr<Inlet> camera;
};

class Leg;

/// What a leg tells its call, on the main context.
class LegObserver {
public:
    virtual ~LegObserver() = default;
    virtual void onLegAnswer(Leg& leg, const std::string& sdp) = 0;
    virtual void onLegCandidate(Leg& leg, const wire::CandidateLine& line) = 0;
    /// The client is proved genuine and gets the mix.
    virtual void onLegConnected(Leg& leg) = 0;
    /// The leg carries media, or has been connected for a while without sending any: time to take
    /// the seat.
    virtual void onLegCarriesMedia(Leg& leg) = 0;
    /// The first picture has come.
    virtual void onLegPicture(Leg& leg) = 0;
    /// The leg is over; the observer should let it go.
    virtual void onLegFailed(Leg& leg, const std::string& reason) = 0;
};

/// One peer connection of one participant, in a pipeline of its own beside the mix, with the mix's
/// clock and base time.
///
///     New ──answer──▶ Answered ──certificate──▶ Connected ──media──▶ Seated
///       └───────────────────┴── any ──▶ Closed
///
/// Forward only. Main-bound.
class Leg : public PeerObserver, public std::enable_shared_from_this<Leg> {
public:
    enum class Phase { New, Answered, Connected, Seated, Closed };

    /// Builds the pipeline for `offer` and begins to answer.
    static Result<std::shared_ptr<Leg>> create(std::string id, std::string userId, sdp::Offer offer,
                                               const IceSettings& ice, Mix& mix, int audioInput,
                                               LegObserver& observer);
    ~Leg() override;

    const std::string& id() const { return id_; }

    const std::string& userId() const { return userId_; }

    Phase phase() const { return phase_; }

    wire::LegState state() const;
    bool sendsPicture() const;

    bool hasPicture() const { return hasPicture_; }

    void addRemoteCandidate(const wire::CandidateLine& line) { peer_->addRemoteCandidate(line); }

    /// The participant's sound and picture come from this leg from now on; null inlets: from none.
    void feed(std::shared_ptr<Inlet> sound, std::shared_ptr<Inlet> camera);

    /// Closes the connection and gives the pipeline to the reaper. Idempotent.
    void close();

private:
    Leg(std::string id, std::string userId, Mix& mix, int audioInput, LegObserver& observer);
    Result<void> build(sdp::Offer offer, const IceSettings& ice);
    Result<PeerConnection::Line> buildLine(const sdp::Media& media);
    bool advance(Phase next);
    void checkAlive();
    void takeSeat();

    void onAnswer(const std::string& sdp) override;
    void onLocalCandidate(const wire::CandidateLine& line) override;
    void onSecured() override;
    void onFailed(const std::string& reason) override;

    std::string id_;
    std::string userId_;
    /// The mix outlives every leg of its call.
    Mix& mix_;
    int audioInput_ = 0;
    LegObserver& observer_;
    Phase phase_ = Phase::New;
    bool hasPicture_ = false;
    bool sendsCamera_ = false;
    Gate gate_ = std::make_shared<std::atomic<bool>>(false);
    GRef<GstElement> pipeline_;
    std::shared_ptr<PeerConnection> peer_;
    std::shared_ptr<AudioSender> audioSender_;
    std::shared_ptr<VideoSender> videoSender_;
    std::shared_ptr<Handover> sound_;
    std::shared_ptr<Handover> camera_;
    std::int64_t createdAt_ = 0;
    std::int64_t connectedAt_ = 0;
    BusWatch bus_;
    Source watchdog_;
};

} // namespace mullion
