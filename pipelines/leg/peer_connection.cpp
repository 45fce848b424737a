// DESIGN
//
// webrtcbin runs its own thread; every callback of it posts to main through a weak reference, so
// that a connection which is gone hears nothing. Order of one answer:
//
//     set-remote-description ▸ lines prepared (direction, sink pads, codecs) ▸ create-answer
//     ▸ set-local-description ▸ onAnswer() ▸ candidates ▸ DTLS up, certificate compared ▸
//     onSecured()
//
// What 1.22.0 needs, and why the order is so:
// - The transceivers exist only after set-remote-description. Their direction is set before sink
//   pads are requested by the m-line's number, and codec preferences after that: without them the
//   answer is recvonly. (The same order works with 1.26.2.)
// - nack, RTX and the transport-cc extension are answered only if do-nack and the extension's id
//   are set before create-answer.
// - What it takes a source for that the SDP does not name (one of the first line) matters not:
//   Intake tells sources apart, and no pad of webrtcbin comes to be.
//
// Of its elements, those that a call of many would pay for are passed by:
//
//     in    IceReader ▸ Decryption ▸ (rtpsession) ▸ Intake ▸ receivers
//     out   frames ▸ Egress (▸ rtpsession) ▸ socket
#include "pipelines/leg/peer_connection.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include <gst/sdp/sdp.h>

#include "pipelines/gst/feedback.h"
#include "pipelines/leg/fingerprint.h"
#include "pipelines/sdp/candidate.h"
#include "src/base/log.h"
#include "src/base/object_data.h"

namespace mullion {

namespace {

constexpr Log kLog("peer");
constexpr const char* kTransportCcUri =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// Without H.264's profile: the payloader would have to have the very one of the offer, and ours is
/// always a part of it. The answer names it all the same, see Offer::completeAnswer().
/// `ssrc` is what the payloader sends with, 0 where nothing is sent: retransmissions name it.
std::string codecPreferences(const sdp::Media& media, unsigned ssrc) {
    std::string caps =
        "application/x-rtp,media=" + media.kind + ",payload=" + std::to_string(media.payload);
    caps += media.role == sdp::Role::Audio
                ? ",encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2"
            : media.codec == VideoCodec::Vp8
                ? ",encoding-name=VP8,clock-rate=90000"
                : ",encoding-name=H264,clock-rate=90000,packetization-mode=(string)1";
    if (media.transportCcExtension)
        caps += ",extmap-" + std::to_string(media.transportCcExtension) + "=(string)\"" +
                kTransportCcUri + '"';
    if (ssrc) caps += ",ssrc=(uint)" + std::to_string(ssrc);
    return caps;
}

GstWebRTCRTPTransceiverDirection ourDirection(const sdp::Media& media) {
    if (media.sends && media.receives) return GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDRECV;
    return media.receives ? GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY
                          : GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY;
}

/// What takes part in the elements inside webrtcbin, as they come.
struct ElementHook {
    std::shared_ptr<IceReader> reader;
    std::shared_ptr<Decryption> decryption;
    std::shared_ptr<Intake> intake;
    std::shared_ptr<Egress> egress;
};

void onElementAdded(GstBin*, GstBin*, GstElement* element, void* data) {
    const auto& hook = *static_cast<ElementHook*>(data);
    const GstElementFactory* factory = gst_element_get_factory(element);
    const std::string name = factory ? GST_OBJECT_NAME(factory) : "";
    hook.reader->attach(element, name);
    hook.decryption->attach(element, name);
    hook.intake->attach(element, name);
    hook.egress->attach(element, name);
    if (name == "rtpsession")
        limitFeedback(element);
    else if (name == "clocksync")
        // The mix sets the pace; waiting for the receiving side's latency would only add it.
        setProperties(element, {{"sync", "false"}});
}

} // namespace

PeerConnection::PeerConnection(Gate gate, std::weak_ptr<PeerObserver> observer)
    : gate_(std::move(gate))
    , observer_(std::move(observer)) {}

PeerConnection::~PeerConnection() = default;

Result<std::shared_ptr<PeerConnection>>
PeerConnection::create(GstBin* pipeline, const IceSettings& ice, Gate gate,
                       std::weak_ptr<PeerObserver> observer) {
    std::shared_ptr<PeerConnection> peer(new PeerConnection(std::move(gate), std::move(observer)));
    GstElement* webrtc = TRY(addElement(pipeline, "webrtcbin", {{"bundle-policy", "max-bundle"}}));
    peer->webrtc_ = GRef<GstElement>::share(webrtc);
    peer->configure(ice);
    // Its pads are asked for key frames by elements until those have stopped.
    attachData(pipeline, "mullion-intake", peer->intake_);
    return peer;
}

void PeerConnection::configure(const IceSettings& ice) {
    GRef<GObject> agent;
    g_object_get(webrtc_.get(), "ice-agent", agent.out(), nullptr);
    GRef<GObject> nice;
    g_object_get(agent.get(), "agent", nice.out(), nullptr);
    egress_ = Egress::create(NICE_AGENT(nice.get()));
    const auto decryption = Decryption::create(gate_);
    reader_ = IceReader::create(decryption);
    intake_ = Intake::create();

    g_signal_connect_data(
        webrtc_.get(), "deep-element-added", G_CALLBACK(onElementAdded),
        new ElementHook{reader_, decryption, intake_, egress_},
        [](void* data, GClosure*) { delete static_cast<ElementHook*>(data); },
        static_cast<GConnectFlags>(0));

    if (const auto rtpbin =
            GRef<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(webrtc_.get()), "rtpbin")))
        // Lips in step need the time of capture in sender reports.
        setProperties(rtpbin.get(), {{"rtcp-sync-send-time", "false"}});

    // UPnP opens HTTP servers on every interface; TCP doubles the descriptors of a leg.
    g_object_set(nice.get(), "upnp", FALSE, "ice-tcp", FALSE, nullptr);
    if (ice.minPort)
        g_object_set(agent.get(), "min-rtp-port", ice.minPort, "max-rtp-port", ice.maxPort,
                     nullptr);
    for (const std::string& address : ice.addresses) {
        gboolean added = FALSE;
        g_signal_emit_by_name(agent.get(), "add-local-ip-address", address.c_str(), &added);
        if (!added) kLog.warning("", "not a local address: " + address);
    }

    signals_.push_back(
        connect(webrtc_.get(), "on-ice-candidate", weak_from_this(),
                [](GstElement*, unsigned mLine, const char* candidate, void* data) {
                    // 1.26 tells the end in this way too; 1.22 only by its state, below.
                    if (!candidate || !*candidate) return;
                    postToMain([weak = *static_cast<std::weak_ptr<PeerConnection>*>(data), mLine,
                                text = std::string(candidate)] {
                        const auto self = weak.lock();
                        const auto observer = self ? self->observer_.lock() : nullptr;
                        const auto media =
                            self ? self->offer_.accepted() : std::vector<const sdp::Media*>();
                        if (!observer || mLine >= media.size()) return;
                        observer->onLocalCandidate(
                            {text, media[mLine]->mid, self->offer_.offeredIndex(*media[mLine])});
                    });
                }));
    signals_.push_back(connect(
        webrtc_.get(), "notify::ice-gathering-state", weak_from_this(),
        [](GstElement* webrtc, GParamSpec*, void* data) {
            GstWebRTCICEGatheringState state{};
            g_object_get(webrtc, "ice-gathering-state", &state, nullptr);
            if (state != GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE) return;
            // Behind the last candidate, which webrtcbin told on the same thread.
            postToMain([weak = *static_cast<std::weak_ptr<PeerConnection>*>(data)] {
                const auto self = weak.lock();
                const auto observer = self ? self->observer_.lock() : nullptr;
                if (!observer || self->offer_.accepted().empty()) return;
                const sdp::Media& first = *self->offer_.accepted()[0];
                observer->onLocalCandidate({"", first.mid, self->offer_.offeredIndex(first)});
            });
        }));
    signals_.push_back(connect(webrtc_.get(), "notify::ice-connection-state", weak_from_this(),
                               [](GstElement* webrtc, GParamSpec*, void* data) {
                                   GstWebRTCICEConnectionState state{};
                                   g_object_get(webrtc, "ice-connection-state", &state, nullptr);
                                   if (state != GST_WEBRTC_ICE_CONNECTION_STATE_FAILED) return;
                                   postToMain(
                                       [weak = *static_cast<std::weak_ptr<PeerConnection>*>(data)] {
                                           if (const auto self = weak.lock())
                                               self->fail("no network path to the client");
                                       });
                               }));
}

template <typename... Arguments>
void PeerConnection::act(const char* action, void (PeerConnection::*then)(const GstStructure*),
                         Arguments... arguments) {
    struct Reply {
        std::weak_ptr<PeerConnection> weak;
        void (PeerConnection::*then)(const GstStructure*);
    };

    GstPromise* promise = gst_promise_new_with_change_func(
        [](GstPromise* done, void* data) {
            // On webrtcbin's thread. The promise is ours to unref once its reply has been read.
            const auto reply = *static_cast<Reply*>(data);
            postToMain([reply, promise = GRef<GstPromise>::adopt(done)] {
                const auto self = reply.weak.lock();
                if (!self) return;
                if (gst_promise_wait(promise.get()) != GST_PROMISE_RESULT_REPLIED)
                    return self->fail("webrtcbin gave no reply");
                ((*self).*reply.then)(gst_promise_get_reply(promise.get()));
            });
        },
        new Reply{weak_from_this(), then}, [](void* data) { delete static_cast<Reply*>(data); });
    g_signal_emit_by_name(webrtc_.get(), action, arguments..., promise);
}

void PeerConnection::answer(sdp::Offer offer, std::vector<Line> lines) {
    offer_ = std::move(offer);
    lines_ = std::move(lines);
    const auto media = offer_.accepted();
    for (std::size_t i = 0; i < media.size(); ++i)
        if (media[i]->sends) intake_->addLine(*media[i], lines_[i].receiver->entry());
    GstSDPMessage* message = nullptr;
    if (gst_sdp_message_new_from_text(offer_.narrowed().c_str(), &message) != GST_SDP_OK)
        return fail("the narrowed offer is not SDP");
    const GPtr<GstWebRTCSessionDescription, gst_webrtc_session_description_free> description(
        gst_webrtc_session_description_new(GST_WEBRTC_SDP_TYPE_OFFER, message));
    act("set-remote-description", &PeerConnection::onRemoteSet, description.get());
}

void PeerConnection::onRemoteSet(const GstStructure* reply) {
    if (reply && gst_structure_has_field(reply, "error"))
        return fail("webrtcbin does not take the offer");
    const auto media = offer_.accepted();
    for (unsigned i = 0; i < media.size(); ++i)
        if (const auto prepared = prepareLine(i, *media[i], lines_[i]); !prepared)
            return fail(prepared.error().message);
    remoteSet_ = true;
    for (const auto& line : offer_.candidates())
        addRemoteCandidate(line);
    for (const auto& line : std::exchange(earlyCandidates_, {}))
        addRemoteCandidate(line);
    act("create-answer", &PeerConnection::onAnswerCreated, static_cast<GstStructure*>(nullptr));
}

/// The transceiver that is bound to an m-line, or null.
GRef<GstWebRTCRTPTransceiver> PeerConnection::transceiverOf(unsigned mLine) const {
    GArray* raw = nullptr;
    g_signal_emit_by_name(webrtc_.get(), "get-transceivers", &raw);
    const GPtr<GArray, g_array_unref> all(raw);
    for (unsigned i = 0; raw && i < raw->len; ++i) {
        auto* transceiver = g_array_index(raw, GstWebRTCRTPTransceiver*, i);
        unsigned bound = G_MAXUINT;
        g_object_get(transceiver, "mlineindex", &bound, nullptr);
        if (bound == mLine) return GRef<GstWebRTCRTPTransceiver>::share(transceiver);
    }
    return {};
}

Result<void> PeerConnection::prepareLine(unsigned index, const sdp::Media& media,
                                         const Line& line) {
    // 1.26 has made a transceiver by now; 1.22 makes it with the sink pad, and for a line on which
    // nothing is sent with the answer.
    GRef<GstWebRTCRTPTransceiver> transceiver = transceiverOf(index);
    if (transceiver) g_object_set(transceiver.get(), "direction", ourDirection(media), nullptr);
    if (line.sender) {
        const auto pad = GRef<GstPad>::adopt(gst_element_request_pad_simple(
            webrtc_.get(), ("sink_" + std::to_string(index)).c_str()));
        if (!pad) return Error{ErrorCode::Internal, "webrtcbin gives no sink pad"};
        g_object_get(pad.get(), "transceiver", transceiver.out(), nullptr);
        g_object_set(transceiver.get(), "direction", ourDirection(media), nullptr);
        const auto source =
            GRef<GstPad>::adopt(gst_element_get_static_pad(line.sender->payloader(), "src"));
        if (gst_pad_link(source.get(), pad.get()) != GST_PAD_LINK_OK)
            return Error{ErrorCode::Internal, "cannot link the payloader to webrtcbin"};
        egress_->shorten(line.sender->payloader(), media);
    }
    if (!transceiver) return {};
    const auto caps = GRef<GstCaps>::adopt(gst_caps_from_string(
        codecPreferences(media, line.sender ? line.sender->ssrc() : 0).c_str()));
    g_object_set(transceiver.get(), "codec-preferences", caps.get(), "do-nack",
                 media.role != sdp::Role::Audio, nullptr);
    return {};
}

void PeerConnection::onAnswerCreated(const GstStructure* reply) {
    GstWebRTCSessionDescription* raw = nullptr;
    if (reply)
        gst_structure_get(reply, "answer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &raw, nullptr);
    if (!raw) return fail("webrtcbin makes no answer");
    const GPtr<GstWebRTCSessionDescription, gst_webrtc_session_description_free> description(raw);
    const GCharPtr text(gst_sdp_message_as_text(raw->sdp));
    const auto complete = offer_.completeAnswer(text.get());
    if (!complete) return fail(complete.error().message);
    kLog.debug("", "offer:\n" + offer_.narrowed() + "answer:\n" + *complete);
    answer_ = *complete;
    readRepairs(raw->sdp);
    act("set-local-description", &PeerConnection::onLocalDescriptionSet, description.get());
}

/// By which source webrtcbin would send again what each sender sends.
void PeerConnection::readRepairs(const GstSDPMessage* answer) {
    for (unsigned i = 0; i < gst_sdp_message_medias_len(answer); ++i) {
        const GstSDPMedia* media = gst_sdp_message_get_media(answer, i);
        const char* group = nullptr;
        for (unsigned n = 0; (group = gst_sdp_media_get_attribute_val_n(media, "ssrc-group", n));
             ++n) {
            unsigned ssrc = 0;
            unsigned repairs = 0;
            if (std::sscanf(group, "FID %u %u", &ssrc, &repairs) == 2)
                egress_->setRepairs(ssrc, repairs);
        }
    }
}

void PeerConnection::onLocalDescriptionSet(const GstStructure* reply) {
    if (reply && gst_structure_has_field(reply, "error"))
        return fail("webrtcbin does not take its answer");
    watchDtls();
    if (const auto observer = observer_.lock()) observer->onAnswer(answer_);
}

void PeerConnection::watchDtls() {
    const auto transceiver = transceiverOf(0);
    GRef<GstWebRTCRTPReceiver> receiver;
    if (transceiver) g_object_get(transceiver.get(), "receiver", receiver.out(), nullptr);
    GRef<GstWebRTCDTLSTransport> transport;
    if (receiver) g_object_get(receiver.get(), "transport", transport.out(), nullptr);
    if (!transport) return fail("webrtcbin has no transport");

    signals_.push_back(connect(
        transport.get(), "notify::state", weak_from_this(),
        [](GstWebRTCDTLSTransport* dtls, GParamSpec*, void* data) {
            GstWebRTCDTLSTransportState state{};
            g_object_get(dtls, "state", &state, nullptr);
            const bool connected = state == GST_WEBRTC_DTLS_TRANSPORT_STATE_CONNECTED;
            const bool failed = state == GST_WEBRTC_DTLS_TRANSPORT_STATE_FAILED ||
                                state == GST_WEBRTC_DTLS_TRANSPORT_STATE_CLOSED;
            const auto self = static_cast<std::weak_ptr<PeerConnection>*>(data)->lock();
            if (!self || (!connected && !failed)) return;
            // Filled at `connected`. Packets wait for the gate. offer_ does not change any more.
            char* pem = nullptr;
            if (connected) g_object_get(dtls, "remote-certificate", &pem, nullptr);
            const GCharPtr certificate(pem);
            const bool genuine =
                connected && pem && certificateMatches(pem, self->offer_.fingerprints());
            if (genuine) *self->gate_ = true;
            postToMain([weak = std::weak_ptr(self), connected, genuine] {
                const auto peer = weak.lock();
                if (!peer) return;
                if (!connected) return peer->fail("the client closed its connection");
                if (!genuine)
                    return peer->fail("the certificate does not match the SDP's fingerprint");
                if (const auto observer = peer->observer_.lock()) observer->onSecured();
            });
        }));
}

void PeerConnection::addRemoteCandidate(const wire::CandidateLine& line) {
    if (!remoteSet_) {
        constexpr std::size_t kMaxEarly = 64;
        if (earlyCandidates_.size() < kMaxEarly) earlyCandidates_.push_back(line);
        return;
    }
    constexpr int kMaxCandidates = 100;
    if (line.candidate.empty() || ++candidates_ > kMaxCandidates) return;
    // With BUNDLE all lines share the first one's transport.
    g_signal_emit_by_name(webrtc_.get(), "add-ice-candidate", 0u, line.candidate.c_str());
}

Meter::Reading PeerConnection::readMeter(double seconds) {
    if (!meter_) {
        const auto rtpbin =
            GRef<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(webrtc_.get()), "rtpbin"));
        if (!rtpbin) return {};
        meter_ = std::make_unique<Meter>(rtpbin.get(), kJitterLatencyMs);
    }
    return meter_->read(seconds, egress_->sent());
}

/// Posted, so that the observer may let go of this connection wherever it failed.
void PeerConnection::fail(const std::string& reason) {
    postToMain([weak = weak_from_this(), reason] {
        const auto self = weak.lock();
        if (const auto observer = self ? self->observer_.lock() : nullptr)
            observer->onFailed(reason);
    });
}

void PeerConnection::disconnect() {
    observer_.reset();
    signals_.clear();
    meter_.reset();
    reader_->stop();
    intake_->close();
    egress_->stop();
    *gate_ = false;
}

} // namespace mullion
