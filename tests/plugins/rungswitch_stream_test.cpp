// The proof with real encoders: what comes out of a rungswitch is one stream to a payloader and to
// a decoder, however often it changes. All of it runs in the test's thread.
#include <algorithm>
#include <memory>
#include <utility>

#include <gst/rtp/gstrtpbuffer.h>

#include "tests/plugins/rungswitch_rig.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

constexpr unsigned kRungs = 3;
constexpr unsigned kPictures = 15;
constexpr unsigned kFrames = 210;
constexpr unsigned kFramesARung = 6;
constexpr unsigned kTicksAFrame = 3000; // 30 a second at 90 kHz
constexpr unsigned kTicksMinStep = 90;

struct Codec {
    const char* name;
    const char* encoderFactory;
    std::string encoder;
    std::string receiver;
};

const std::string kH264Receiver = "rtph264pay name=pay config-interval=-1 "
                                  "aggregate-mode=zero-latency ! rtph264depay ! avdec_h264";

const Codec kCodecs[] = {
    {"VP8", "vp8enc", "vp8enc deadline=1 cpu-used=16 lag-in-frames=0 keyframe-max-dist=10000",
     "rtpvp8pay name=pay picture-id-mode=15-bit ! rtpvp8depay ! vp8dec"},
    {"H.264 of x264enc", "x264enc",
     "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10000 ! "
     "capsfilter caps=video/x-h264,stream-format=byte-stream,alignment=au",
     kH264Receiver},
    {"H.264 of openh264enc", "openh264enc", "openh264enc gop-size=10000 complexity=low",
     kH264Receiver},
};

/// How many frames each rung's encoder is behind.
const unsigned kLags[][kRungs] = {{0, 0, 0}, {0, 1, 2}, {3, 0, 1}};

int widthOf(unsigned rung) {
    return 1280 >> rung;
}

bool exists(const char* factory) {
    GstElementFactory* found = gst_element_factory_find(factory);
    if (found) gst_object_unref(found);
    return found != nullptr;
}

std::vector<GstBuffer*> picturesOf(const std::string& caps) {
    GstHarness* harness = gst_harness_new_parse(
        ("videotestsrc pattern=ball num-buffers=" + std::to_string(kPictures) +
         " ! capsfilter caps=" + caps)
            .c_str());
    gst_harness_play(harness);
    std::vector<GstBuffer*> pictures;
    while (pictures.size() < kPictures)
        pictures.push_back(gst_harness_pull(harness));
    gst_harness_teardown(harness);
    return pictures;
}

/// One rung: an encoder and the pad with which it feeds the switch.
class Rung {
public:
    Rung(const Codec& codec, unsigned number, GstElement* rungSwitch) {
        const std::string caps =
            "video/x-raw,format=I420,framerate=30/1,width=" + std::to_string(widthOf(number)) +
            ",height=" + std::to_string(720 >> number);
        pictures_ = picturesOf(caps);
        encoder_ = gst_harness_new_parse(codec.encoder.c_str());
        gst_harness_set_src_caps_str(encoder_, caps.c_str());
        gst_object_ref_sink(feed_);
        gst_pad_set_element_private(feed_, encoder_);
        gst_pad_set_event_function(feed_, [](GstPad* pad, GstObject*, GstEvent* event) {
            auto* encoder = static_cast<GstHarness*>(gst_pad_get_element_private(pad));
            return gst_harness_push_upstream_event(encoder, event);
        });
        gst_pad_set_active(feed_, TRUE);
        input_ = gst_element_request_pad_simple(rungSwitch, "sink_%u");
        ck_assert_int_eq(gst_pad_link(feed_, input_), GST_PAD_LINK_OK);
    }

    ~Rung() {
        gst_pad_set_active(feed_, FALSE);
        gst_object_unref(input_);
        gst_object_unref(feed_);
        gst_harness_teardown(encoder_);
        for (GstBuffer* picture : pictures_)
            gst_buffer_unref(picture);
    }

    Rung(const Rung&) = delete;
    Rung& operator=(const Rung&) = delete;

    GstPad* input() { return input_; }

    /// Encodes the frame of this number and gives it to the switch.
    void send(unsigned frame) {
        GstBuffer* raw = gst_buffer_copy(pictures_[frame % kPictures]);
        GST_BUFFER_PTS(raw) = gst_util_uint64_scale(frame, GST_SECOND, 30);
        GST_BUFFER_DTS(raw) = GST_CLOCK_TIME_NONE;
        gst_harness_push(encoder_, raw);
        GstBuffer* encoded = gst_harness_pull(encoder_);
        ck_assert_ptr_nonnull(encoded);
        // Caps and segment, as the encoder made them: that of x264enc begins after 1000 hours.
        gst_pad_sticky_events_foreach(
            encoder_->sinkpad,
            [](GstPad*, GstEvent** event, gpointer feed) -> gboolean {
                gst_pad_push_event(GST_PAD(feed), gst_event_ref(*event));
                return TRUE;
            },
            feed_);
        ck_assert_int_eq(gst_pad_push(feed_, encoded), GST_FLOW_OK);
    }

    void end() { gst_pad_push_event(feed_, gst_event_new_eos()); }

private:
    std::vector<GstBuffer*> pictures_ = {};
    GstHarness* encoder_ = nullptr;
    GstPad* feed_ = gst_pad_new("feed", GST_PAD_SRC);
    GstPad* input_ = nullptr;
};

struct Packet {
    unsigned sequence = 0;
    unsigned timestamp = 0;
    bool isLast = false; ///< of its frame
    std::vector<guint8> payload = {};
};

/// The 15-bit picture id of a VP8 payload descriptor (RFC 7741 section 4.2), or -1.
int pictureIdOf(const std::vector<guint8>& payload) {
    if (payload.size() < 4) return -1;
    const bool isExtended = payload[0] & 0x80;
    const bool hasPictureId = payload[1] & 0x80;
    const bool isLong = payload[2] & 0x80;
    if (!isExtended || !hasPictureId || !isLong) return -1;
    return (payload[2] & 0x7f) << 8 | payload[3];
}

/// The switch, a payloader, a depayloader and a decoder; keeps the packets and the pictures.
class Receiver {
public:
    explicit Receiver(const Codec& codec)
        : bin_(gst_parse_bin_from_description(
              ("rungswitch name=switch ! " + codec.receiver).c_str(), TRUE, nullptr)) {
        ck_assert_ptr_nonnull(bin_);
        gst_object_ref_sink(bin_);
        bus_ = gst_bus_new();
        gst_element_set_bus(bin_, bus_);
        rungSwitch_ = gst_bin_get_by_name(GST_BIN(bin_), "switch");
        GstElement* payloader = gst_bin_get_by_name(GST_BIN(bin_), "pay");
        GstPad* pad = gst_element_get_static_pad(payloader, "src");
        gst_pad_add_probe(pad,
                          static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                       GST_PAD_PROBE_TYPE_BUFFER_LIST),
                          onPackets, this, nullptr);
        gst_object_unref(pad);
        gst_object_unref(payloader);
        output_ = gst_harness_new_with_element(bin_, nullptr, "src");
        gst_harness_set_drop_buffers(output_, TRUE);
        gst_pad_add_probe(output_->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, onPicture, this, nullptr);
        gst_element_set_state(bin_, GST_STATE_PLAYING);
    }

    ~Receiver() {
        gst_element_set_state(bin_, GST_STATE_NULL);
        gst_element_set_bus(bin_, nullptr);
        gst_harness_teardown(output_);
        gst_object_unref(rungSwitch_);
        gst_object_unref(bus_);
        gst_object_unref(bin_);
    }

    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    GstElement* rungSwitch() { return rungSwitch_; }

    const std::vector<Packet>& packets() const { return packets_; }

    /// Frames that were payloaded.
    unsigned frames() const { return frames_; }

    /// The widths of the pictures that were decoded.
    const std::vector<int>& decodedWidths() const { return decodedWidths_; }

    void assertNoComplaint() {
        const auto types =
            static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_QOS);
        GstMessage* message = gst_bus_pop_filtered(bus_, types);
        ck_assert_msg(message == nullptr, "%s: %s", message ? GST_OBJECT_NAME(message->src) : "",
                      message ? GST_MESSAGE_TYPE_NAME(message) : "");
    }

private:
    void onPacket(GstBuffer* buffer) {
        GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
        ck_assert(gst_rtp_buffer_map(buffer, GST_MAP_READ, &rtp));
        Packet packet{gst_rtp_buffer_get_seq(&rtp), gst_rtp_buffer_get_timestamp(&rtp),
                      gst_rtp_buffer_get_marker(&rtp) == TRUE};
        const auto* payload = static_cast<guint8*>(gst_rtp_buffer_get_payload(&rtp));
        packet.payload.assign(payload, payload + gst_rtp_buffer_get_payload_len(&rtp));
        gst_rtp_buffer_unmap(&rtp);
        frames_ += packet.isLast;
        packets_.push_back(std::move(packet));
    }

    static GstPadProbeReturn onPackets(GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto* self = static_cast<Receiver*>(data);
        if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
            self->onPacket(GST_PAD_PROBE_INFO_BUFFER(info));
            return GST_PAD_PROBE_OK;
        }
        GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
        for (guint i = 0; i < gst_buffer_list_length(list); ++i)
            self->onPacket(gst_buffer_list_get(list, i));
        return GST_PAD_PROBE_OK;
    }

    static GstPadProbeReturn onPicture(GstPad* pad, GstPadProbeInfo*, gpointer data) {
        GstCaps* caps = gst_pad_get_current_caps(pad);
        int width = 0;
        gst_structure_get_int(gst_caps_get_structure(caps, 0), "width", &width);
        static_cast<Receiver*>(data)->decodedWidths_.push_back(width);
        gst_caps_unref(caps);
        return GST_PAD_PROBE_OK;
    }

    GstElement* bin_;
    GstBus* bus_ = nullptr;
    GstElement* rungSwitch_ = nullptr;
    GstHarness* output_ = nullptr;
    std::vector<Packet> packets_ = {};
    unsigned frames_ = 0;
    std::vector<int> decodedWidths_ = {};
};

/// A frame that the switch let pass.
struct Sent {
    unsigned rung = 0;
    unsigned frame = 0;
};

/// What went out while the wanted rung changed every kFramesARung frames.
std::vector<Sent> sendAll(Receiver& receiver, std::vector<std::unique_ptr<Rung>>& rungs,
                          const unsigned (&lags)[kRungs]) {
    std::vector<Sent> sent;
    guint32 random = 1;
    for (unsigned frame = 0; frame < kFrames; ++frame) {
        if (frame % kFramesARung == 0) {
            random = random * 1664525 + 1013904223;
            g_object_set(receiver.rungSwitch(), "wanted", rungs[(random >> 16) % kRungs]->input(),
                         nullptr);
        }
        for (unsigned n = 0; n < kRungs; ++n) {
            if (frame < lags[n]) continue;
            const unsigned before = receiver.frames();
            rungs[n]->send(frame - lags[n]);
            ck_assert_uint_le(receiver.frames() - before, 1);
            if (receiver.frames() > before) sent.push_back({n, frame - lags[n]});
        }
    }
    return sent;
}

/// Sequence numbers without a gap, one picture id more with each frame.
void assertContinuous(const std::vector<Packet>& packets, bool isVp8) {
    for (size_t i = 1; i < packets.size(); ++i) {
        const Packet& before = packets[i - 1];
        const Packet& packet = packets[i];
        ck_assert_uint_eq(packet.sequence, (before.sequence + 1) & 0xffff);
        ck_assert_int_eq(packet.timestamp == before.timestamp, !before.isLast);
        if (!isVp8) continue;
        ck_assert_int_ge(pictureIdOf(packet.payload), 0);
        ck_assert_int_eq(pictureIdOf(packet.payload),
                         (pictureIdOf(before.payload) + before.isLast) & 0x7fff);
    }
}

/// Each frame of a rung's turn follows the one before, at its own time or the least step later.
void assertRising(const std::vector<Packet>& packets, const std::vector<Sent>& sent) {
    std::vector<unsigned> timestamps;
    for (const Packet& packet : packets)
        if (packet.isLast) timestamps.push_back(packet.timestamp);
    ck_assert_uint_eq(timestamps.size(), sent.size());
    guint64 time = gst_util_uint64_scale(sent[0].frame, GST_SECOND, 30);
    for (size_t i = 1; i < sent.size(); ++i) {
        if (sent[i].rung == sent[i - 1].rung)
            ck_assert_uint_eq(sent[i].frame, sent[i - 1].frame + 1);
        const guint64 own = gst_util_uint64_scale(sent[i].frame, GST_SECOND, 30);
        const guint64 last = std::exchange(time, std::max(own, time + GST_MSECOND));
        const double expected = static_cast<double>(time - last) * 90000 / GST_SECOND;
        const unsigned step = timestamps[i] - timestamps[i - 1];
        ck_assert_double_eq_tol(step, expected, 1.01);
        ck_assert_uint_ge(step, kTicksMinStep - 1);
        ck_assert_uint_le(step, (3 + 1) * kTicksAFrame + 1);
    }
}

} // namespace

START_TEST(changes_are_invisible_to_payloader_and_decoder) {
    initGStreamer();
    const Codec& codec = kCodecs[_i / G_N_ELEMENTS(kLags)];
    const auto& lags = kLags[_i % G_N_ELEMENTS(kLags)];
    if (!exists(codec.encoderFactory)) {
        printf("# %s: not here, skipped\n", codec.name);
        return;
    }
    Receiver receiver(codec);
    std::vector<std::unique_ptr<Rung>> rungs;
    for (unsigned n = 0; n < kRungs; ++n)
        rungs.push_back(std::make_unique<Rung>(codec, n, receiver.rungSwitch()));

    const std::vector<Sent> sent = sendAll(receiver, rungs, lags);
    guint switches = 0;
    g_object_get(receiver.rungSwitch(), "switches", &switches, nullptr);
    ck_assert_uint_ge(switches, kFrames / kFramesARung / 2);
    assertContinuous(receiver.packets(), _i < static_cast<int>(G_N_ELEMENTS(kLags)));
    assertRising(receiver.packets(), sent);

    for (const auto& rung : rungs)
        rung->end();
    receiver.assertNoComplaint();
    const std::vector<int>& widths = receiver.decodedWidths();
    ck_assert_uint_eq(widths.size(), sent.size());
    for (size_t i = 0; i < sent.size(); ++i)
        ck_assert_int_eq(widths[i], widthOf(sent[i].rung));
    printf("# %s: %u switches, %zu frames in %zu packets, all decoded\n", codec.name, switches,
           sent.size(), receiver.packets().size());
}

END_TEST

int main() {
    Suite* suite = suite_create("plugins.rungswitch_stream");
    TCase* group = tcase_create("stream");
    tcase_set_timeout(group, 120);
    tcase_add_loop_test(group, changes_are_invisible_to_payloader_and_decoder, 0,
                        G_N_ELEMENTS(kCodecs) * G_N_ELEMENTS(kLags));
    suite_add_tcase(suite, group);
    return run(suite);
}
