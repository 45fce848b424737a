#include "pipelines/leg/egress.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <utility>

#include <gst/rtp/gstrtpbuffer.h>

#include "pipelines/leg/rtp_packet.h"
#include "pipelines/leg/sender_report.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("egress");

/// Of a buffer that stands for frames on its way through rtpbin: none of those that buffers of RTP
/// have.
constexpr auto kIsToken = static_cast<GstBufferFlags>(GST_RTP_BUFFER_FLAG_LAST);
/// rtpbin reckons from the last one when it reports, and takes a source that had none for five
/// seconds to have ended.
constexpr GstClockTime kTokenInterval = 200 * GST_MSECOND;
/// A header and a little content.
constexpr gsize kTokenBytes = rtp::kFixedHeader + 4;
constexpr int kPictureClock = 90'000;
/// Packets that are kept. Of a picture it is nearly two seconds at 3 Mbit/s, for who asks again,
/// and no frame has more, which are sent from there.
constexpr std::size_t kKeptOfPicture = 512;
constexpr std::size_t kKeptOfSound = 16;

/// What srtpenc's properties are called in its enumerations.
bool is(GstElement* element, const char* property, const char* nick) {
    GValue value = G_VALUE_INIT;
    g_object_get_property(G_OBJECT(element), property, &value);
    auto* enumeration = static_cast<GEnumClass*>(g_type_class_peek(G_VALUE_TYPE(&value)));
    const GEnumValue* found =
        enumeration ? g_enum_get_value(enumeration, g_value_get_enum(&value)) : nullptr;
    g_value_unset(&value);
    return found && std::string(nick) == found->value_nick;
}

Descriptor duplicate(GSocket* socket) {
    return Descriptor(fcntl(g_socket_get_fd(socket), F_DUPFD_CLOEXEC, 0));
}

} // namespace

Egress::Egress(NiceAgent* agent)
    : agent_(GRef<NiceAgent>::share(agent)) {}

std::shared_ptr<Egress> Egress::create(NiceAgent* agent) {
    std::shared_ptr<Egress> egress(new Egress(agent));
    egress->signals_.push_back(
        connect(agent, "new-selected-pair-full", std::weak_ptr(egress),
                [](NiceAgent*, unsigned stream, unsigned component, NiceCandidate*, NiceCandidate*,
                   void* data) {
                    if (const auto self = static_cast<std::weak_ptr<Egress>*>(data)->lock())
                        self->onPair(stream, component);
                }));
    egress->signals_.push_back(
        connect(agent, "component-state-changed", std::weak_ptr(egress),
                [](NiceAgent*, unsigned, unsigned, unsigned state, void* data) {
                    const auto self = static_cast<std::weak_ptr<Egress>*>(data)->lock();
                    // The client may have taken its consent back (RFC 7675, 5.2).
                    if (self && state == NICE_COMPONENT_STATE_FAILED) self->setPath(nullptr);
                }));
    return egress;
}

void Egress::attach(GstElement* element, const std::string& factory) {
    const std::lock_guard lock(mutex_);
    if (factory == "rtpfunnel") {
        funnel_ = GRef<GstPad>::adopt(gst_element_get_static_pad(element, "src"));
    } else if (factory == "srtpenc") {
        srtpenc_ = GRef<GstElement>::share(element);
    } else if (factory == "rtpsession") {
        signals_.push_back(connect(
            element, "pad-added", weak_from_this(), [](GstElement*, GstPad* pad, void* data) {
                if (const auto self = static_cast<std::weak_ptr<Egress>*>(data)->lock())
                    self->watch(pad);
            }));
    }
}

void Egress::watch(GstPad* pad) {
    const std::string name = GST_PAD_NAME(pad);
    const std::lock_guard lock(mutex_);
    if (name == "send_rtp_src")
        probes_.emplace_back(pad, kMediaProbe, [weak = weak_from_this()](GstPadProbeInfo* info) {
            const auto self = weak.lock();
            return self ? self->onPackets(info) : GST_PAD_PROBE_DROP;
        });
    else if (name == "send_rtp_sink")
        probes_.emplace_back(pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
                             [weak = weak_from_this()](GstPadProbeInfo* info) {
                                 const auto self = weak.lock();
                                 return self ? self->onRequest(GST_PAD_PROBE_INFO_EVENT(info))
                                             : GST_PAD_PROBE_OK;
                             });
    else if (name == "send_rtcp_src")
        probes_.emplace_back(pad, GST_PAD_PROBE_TYPE_BUFFER,
                             [weak = weak_from_this()](GstPadProbeInfo* info) {
                                 if (const auto self = weak.lock()) self->onReport(info);
                                 return GST_PAD_PROBE_OK;
                             });
}

void Egress::shorten(GstElement* payloader, const sdp::Media& media) {
    // Packets are numbered for transport-cc where they leave; what srtpenc encrypts is not.
    setProperties(payloader, {{"auto-header-extension", "false"},
                              {"mtu", std::to_string(PacketHistory::kMaxPacket)}});
    unsigned ssrc = 0;
    g_object_get(payloader, "ssrc", &ssrc, nullptr);
    const auto stream = std::make_shared<Stream>(Stream{
        .ssrc = ssrc,
        .transportCcExtension = media.transportCcExtension,
        .repairsType = media.rtxPayload,
        .history = PacketHistory(media.role == sdp::Role::Audio ? kKeptOfSound : kKeptOfPicture)});
    {
        const std::lock_guard lock(sendMutex_);
        streams_.push_back(stream);
    }
    const auto source = GRef<GstPad>::adopt(gst_element_get_static_pad(payloader, "src"));
    const auto sink = GRef<GstPad>::adopt(gst_element_get_static_pad(payloader, "sink"));
    const std::lock_guard lock(mutex_);
    probes_.emplace_back(source.get(), kMediaProbe,
                         [weak = weak_from_this(), stream](GstPadProbeInfo* info) {
                             const auto self = weak.lock();
                             return self ? self->onPayloaded(*stream, info) : GST_PAD_PROBE_OK;
                         });
    if (media.role != sdp::Role::Audio && media.codec == VideoCodec::Vp8)
        probes_.emplace_back(sink.get(), GST_PAD_PROBE_TYPE_BUFFER,
                             [weak = weak_from_this(), stream](GstPadProbeInfo* info) {
                                 const auto self = weak.lock();
                                 return self ? self->onFrame(*stream, info) : GST_PAD_PROBE_OK;
                             });
}

void Egress::setRepairs(std::uint32_t ssrc, std::uint32_t repairs) {
    const std::lock_guard lock(sendMutex_);
    Stream* stream = find(ssrc);
    if (!stream || stream->repairsType < 0) return;
    stream->repairs =
        PacketWriter::Repairs{repairs, static_cast<std::uint8_t>(stream->repairsType),
                              static_cast<std::uint16_t>(g_random_int_range(0, 1 << 15))};
}

GRef<GstPad> Egress::funnel() {
    const std::lock_guard lock(mutex_);
    return funnel_;
}

/// Whether packets leave by our own hands.
bool Egress::writes() {
    const std::lock_guard lock(sendMutex_);
    return writer_ != nullptr;
}

/// Before the payloader of VP8, which has made but the first frame's packets: this goes on from
/// them.
GstPadProbeReturn Egress::onFrame(Stream& stream, GstPadProbeInfo* info) {
    GstBuffer* frame = GST_PAD_PROBE_INFO_BUFFER(info);
    const GstClockTime label = GST_BUFFER_PTS(frame);
    Vp8Packetizer::Numbers numbers;
    {
        const std::lock_guard lock(sendMutex_);
        if (!stream.packetizer && stream.number && writer_)
            stream.packetizer = Vp8Packetizer::after(stream.history.find(*stream.number));
        if (!stream.packetizer) return GST_PAD_PROBE_OK;
        GstMapInfo map;
        if (!gst_buffer_map(frame, &map, GST_MAP_READ)) return taken(info, GST_FLOW_ERROR);
        // Labels rise, as rungswitch has it.
        const auto since = std::max<GstClockTimeDiff>(0, GST_CLOCK_DIFF(stream.label, label));
        const auto ticks = static_cast<std::uint32_t>(
            gst_util_uint64_scale_round(static_cast<guint64>(since), kPictureClock, GST_SECOND));
        numbers = stream.packetizer->packetize(
            {map.data, map.size}, stream.timestamp + ticks,
            GST_BUFFER_FLAG_IS_SET(frame, GST_BUFFER_FLAG_DROPPABLE), &stream.history);
        gst_buffer_unmap(frame, &map);
    }
    return taken(info, sendFrame(stream, numbers, label));
}

/// Behind a payloader.
GstPadProbeReturn Egress::onPayloaded(Stream& stream, GstPadProbeInfo* info) {
    const auto end = funnel();
    const bool isFirst = !stream.number;
    const auto numbers = keep(stream, info);
    if (isFirst || !end) return GST_PAD_PROBE_OK;
    if (writes()) return taken(info, sendFrame(stream, numbers, stream.label));
    // As the funnel does.
    GST_PAD_STREAM_LOCK(end.get());
    void* packets = std::exchange(info->data, nullptr);
    GST_PAD_PROBE_INFO_FLOW_RETURN(info) =
        GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST
            ? gst_pad_push_list(end.get(), static_cast<GstBufferList*>(packets))
            : gst_pad_push(end.get(), static_cast<GstBuffer*>(packets));
    GST_PAD_STREAM_UNLOCK(end.get());
    return GST_PAD_PROBE_HANDLED;
}

/// Takes packets of a payloader into the history, and notes how far it has come.
Vp8Packetizer::Numbers Egress::keep(Stream& stream, GstPadProbeInfo* info) {
    const std::lock_guard lock(sendMutex_);
    Vp8Packetizer::Numbers numbers;
    forEachBuffer(info, [&](GstBuffer* packet) {
        std::array<std::uint8_t, rtp::kFixedHeader> header = {};
        gst_buffer_extract(packet, 0, header.data(), header.size());
        const std::uint16_t number = rtp::numberOf(header);
        if (numbers.count++ == 0) numbers.first = number;
        stream.number = number;
        stream.timestamp = rtp::timestampOf(header);
        stream.label = GST_BUFFER_PTS(packet);
        const auto bytes = stream.history.add(number, gst_buffer_get_size(packet));
        gst_buffer_extract(packet, 0, bytes.data(), bytes.size());
    });
    return numbers;
}

/// Shows rtpbin a frame's first packet, which is in the history.
GstFlowReturn Egress::pushToken(Stream& stream, std::uint16_t number, GstClockTime label) {
    const auto end = funnel();
    if (!end) return GST_FLOW_OK;
    GRef<GstBuffer> token;
    {
        const std::lock_guard lock(sendMutex_);
        const auto packet = stream.history.find(number);
        if (packet.empty()) return GST_FLOW_OK;
        token = GRef<GstBuffer>::adopt(
            gst_buffer_new_memdup(packet.data(), std::min(packet.size(), kTokenBytes)));
    }
    GST_BUFFER_PTS(token.get()) = label;
    GST_BUFFER_FLAG_SET(token.get(), kIsToken);
    // As the funnel does.
    GST_PAD_STREAM_LOCK(end.get());
    const GstFlowReturn flow = gst_pad_push(end.get(), token.release());
    GST_PAD_STREAM_UNLOCK(end.get());
    return flow;
}

/// Sends the packets of a frame, which are in the history.
GstFlowReturn Egress::sendFrame(Stream& stream, Vp8Packetizer::Numbers numbers,
                                GstClockTime label) {
    if (numbers.count == 0) return GST_FLOW_OK;
    if (label >= stream.tokenLabel + kTokenInterval || label < stream.tokenLabel) {
        stream.tokenLabel = label;
        const GstFlowReturn flow = pushToken(stream, numbers.first, label);
        if (flow != GST_FLOW_OK) return flow;
    }
    const std::lock_guard lock(sendMutex_);
    if (numbers.count > stream.history.size() && !std::exchange(hasRefused_, true))
        kLog.warning("", "the first packets of a frame of " + std::to_string(numbers.count) +
                             " are not sent");
    const std::size_t gone = numbers.count - std::min(numbers.count, stream.history.size());
    for (std::size_t i = gone; i < numbers.count; ++i)
        write(&stream, stream.history.find(static_cast<std::uint16_t>(numbers.first + i)));
    flush();
    return GST_FLOW_OK;
}

/// On whatever thread has chosen. Two may tell of their pairs in the wrong order, so that what
/// counts is the pair that is chosen now; its candidates live as long as the stream.
void Egress::onPair(unsigned stream, unsigned component) {
    const std::lock_guard lock(pairMutex_);
    NiceCandidate* local = nullptr;
    NiceCandidate* remote = nullptr;
    if (!nice_agent_get_selected_pair(agent_.get(), stream, component, &local, &remote)) return;
    auto path = std::make_shared<Path>(Path{stream, component});
    const auto socket =
        GRef<GSocket>::adopt(local->type == NICE_CANDIDATE_TYPE_RELAYED
                                 ? nullptr
                                 : nice_agent_get_selected_socket(agent_.get(), stream, component));
    // The agent may close its own at any time, and another file get its number.
    if (auto own = socket ? duplicate(socket.get()) : Descriptor()) {
        sockaddr_storage to = {};
        nice_address_copy_to_sockaddr(&remote->addr, reinterpret_cast<sockaddr*>(&to));
        path->socket.emplace(std::move(own), to);
    }
    setPath(std::move(path));
}

void Egress::setPath(std::shared_ptr<Path> path) {
    const std::lock_guard lock(mutex_);
    path_ = isStopped_ ? nullptr : std::move(path);
}

void Egress::stop() {
    const std::lock_guard lock(mutex_);
    isStopped_ = true;
    path_ = nullptr;
}

/// Who encrypts: for good, as the numbers of packets are counted by whoever does.
void Egress::choose() {
    GRef<GstElement> srtpenc;
    {
        const std::lock_guard lock(mutex_);
        srtpenc = srtpenc_;
    }
    GstBuffer* raw = nullptr;
    if (srtpenc) g_object_get(srtpenc.get(), "key", &raw, nullptr);
    const auto key = GRef<GstBuffer>::adopt(raw);
    GstMapInfo map;
    if (!key || !gst_buffer_map(key.get(), &map, GST_MAP_READ)) return;
    isChosen_ = true;
    auto cipher = SrtpCipher::create({map.data, map.size});
    gst_buffer_unmap(key.get(), &map);
    if (!is(srtpenc.get(), "rtp-cipher", "aes-128-icm") ||
        !is(srtpenc.get(), "rtp-auth", "hmac-sha1-80"))
        return kLog.info("", "RTP goes by srtpenc: another profile was agreed on");
    if (!cipher) return kLog.warning("", "RTP goes by srtpenc: " + cipher.error().message);
    writer_ = std::make_unique<PacketWriter>(std::move(*cipher));
}

/// Behind rtpsession, which has counted them.
GstPadProbeReturn Egress::onPackets(GstPadProbeInfo* info) {
    const std::lock_guard lock(sendMutex_);
    if (!isChosen_) choose();
    forEachBuffer(info, [&](GstBuffer* packet) {
        if (GST_BUFFER_FLAG_IS_SET(packet, kIsToken)) return;
        // One that is too large is seen to be.
        std::array<std::uint8_t, PacketWriter::kMaxPacket + 1> bytes;
        const std::span read(bytes.data(),
                             gst_buffer_extract(packet, 0, bytes.data(), bytes.size()));
        write(read.size() < rtp::kFixedHeader ? nullptr : find(rtp::sourceOf(read)), read);
    });
    if (!writer_) return GST_PAD_PROBE_OK;
    flush();
    return GST_PAD_PROBE_DROP;
}

/// The client asks for a packet again: rtpsession tells it packet by packet.
GstPadProbeReturn Egress::onRequest(GstEvent* event) {
    const GstStructure* request = gst_event_get_structure(event);
    unsigned ssrc = 0;
    unsigned number = 0;
    if (!request || !gst_structure_has_name(request, "GstRTPRetransmissionRequest") ||
        !gst_structure_get_uint(request, "ssrc", &ssrc) ||
        !gst_structure_get_uint(request, "seqnum", &number))
        return GST_PAD_PROBE_OK;
    const std::lock_guard lock(sendMutex_);
    Stream* stream = find(ssrc);
    if (!writer_ || !stream) return GST_PAD_PROBE_OK;
    const auto packet = stream->history.find(static_cast<std::uint16_t>(number));
    if (packet.empty() || !stream->repairs || stream->repairsLeft == 0) return GST_PAD_PROBE_DROP;
    --stream->repairsLeft;
    if (writer_->addAgain(packet, stream->transportCcExtension, &*stream->repairs))
        sent_ += packet.size() - rtp::headerSize(packet);
    flush();
    return GST_PAD_PROBE_DROP;
}

/// rtpsession has counted tokens: its sender reports get what was sent.
void Egress::onReport(GstPadProbeInfo* info) {
    const std::lock_guard lock(sendMutex_);
    if (!writer_) return;
    auto* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    info->data = buffer;
    amendSenderReports(buffer, [this](SenderReport& report) {
        const Stream* stream = find(report.source);
        if (!stream) return;
        report.packets = stream->packets;
        report.octets = stream->octets;
    });
}

Egress::Stream* Egress::find(std::uint32_t ssrc) const {
    for (const auto& stream : streams_)
        if (stream->ssrc == ssrc) return stream.get();
    return nullptr;
}

/// Adds a packet to what is flushed next, where we write, and counts it.
/// @param stream whose it is; null: of none that is known.
void Egress::write(Stream* stream, std::span<const std::uint8_t> packet) {
    if (writer_ && writer_->isFull()) flush();
    if (writer_ && !writer_->add(packet, stream ? stream->transportCcExtension : 0)) {
        if (!std::exchange(hasRefused_, true))
            kLog.warning("", "a packet of " + std::to_string(packet.size()) + " bytes is not sent");
        return;
    }
    const auto size = static_cast<std::uint32_t>(packet.size() - rtp::headerSize(packet));
    sent_ += size;
    if (!stream) return;
    ++stream->packets;
    stream->octets += size;
    stream->repairsLeft = std::min(stream->repairsLeft + 1, stream->history.size());
}

void Egress::flush() {
    if (!writer_) return;
    std::shared_ptr<Path> path;
    {
        const std::lock_guard lock(mutex_);
        path = path_;
    }
    const std::uint8_t* bytes = writer_->bytes();
    if (path && path->socket) {
        path->socket->send(bytes, writer_->sizes());
    } else if (path) {
        for (const std::uint16_t size : writer_->sizes()) {
            nice_agent_send(agent_.get(), path->stream, path->component, size,
                            reinterpret_cast<const char*>(bytes));
            bytes += size;
        }
    }
    writer_->clear();
}

} // namespace mullion
