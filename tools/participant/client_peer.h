#pragma once

#include <cstdint>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/base/main_loop.h"
#include "tools/participant/arrivals.h"
#include "tools/participant/clip.h"
#include "tools/participant/heard.h"
#include "tools/participant/seen.h"

namespace mullion::participant {

/// A client's side of one leg: a webrtcbin that offers sound and camera, sends a clip in a loop and
/// receives the composite. Main-bound.
class ClientPeer : public std::enable_shared_from_this<ClientPeer> {
public:
    struct Options {
        std::shared_ptr<const Clip> clip;
        /// Whether to decode what comes, so that seen() and heard() know it; else it is dropped.
        bool decode = false;
        /// How fast the microphone's clock runs beside all others: 1.0001 gains 0.1 ms a second, as
        /// devices do. Its packets say what time it thinks it is, and carry what is heard then.
        double soundClock = 1;
        /// How long a packet is waited for before it counts as lost, ms.
        unsigned patienceMs = 50;
        /// Get each decoded sample beside seen() and heard(); may be null.
        std::shared_ptr<SampleReceiver> pictureTap = {};
        std::shared_ptr<SampleReceiver> soundTap = {};
        /// Who is told how the streams come, decoded or not; null: nobody.
        std::shared_ptr<Arrivals> pictureArrivals = {};
        std::shared_ptr<Arrivals> soundArrivals = {};
        /// Told when a frame or packet of the clip, by its number there, is on its way.
        std::function<void(std::size_t)> onFrameSent = {};
        std::function<void(std::size_t)> onPacketSent = {};
    };

    struct Callbacks {
        std::function<void(const std::string& sdp)> onOffer;
        std::function<void(const std::string& candidate, const std::string& mid, int mLine)>
            onCandidate;
        /// Media may flow; may be empty.
        std::function<void()> onConnected = {};
    };

    /// Builds the pipeline and begins to make the offer.
    static Result<std::shared_ptr<ClientPeer>> create(Options options, Callbacks callbacks);
    ~ClientPeer();

    /// @return BadRequest where it is no SDP.
    Result<void> setAnswer(const std::string& sdp);
    void addCandidate(const std::string& candidate, int mLine);

    /// Stops sending, as a muted client does; receiving goes on.
    void setMuted(bool sound, bool picture);

    const Seen& seen() const { return *seen_; }

    Seen& seen() { return *seen_; }

    const Heard& heard() const { return *heard_; }

    /// Stops without a word: no BYE, no DTLS close, as a client that lost its power.
    void vanish();

private:
    ClientPeer(Options options, Callbacks callbacks);
    Result<void> build();
    Result<void> addSending();
    void onPadAdded(GstPad* pad);
    Result<GstElement*> addReceiving(bool isAudio);
    void onOfferCreated(const GstStructure* reply);
    void sendDue();

    Options options_;
    Callbacks callbacks_;
    GRef<GstElement> pipeline_;
    GstElement* webrtc_ = nullptr;
    std::shared_ptr<Inlet> sound_;
    std::shared_ptr<Inlet> picture_;
    std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
    std::shared_ptr<Heard> heard_ = std::make_shared<Heard>();
    std::vector<std::shared_ptr<Outlet>> outlets_ = {};
    std::shared_ptr<std::atomic<bool>> keyFrameWanted_ = std::make_shared<std::atomic<bool>>(false);
    PadProbe feedback_;
    std::vector<PadProbe> arriving_ = {};
    std::vector<SignalConnection> signals_ = {};
    Source pacer_;
    std::uint64_t packetsSent_ = 0;
    /// When the microphone's clock was right.
    GstClockTime soundEpoch_ = 0;
    /// When the clip's loop began last.
    GstClockTime loopBegan_ = 0;
    std::uint64_t framesSent_ = 0;
    std::size_t nextFrame_ = 0;
    bool soundMuted_ = false;
    bool pictureMuted_ = false;
    bool sending_ = false;
};

} // namespace mullion::participant
