#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gst/webrtc/webrtc.h>

#include "pipelines/leg/egress.h"
#include "pipelines/leg/ice_reader.h"
#include "pipelines/leg/intake.h"
#include "pipelines/leg/receive.h"
#include "pipelines/leg/send.h"
#include "pipelines/sdp/offer.h"
#include "pipelines/stats/meter.h"
#include "src/base/main_loop.h"
#include "src/wire/messages.h"

namespace mullion {

/// How ICE gathers on this host.
struct IceSettings {
    int minPort = 0;
    int maxPort = 0;
    /// Local addresses to offer; empty: those of every interface.
    std::vector<std::string> addresses = {};
};

/// What a PeerConnection tells its leg, on the main context.
class PeerObserver {
public:
    virtual ~PeerObserver() = default;
    virtual void onAnswer(const std::string& sdp) = 0;
    /// An empty one ends them: a client that does not trickle has waited for it.
    virtual void onLocalCandidate(const wire::CandidateLine& line) = 0;
    /// DTLS is up and the certificate is the one that the offer promised.
    virtual void onSecured() = 0;
    virtual void onFailed(const std::string& reason) = 0;
};

/// One webrtcbin that answers one offer: m-lines in, pads linked, candidates both ways, and the
/// peer's certificate compared with its fingerprint before any media passes the gate.
///
/// It always answers and never renegotiates: another offer is another PeerConnection. Main-bound;
/// webrtcbin's own threads only post to main, but for the certificate, which is compared on the
/// DTLS thread so that no packet can overtake it.
class PeerConnection : public std::enable_shared_from_this<PeerConnection> {
public:
    /// Adds webrtcbin to `pipeline`. `observer` is borrowed and told nothing after it has gone.
    static Result<std::shared_ptr<PeerConnection>> create(GstBin* pipeline, const IceSettings& ice,
                                                          Gate gate,
                                                          std::weak_ptr<PeerObserver> observer);
    ~PeerConnection();

    /// For each accepted m-line of the offer, in order: what takes its packets, and what feeds it
    /// (null where the client does not receive).
    struct Line {
        std::shared_ptr<Receiver> receiver;
        std::shared_ptr<Sender> sender;
    };

    /// Answers `offer`; onAnswer() or onFailed() follows. Call once, in a running pipeline.
    void answer(sdp::Offer offer, std::vector<Line> lines);

    void addRemoteCandidate(const wire::CandidateLine& line);

    /// How its packets fared over the last `seconds`.
    Meter::Reading readMeter(double seconds);

    /// When the peer was last heard (RTP, RTCP or DTLS), in monotonic µs. Thread-safe.
    std::int64_t lastHeard() const { return reader_->lastHeard(); }

    /// Stops telling the observer anything and lets go of webrtcbin's callbacks.
    void disconnect();

private:
    PeerConnection(Gate gate, std::weak_ptr<PeerObserver> observer);
    void configure(const IceSettings& ice);
    GRef<GstWebRTCRTPTransceiver> transceiverOf(unsigned mLine) const;
    Result<void> prepareLine(unsigned index, const sdp::Media& media, const Line& line);
    void onAnswerCreated(const GstStructure* reply);
    void readRepairs(const GstSDPMessage* answer);
    void watchDtls();
    void fail(const std::string& reason);

    /// Emits `action` with `arguments` and a promise, and calls `then` on main with its reply.
    template <typename... Arguments>
    void act(const char* action, void (PeerConnection::*then)(const GstStructure*),
             Arguments... arguments);
    void onLocalDescriptionSet(const GstStructure* reply);
    void onRemoteSet(const GstStructure* reply);

    GRef<GstElement> webrtc_;
    Gate gate_;
    std::weak_ptr<PeerObserver> observer_;
    std::shared_ptr<IceReader> reader_ = {};
    std::shared_ptr<Egress> egress_ = {};
    std::shared_ptr<Intake> intake_ = {};
    sdp::Offer offer_ = {};
    std::vector<Line> lines_ = {};
    std::string answer_ = {};
    std::vector<wire::CandidateLine> earlyCandidates_ = {};
    std::unique_ptr<Meter> meter_ = {};
    int candidates_ = 0;
    bool remoteSet_ = false;
    std::vector<SignalConnection> signals_ = {};
};

} // namespace mullion
