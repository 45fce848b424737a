#include "pipelines/leg/decryption.h"

#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("decryption");

/// What dtlsdec calls AES_CM_128_HMAC_SHA1_80 (gstdtlsconnection.h).
constexpr unsigned kAes128 = 1;
constexpr unsigned kHmacSha1With80 = 2;
/// A second of a large camera; DTLS takes a tenth of that.
constexpr std::size_t kMaxWaiting = 300;

/// RTP and not DTLS, STUN (RFC 7983 section 7) or RTCP (RFC 5761 section 4).
bool isRtp(GstBuffer* packet) {
    guint8 start[2];
    if (gst_buffer_extract(packet, 0, start, sizeof start) != sizeof start) return false;
    const bool isRtcp = start[1] >= 192 && start[1] <= 223;
    return start[0] >= 128 && start[0] <= 191 && !isRtcp;
}

/// What rtpsession would hear from srtpdec before the first packet.
void begin(GstPad* entry) {
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    const auto caps = GRef<GstCaps>::adopt(gst_caps_new_empty_simple("application/x-rtp"));
    gst_pad_send_event(entry, gst_event_new_stream_start("decryption"));
    gst_pad_send_event(entry, gst_event_new_caps(caps.get()));
    gst_pad_send_event(entry, gst_event_new_segment(&segment));
}

} // namespace

std::shared_ptr<Decryption> Decryption::create(Gate gate) {
    return std::shared_ptr<Decryption>(new Decryption(std::move(gate)));
}

void Decryption::attach(GstElement* element, const std::string& factory) {
    const std::lock_guard lock(mutex_);
    if (factory == "dtlsdec") {
        signals_.push_back(
            connect(element, "on-key-received", weak_from_this(), [](GstElement* dtls, void* data) {
                if (const auto self = static_cast<std::weak_ptr<Decryption>*>(data)->lock())
                    self->onKey(dtls);
            }));
    } else if (factory == "rtpsession") {
        signals_.push_back(connect(
            element, "pad-added", weak_from_this(), [](GstElement*, GstPad* pad, void* data) {
                const auto self = static_cast<std::weak_ptr<Decryption>*>(data)->lock();
                if (!self || !g_str_equal(GST_PAD_NAME(pad), "recv_rtp_sink")) return;
                const std::lock_guard guard(self->mutex_);
                self->session_ = GRef<GstPad>::share(pad);
            }));
    }
}

/// On the thread of DTLS, which alone may read the properties: they have no lock.
void Decryption::onKey(GstElement* dtls) {
    GstBuffer* raw = nullptr;
    unsigned encrypted = 0;
    unsigned signedBy = 0;
    g_object_get(dtls, "decoder-key", &raw, "srtp-cipher", &encrypted, "srtp-auth", &signedBy,
                 nullptr);
    const auto key = GRef<GstBuffer>::adopt(raw);
    GstMapInfo map;
    if (!key || !gst_buffer_map(key.get(), &map, GST_MAP_READ)) return;
    auto cipher = SrtpCipher::create({map.data, map.size});
    gst_buffer_unmap(key.get(), &map);
    const std::lock_guard lock(mutex_);
    isAgreed_ = true;
    if (encrypted != kAes128 || signedBy != kHmacSha1With80)
        kLog.info("", "RTP comes by srtpdec: another profile was agreed on");
    else if (!cipher)
        kLog.warning("", "RTP comes by srtpdec: " + cipher.error().message);
    else
        agreed_ = std::move(*cipher);
}

/// Who decrypts: for good, as packets are counted by whoever does.
/// @return false as long as that is not known.
bool Decryption::choose() {
    const std::lock_guard lock(mutex_);
    if (!isAgreed_ || !session_) return false;
    isChosen_ = true;
    entry_ = session_;
    cipher_ = std::move(agreed_);
    if (cipher_) begin(entry_.get());
    return true;
}

GRef<GstBuffer> Decryption::take(GRef<GstBuffer> packet) {
    if (!isRtp(packet.get())) return packet;
    if ((!isChosen_ && !choose()) || (cipher_ && !*gate_)) {
        if (waiting_.size() < kMaxWaiting) waiting_.push_back(std::move(packet));
        return {};
    }
    auto early = std::exchange(waiting_, {});
    if (!cipher_) return packet;
    for (auto& one : early)
        open(std::move(one));
    open(std::move(packet));
    return {};
}

/// In place: nobody else reads it.
void Decryption::open(GRef<GstBuffer> packet) {
    GstMapInfo map;
    if (!gst_buffer_map(packet.get(), &map, GST_MAP_READWRITE)) return;
    const std::size_t size = cipher_->unprotect({map.data, map.size});
    gst_buffer_unmap(packet.get(), &map);
    if (size == 0) {
        if (!std::exchange(hasRefused_, true))
            kLog.info("", "a packet is refused: it is not genuine or has come before");
        return;
    }
    gst_buffer_set_size(packet.get(), static_cast<gssize>(size));
    gst_pad_chain(entry_.get(), packet.release());
}

} // namespace mullion
