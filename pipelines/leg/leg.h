#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pipelines/leg/peer_connection.h"
#include "pipelines/mix/mix.h"
#include "pipelines/mix/programme.h"
#include "pipelines/sender.h"

namespace mullion {

/// Where the media of a participant goes in the mix; null: nowhere.
struct Seat {
    std::shared_ptr<MediaTarget> sound = {};
    std::shared_ptr<MediaTarget> camera = {};
    std::shared_ptr<MediaTarget> screen = {};
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
    /// The first picture of the camera or the screen has come.
    virtual void onLegPicture(Leg& leg, wire::PictureSource source) = 0;
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
class Leg : public PeerObserver, public MediaSender, public std::enable_shared_from_this<Leg> {
public:
    enum class Phase { New, Answered, Connected, Seated, Closed };

    /// What the client gets: the call, without what he says by the input that is lent to him, or
    /// the programme.
    struct Ears {
        int audioInput = -1;
        /// Outlives the leg.
        Programme* programme = nullptr;
    };

    /// Builds the pipeline for `offer` and begins to answer.
    static Result<std::shared_ptr<Leg>> create(std::string id, std::string userId, sdp::Offer offer,
                                               const IceSettings& ice, Mix& mix, Ears ears,
                                               LegObserver& observer);
    ~Leg() override;

    const std::string& id() const override { return id_; }

    const std::string& userId() const override { return userId_; }

    void tap(wire::TrackSource source, const std::shared_ptr<SampleReceiver>& tap) override;
    void untap(wire::TrackSource source, const SampleReceiver* tap) override;

    Phase phase() const { return phase_; }

    wire::LegState state() const;

    /// Whether the client's offer sends a picture of this source.
    bool sends(wire::PictureSource source) const { return picture(source).handover != nullptr; }

    /// Whether one has come.
    bool has(wire::PictureSource source) const { return picture(source).here; }

    void addRemoteCandidate(const wire::CandidateLine& line) { peer_->addRemoteCandidate(line); }

    /// The participant's media goes there from now on.
    void feed(const Seat& seat);

    /// Care for what the client's microphone sends.
    void setCare(bool noiseSuppression, bool autoGain);

    /// Whether somebody sees the picture; one that nobody sees is not decoded.
    void setShown(wire::PictureSource source, bool shown);

    /// The picture has ended; the next one to come is a first one again.
    void forget(wire::PictureSource source);

    /// Whether the client gets a picture, or will once it is connected.
    bool takesPicture() const { return videoSender_ && rung_ != wire::RungChoice::Audio; }

    /// Which encoding of the canvas the client gets.
    void setRung(wire::RungChoice choice);

    /// How it does since the last time, all but what only the call knows. Only of a connected one.
    wire::LegFigures figures();

    /// Closes the connection and gives the pipeline to the reaper. Idempotent.
    void close();

private:
    Leg(std::string id, std::string userId, Mix& mix, Ears ears, LegObserver& observer);

    Ladder& ladder() const { return ears_.programme ? ears_.programme->ladder() : mix_.ladder(); }

    std::shared_ptr<Receiver> receiverOf(wire::TrackSource source) const;
    void listen();
    Result<void> build(sdp::Offer offer, const IceSettings& ice);
    Result<PeerConnection::Line> buildLine(const sdp::Media& media);
    Result<PeerConnection::Line> buildPicture(const sdp::Media& media, wire::PictureSource source);
    void onFirstPicture(wire::PictureSource source);
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
    Ears ears_;
    bool listens_ = false;
    LegObserver& observer_;
    Phase phase_ = Phase::New;
    wire::RungChoice rung_ = wire::RungChoice::Auto;
    Gate gate_ = std::make_shared<std::atomic<bool>>(false);
    GRef<GstElement> pipeline_;
    std::shared_ptr<PeerConnection> peer_;
    std::shared_ptr<AudioSender> audioSender_;
    std::shared_ptr<VideoSender> videoSender_;
    std::shared_ptr<Receiver> microphone_;
    std::shared_ptr<Handover> sound_;

    /// Null without such a line.
    struct Picture {
        std::shared_ptr<Receiver> receiver = {};
        std::shared_ptr<Handover> handover = {};
        bool here = false;
    };

    Picture& picture(wire::PictureSource source) {
        return source == wire::PictureSource::Camera ? camera_ : screen_;
    }

    const Picture& picture(wire::PictureSource source) const {
        return source == wire::PictureSource::Camera ? camera_ : screen_;
    }

    Picture camera_;
    Picture screen_;
    std::int64_t createdAt_ = 0;
    std::int64_t connectedAt_ = 0;
    std::int64_t measuredAt_ = 0;
    BusWatch bus_;
    Source watchdog_;
};

} // namespace mullion
