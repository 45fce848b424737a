#include "pipelines/leg/egress.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("egress");

/// Larger than any that a payloader makes.
constexpr gsize kMaxPacket = 2048;

constexpr auto kPackets =
    static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);

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
                const auto self = static_cast<std::weak_ptr<Egress>*>(data)->lock();
                if (self && g_str_equal(GST_PAD_NAME(pad), "send_rtp_src")) self->watch(pad);
            }));
    }
}

void Egress::watch(GstPad* pad) {
    const std::lock_guard lock(mutex_);
    probes_.emplace_back(pad, kPackets, [weak = weak_from_this()](GstPadProbeInfo* info) {
        const auto self = weak.lock();
        return self ? self->onPackets(info) : GST_PAD_PROBE_DROP;
    });
}

void Egress::shorten(GstPad* payloader) {
    const std::lock_guard lock(mutex_);
    probes_.emplace_back(payloader, kPackets,
                         [weak = weak_from_this(), begun = false](GstPadProbeInfo* info) mutable {
                             const auto self = std::exchange(begun, true) ? weak.lock() : nullptr;
                             return self ? self->pass(info) : GST_PAD_PROBE_OK;
                         });
}

GstPadProbeReturn Egress::pass(GstPadProbeInfo* info) {
    GRef<GstPad> funnel;
    {
        const std::lock_guard lock(mutex_);
        funnel = funnel_;
    }
    if (!funnel) return GST_PAD_PROBE_OK;
    // As the funnel does.
    GST_PAD_STREAM_LOCK(funnel.get());
    void* packets = std::exchange(info->data, nullptr);
    GST_PAD_PROBE_INFO_FLOW_RETURN(info) =
        GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST
            ? gst_pad_push_list(funnel.get(), static_cast<GstBufferList*>(packets))
            : gst_pad_push(funnel.get(), static_cast<GstBuffer*>(packets));
    GST_PAD_STREAM_UNLOCK(funnel.get());
    return GST_PAD_PROBE_HANDLED;
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
    path_ = std::move(path);
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
    cipher_ = std::move(*cipher);
}

GstPadProbeReturn Egress::onPackets(GstPadProbeInfo* info) {
    if (!isChosen_) choose();
    if (!cipher_) return GST_PAD_PROBE_OK;
    if (GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
        GstBufferList* packets = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
        for (unsigned i = 0; i < gst_buffer_list_length(packets); ++i)
            add(gst_buffer_list_get(packets, i));
    } else {
        add(GST_PAD_PROBE_INFO_BUFFER(info));
    }
    flush();
    return GST_PAD_PROBE_DROP;
}

void Egress::add(GstBuffer* packet) {
    if (size_ + kMaxPacket > bytes_.size()) flush();
    const gsize size = gst_buffer_get_size(packet);
    const std::span bytes(bytes_.data() + size_, std::min(size, kMaxPacket - SrtpCipher::kTag));
    gst_buffer_extract(packet, 0, bytes.data(), bytes.size());
    if (bytes.size() < size || !cipher_->protect(bytes)) {
        if (!std::exchange(hasRefused_, true))
            kLog.warning("", "a packet of " + std::to_string(size) + " bytes is not sent");
        return;
    }
    sizes_.push_back(static_cast<std::uint16_t>(size + SrtpCipher::kTag));
    size_ += sizes_.back();
}

void Egress::flush() {
    std::shared_ptr<Path> path;
    {
        const std::lock_guard lock(mutex_);
        path = path_;
    }
    const std::uint8_t* bytes = bytes_.data();
    if (path && path->socket) {
        path->socket->send(bytes, sizes_);
    } else if (path) {
        for (const std::uint16_t size : sizes_) {
            nice_agent_send(agent_.get(), path->stream, path->component, size,
                            reinterpret_cast<const char*>(bytes));
            bytes += size;
        }
    }
    sizes_.clear();
    size_ = 0;
}

} // namespace mullion
