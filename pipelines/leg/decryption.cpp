#include "pipelines/leg/decryption.h"

#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("decryption");

/// What dtlsdec calls AES_CM_128_HMAC_SHA1_80 (gstdtlsconnection.h).
constexpr unsigned kAes128 = 1;
constexpr unsigned kHmacSha1With80 = 2;

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

std::shared_ptr<Decryption> Decryption::create() {
    return std::shared_ptr<Decryption>(new Decryption());
}

void Decryption::attach(GstElement* element, const std::string& factory) {
    const std::lock_guard lock(mutex_);
    if (factory == "dtlsdec") {
        dtls_ = GRef<GstElement>::share(element);
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

/// Who decrypts: for good, as packets are counted by whoever does.
/// @return false as long as DTLS has agreed on no key.
bool Decryption::choose() {
    GRef<GstElement> dtls;
    {
        const std::lock_guard lock(mutex_);
        dtls = dtls_;
        entry_ = session_;
    }
    if (!dtls || !entry_) return false;
    GstBuffer* raw = nullptr;
    unsigned encrypted = 0;
    unsigned signedBy = 0;
    g_object_get(dtls.get(), "decoder-key", &raw, "srtp-cipher", &encrypted, "srtp-auth", &signedBy,
                 nullptr);
    const auto key = GRef<GstBuffer>::adopt(raw);
    GstMapInfo map;
    if (!key || !gst_buffer_map(key.get(), &map, GST_MAP_READ)) return false;
    isChosen_ = true;
    auto cipher = SrtpCipher::create({map.data, map.size});
    gst_buffer_unmap(key.get(), &map);
    if (encrypted != kAes128 || signedBy != kHmacSha1With80) {
        kLog.info("", "RTP comes by srtpdec: another profile was agreed on");
    } else if (!cipher) {
        kLog.warning("", "RTP comes by srtpdec: " + cipher.error().message);
    } else {
        cipher_ = std::move(*cipher);
        begin(entry_.get());
    }
    return true;
}

GRef<GstBuffer> Decryption::take(GRef<GstBuffer> packet) {
    if (!isRtp(packet.get()) || (!isChosen_ && !choose()) || !cipher_) return packet;
    if (open(packet.get())) gst_pad_chain(entry_.get(), packet.release());
    return {};
}

/// In place: nobody else has it.
bool Decryption::open(GstBuffer* packet) {
    GstMapInfo map;
    if (!gst_buffer_map(packet, &map, GST_MAP_READWRITE)) return false;
    const std::size_t size = cipher_->unprotect({map.data, map.size});
    gst_buffer_unmap(packet, &map);
    if (size > 0) gst_buffer_set_size(packet, static_cast<gssize>(size));
    return size > 0;
}

} // namespace mullion
