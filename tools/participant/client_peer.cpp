#include "tools/participant/client_peer.h"

#include <cmath>

#include <cstring>

#include <gst/sdp/sdp.h>
#include <gst/video/video.h>
#include <gst/webrtc/webrtc.h>

#include "pipelines/gst/feedback.h"

namespace mullion::participant {

using namespace std::chrono_literals;

namespace {

constexpr const char* kTransportCc = "extmap-3=(string)\"http://www.ietf.org/id/"
                                     "draft-holmer-rmcat-transport-wide-cc-extensions-01\"";

using Description = GPtr<GstWebRTCSessionDescription, gst_webrtc_session_description_free>;

} // namespace

ClientPeer::ClientPeer(Options options, Callbacks callbacks)
    : options_(std::move(options))
    , callbacks_(std::move(callbacks)) {}

ClientPeer::~ClientPeer() {
    vanish();
}

Result<std::shared_ptr<ClientPeer>> ClientPeer::create(Options options, Callbacks callbacks) {
    std::shared_ptr<ClientPeer> peer(new ClientPeer(std::move(options), std::move(callbacks)));
    TRY(peer->build());
    return peer;
}

Result<void> ClientPeer::build() {
    pipeline_ = GRef<GstElement>::sink(gst_pipeline_new(nullptr));
    auto* bin = GST_BIN(pipeline_.get());
    webrtc_ = TRY(addElement(
        bin, "webrtcbin",
        {{"bundle-policy", "max-bundle"}, {"latency", std::to_string(options_.patienceMs)}}));
    signals_.push_back(connect(webrtc_, "deep-element-added", weak_from_this(),
                               [](GstBin*, GstBin*, GstElement* element, void*) {
                                   const GstElementFactory* factory =
                                       gst_element_get_factory(element);
                                   const std::string name = factory ? GST_OBJECT_NAME(factory) : "";
                                   if (name == "rtpsession") limitFeedback(element);
                                   // What is there is taken at once, however long others are
                                   // waited for.
                                   if (name == "rtpjitterbuffer")
                                       setProperties(element, {{"faststart-min-packets", "1"}});
                                   // Goes out when it is pushed, as a device's does, whatever its
                                   // label says.
                                   if (name == "clocksync")
                                       setProperties(element, {{"sync", "false"}});
                               }));
    GRef<GObject> agent;
    g_object_get(webrtc_, "ice-agent", agent.out(), nullptr);
    GRef<GObject> nice;
    g_object_get(agent.get(), "agent", nice.out(), nullptr);
    g_object_set(nice.get(), "upnp", FALSE, "ice-tcp", FALSE, nullptr);

    signals_.push_back(connect(
        webrtc_, "on-ice-candidate", weak_from_this(),
        [](GstElement*, unsigned mLine, const char* candidate, void* data) {
            postToMain([weak = *static_cast<std::weak_ptr<ClientPeer>*>(data), mLine,
                        text = std::string(candidate)] {
                const auto self = weak.lock();
                if (self && self->webrtc_)
                    self->callbacks_.onCandidate(text, std::string(mLine ? "video1" : "audio0"),
                                                 static_cast<int>(mLine));
            });
        }));
    signals_.push_back(
        connect(webrtc_, "pad-added", weak_from_this(), [](GstElement*, GstPad* pad, void* data) {
            if (auto self = static_cast<std::weak_ptr<ClientPeer>*>(data)->lock())
                self->onPadAdded(pad);
        }));
    TRY(addSending());
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);

    GstPromise* promise = gst_promise_new_with_change_func(
        [](GstPromise* done, void* data) {
            postToMain([weak = *static_cast<std::weak_ptr<ClientPeer>*>(data),
                        promise = GRef<GstPromise>::adopt(done)] {
                if (const auto self = weak.lock())
                    self->onOfferCreated(gst_promise_get_reply(promise.get()));
            });
        },
        new std::weak_ptr<ClientPeer>(weak_from_this()),
        [](void* data) { delete static_cast<std::weak_ptr<ClientPeer>*>(data); });
    g_signal_emit_by_name(webrtc_, "create-offer", nullptr, promise);
    return {};
}

Result<void> ClientPeer::addSending() {
    auto* bin = GST_BIN(pipeline_.get());
    // With the caps known the offer names its sources, by which the server tells the lines apart.
    const GCharPtr soundFormat(gst_caps_to_string(options_.clip->soundCaps.get()));
    const GCharPtr pictureFormat(gst_caps_to_string(options_.clip->pictureCaps.get()));
    sound_ = TRY(Inlet::create(bin, soundFormat.get(), 50));
    picture_ = TRY(Inlet::create(bin, pictureFormat.get(), 50));
    GstElement* soundPay = TRY(addElement(bin, "rtpopuspay", {{"pt", "111"}}));
    GstElement* picturePay =
        TRY(addElement(bin, "rtpvp8pay", {{"pt", "96"}, {"picture-id-mode", "15-bit"}}));
    GstElement* soundCaps = TRY(addElement(
        bin, "capsfilter",
        {{"caps", std::string("application/x-rtp,media=audio,encoding-name=OPUS,payload=111,"
                              "clock-rate=48000,encoding-params=(string)2,") +
                      kTransportCc}}));
    GstElement* pictureCaps = TRY(addElement(
        bin, "capsfilter",
        {{"caps", std::string("application/x-rtp,media=video,encoding-name=VP8,payload=96,"
                              "clock-rate=90000,") +
                      kTransportCc}}));
    TRY(linkElements({sound_->element(), soundPay, soundCaps}));
    TRY(linkElements({picture_->element(), picturePay, pictureCaps}));
    TRY(linkPads(soundCaps, "src", webrtc_, "sink_0"));
    TRY(linkPads(pictureCaps, "src", webrtc_, "sink_1"));
    for (unsigned i = 0; i < 2; ++i) {
        GRef<GstWebRTCRTPTransceiver> transceiver;
        g_signal_emit_by_name(webrtc_, "get-transceiver", i, transceiver.out());
        if (transceiver) g_object_set(transceiver.get(), "do-nack", i == 1, nullptr);
    }
    const auto pad = GRef<GstPad>::adopt(gst_element_get_static_pad(picture_->element(), "src"));
    feedback_ = PadProbe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
                         [wanted = keyFrameWanted_](GstPadProbeInfo* info) {
                             if (gst_video_event_is_force_key_unit(GST_PAD_PROBE_INFO_EVENT(info)))
                                 *wanted = true;
                             return GST_PAD_PROBE_OK;
                         });
    return {};
}

void ClientPeer::onOfferCreated(const GstStructure* reply) {
    GstWebRTCSessionDescription* raw = nullptr;
    if (reply)
        gst_structure_get(reply, "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &raw, nullptr);
    const Description offer(raw);
    if (!raw || !webrtc_) return;
    g_signal_emit_by_name(webrtc_, "set-local-description", raw, nullptr);
    const GCharPtr text(gst_sdp_message_as_text(raw->sdp));
    callbacks_.onOffer(text.get());
}

Result<void> ClientPeer::setAnswer(const std::string& sdp) {
    GstSDPMessage* message = nullptr;
    if (gst_sdp_message_new_from_text(sdp.c_str(), &message) != GST_SDP_OK)
        return Error{ErrorCode::BadRequest, "the answer is not SDP"};
    const Description answer(
        gst_webrtc_session_description_new(GST_WEBRTC_SDP_TYPE_ANSWER, message));
    g_signal_emit_by_name(webrtc_, "set-remote-description", answer.get(), nullptr);
    signals_.push_back(connect(webrtc_, "notify::connection-state", weak_from_this(),
                               [](GstElement* webrtc, GParamSpec*, void* data) {
                                   GstWebRTCPeerConnectionState state{};
                                   g_object_get(webrtc, "connection-state", &state, nullptr);
                                   if (state != GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED) return;
                                   postToMain(
                                       [weak = *static_cast<std::weak_ptr<ClientPeer>*>(data)] {
                                           const auto self = weak.lock();
                                           if (!self || self->sending_ || !self->webrtc_) return;
                                           self->sending_ = true;
                                           if (self->callbacks_.onConnected)
                                               self->callbacks_.onConnected();
                                           self->pacer_ = every(10ms, [peer = self.get()] {
                                               peer->sendDue();
                                               return true;
                                           });
                                       });
                               }));
    return {};
}

void ClientPeer::addCandidate(const std::string& candidate, int mLine) {
    if (webrtc_ && !candidate.empty())
        g_signal_emit_by_name(webrtc_, "add-ice-candidate", static_cast<unsigned>(mLine),
                              candidate.c_str());
}

void ClientPeer::setMuted(bool sound, bool picture) {
    soundMuted_ = sound;
    pictureMuted_ = picture;
}

/// Pushes every packet and frame whose time has come.
void ClientPeer::sendDue() {
    const Clip& clip = *options_.clip;
    const auto clock = GRef<GstClock>::adopt(gst_element_get_clock(pipeline_.get()));
    if (!clock) return;
    const GstClockTime now =
        gst_clock_get_time(clock.get()) - gst_element_get_base_time(pipeline_.get());
    const GstClockTime packetTime = 20 * GST_MSECOND;
    const GstClockTime frameTime = GST_SECOND / clip.fps;
    if (packetsSent_ == 0) {
        packetsSent_ = now / packetTime;
        soundEpoch_ = packetsSent_ * packetTime;
        framesSent_ = now / frameTime;
    }
    for (; framesSent_ * frameTime <= now; ++framesSent_) {
        if (pictureMuted_) continue;
        // The clip's only key frame is its first; after a frame that was dropped here nothing else
        // can be decoded. The sound begins anew with it, so that lips stay in step.
        if (keyFrameWanted_->exchange(false)) nextFrame_ = 0;
        if (nextFrame_ == 0) loopBegan_ = framesSent_ * frameTime;
        if (options_.onFrameSent) options_.onFrameSent(nextFrame_);
        const bool sent =
            picture_->push(retimed(clip.picture[nextFrame_].get(), framesSent_ * frameTime));
        nextFrame_ = sent ? (nextFrame_ + 1) % clip.picture.size() : 0;
    }
    // What time it is where the microphone says `label`.
    const auto timeOf = [&](GstClockTime label) {
        const auto passed = static_cast<double>(label - soundEpoch_) / options_.soundClock;
        return soundEpoch_ + static_cast<GstClockTime>(passed);
    };
    for (; timeOf(packetsSent_ * packetTime) <= now; ++packetsSent_) {
        if (soundMuted_) continue;
        // A packet may be due from before the loop began.
        const auto length = static_cast<std::int64_t>(clip.sound.size());
        const double since = static_cast<double>(timeOf(packetsSent_ * packetTime)) -
                             static_cast<double>(loopBegan_);
        const std::int64_t number = std::llround(since / static_cast<double>(packetTime)) % length;
        const auto packet = static_cast<std::size_t>((number + length) % length);
        if (options_.onPacketSent) options_.onPacketSent(packet);
        sound_->push(retimed(clip.sound[packet].get(), packetsSent_ * packetTime));
    }
}

/// What takes a stream in. On a streaming thread.
Result<GstElement*> ClientPeer::addReceiving(bool isAudio) {
    auto* bin = GST_BIN(pipeline_.get());
    const auto& arrivals = isAudio ? options_.soundArrivals : options_.pictureArrivals;
    if (!options_.decode && !arrivals) {
        GstElement* sink =
            TRY(addElement(bin, "fakesink", {{"async", "false"}, {"sync", "false"}}));
        syncStates({sink});
        return sink;
    }
    GstElement* depay =
        TRY(isAudio ? addElement(bin, "rtpopusdepay")
                    : addElement(bin, "rtpvp8depay",
                                 {{"wait-for-keyframe", "true"}, {"request-keyframe", "true"}}));
    auto outlet = TRY(Outlet::create(bin));
    if (options_.decode) {
        GstElement* decoder =
            TRY(isAudio ? addElement(bin, "opusdec")
                        : addElement(bin, "vp8dec", {{"automatic-request-sync-points", "true"}}));
        GstElement* format =
            TRY(addElement(bin, "capsfilter",
                           {{"caps", isAudio ? "audio/x-raw,format=S16LE,rate=48000,channels=1"
                                             : "video/x-raw,format=I420"}}));
        TRY(linkElements({depay, decoder, format, outlet->element()}));
        outlet->connect(isAudio ? std::weak_ptr<SampleReceiver>(heard_)
                                : std::weak_ptr<SampleReceiver>(seen_));
        if (const auto& tap = isAudio ? options_.soundTap : options_.pictureTap)
            outlet->connect(tap);
        if (arrivals) outlet->connect(arrivals);
        syncStates({outlet->element(), format, decoder, depay});
    } else {
        TRY(linkElements({depay, outlet->element()}));
        outlet->connect(arrivals);
        syncStates({outlet->element(), depay});
    }
    PadProbe probe;
    if (arrivals) {
        const auto pad = GRef<GstPad>::adopt(gst_element_get_static_pad(depay, "sink"));
        probe = PadProbe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, [arrivals](GstPadProbeInfo* info) {
            arrivals->onPacket(GST_PAD_PROBE_INFO_BUFFER(info));
            return GST_PAD_PROBE_OK;
        });
    }
    postToMain(
        [weak = weak_from_this(), outlet, kept = std::make_shared<PadProbe>(std::move(probe))] {
            const auto self = weak.lock();
            if (!self) return;
            self->outlets_.push_back(outlet);
            self->arriving_.push_back(std::move(*kept));
        });
    return depay;
}

/// On a streaming thread.
void ClientPeer::onPadAdded(GstPad* pad) {
    if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
    const auto caps = GRef<GstCaps>::adopt(gst_pad_get_current_caps(pad));
    const char* media =
        caps ? gst_structure_get_string(gst_caps_get_structure(caps.get(), 0), "media") : nullptr;
    const auto first = addReceiving(media && std::strcmp(media, "audio") == 0);
    if (!first) return;
    const auto entry = GRef<GstPad>::adopt(gst_element_get_static_pad(*first, "sink"));
    gst_pad_link(pad, entry.get());
}

void ClientPeer::vanish() {
    pacer_.cancel();
    signals_.clear();
    webrtc_ = nullptr;
    if (!pipeline_) return;
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    pipeline_.reset();
}

} // namespace mullion::participant
