#include "pipelines/leg/decryption.h"

#include <string>
#include <vector>

#include "tests/support/suite.h"

using namespace mullion;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr unsigned kHmacSha1With32 = 1;
constexpr unsigned kHmacSha1With80 = 2;

/// What dtlsdec tells of its agreement.
struct FakeDtls {
    GstElement parent;
    GstBuffer* key;
    unsigned auth;
};

struct FakeDtlsClass {
    GstElementClass parent;
};

G_DEFINE_TYPE(FakeDtls, fake_dtls, GST_TYPE_ELEMENT)

void fake_dtls_init(FakeDtls*) {}

void fake_dtls_class_init(FakeDtlsClass* klass) {
    auto* object = G_OBJECT_CLASS(klass);
    object->get_property = [](GObject* self, guint id, GValue* value, GParamSpec*) {
        const auto* dtls = reinterpret_cast<FakeDtls*>(self);
        if (id == 1) g_value_set_boxed(value, dtls->key);
        if (id == 2) g_value_set_uint(value, 1);
        if (id == 3) g_value_set_uint(value, dtls->auth);
    };
    g_object_class_install_property(
        object, 1,
        g_param_spec_boxed("decoder-key", nullptr, nullptr, GST_TYPE_BUFFER, G_PARAM_READABLE));
    int id = 2;
    for (const char* name : {"srtp-cipher", "srtp-auth"})
        g_object_class_install_property(
            object, id++, g_param_spec_uint(name, nullptr, nullptr, 0, 9, 0, G_PARAM_READABLE));
    g_signal_new("on-key-received", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, nullptr,
                 nullptr, nullptr, G_TYPE_NONE, 0);
}

Bytes rtp(std::uint16_t number) {
    Bytes packet(12 + 40, 7);
    packet[0] = 0x80;
    packet[1] = 111;
    packet[2] = static_cast<std::uint8_t>(number >> 8);
    packet[3] = static_cast<std::uint8_t>(number);
    return packet;
}

GRef<GstBuffer> bufferOf(const Bytes& bytes) {
    auto buffer = GRef<GstBuffer>::adopt(gst_buffer_new_memdup(bytes.data(), bytes.size()));
    GST_BUFFER_PTS(buffer.get()) = 0;
    return buffer;
}

/// A leg's decryption between a DTLS that agrees when it is told to, and an rtpsession.
class Bench {
public:
    Bench() {
        pipeline_ = GRef<GstElement>::sink(gst_pipeline_new(nullptr));
        auto* bin = GST_BIN(pipeline_.get());
        dtls_ = reinterpret_cast<FakeDtls*>(g_object_new(fake_dtls_get_type(), nullptr));
        gst_bin_add(bin, GST_ELEMENT(dtls_));
        GstElement* session = *addElement(bin, "rtpsession", {{"probation", "0"}});
        decryption_->attach(GST_ELEMENT(dtls_), "dtlsdec");
        decryption_->attach(session, "rtpsession");
        gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
        const auto in =
            GRef<GstPad>::adopt(gst_element_request_pad_simple(session, "recv_rtp_sink"));
        const auto out = GRef<GstPad>::adopt(gst_element_get_static_pad(session, "recv_rtp_src"));
        gst_pad_set_element_private(sink_.get(), this);
        gst_pad_set_chain_function(sink_.get(), [](GstPad* pad, GstObject*, GstBuffer* packet) {
            const auto owned = GRef<GstBuffer>::adopt(packet);
            Bytes bytes(gst_buffer_get_size(packet));
            gst_buffer_extract(packet, 0, bytes.data(), bytes.size());
            static_cast<Bench*>(gst_pad_get_element_private(pad))->received.push_back(bytes);
            return GST_FLOW_OK;
        });
        gst_pad_set_active(sink_.get(), TRUE);
        ck_assert_int_eq(gst_pad_link(out.get(), sink_.get()), GST_PAD_LINK_OK);
    }

    ~Bench() {
        gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
        if (dtls_->key) gst_buffer_unref(dtls_->key);
    }

    void agree(unsigned auth) {
        const Bytes master(SrtpCipher::kMasterKey + SrtpCipher::kMasterSalt, 0x21);
        dtls_->auth = auth;
        dtls_->key = bufferOf(master).release();
        auto cipher = SrtpCipher::create(master);
        client_ = std::move(*cipher);
        g_signal_emit_by_name(dtls_, "on-key-received");
    }

    Bytes encrypted(Bytes packet) {
        const std::size_t size = packet.size();
        packet.resize(size + SrtpCipher::kTag);
        ck_assert(client_->protect({packet.data(), size}));
        return packet;
    }

    /// @return whether it was taken; else it comes back as it was.
    bool take(const Bytes& packet) {
        const auto back = decryption_->take(bufferOf(packet));
        if (back)
            ck_assert_int_eq(gst_buffer_memcmp(back.get(), 0, packet.data(), packet.size()), 0);
        return !back;
    }

    void setGenuine(bool genuine) { *gate_ = genuine; }

    std::vector<Bytes> received = {};

private:
    Gate gate_ = std::make_shared<std::atomic<bool>>(true);
    std::shared_ptr<Decryption> decryption_ = Decryption::create(gate_);
    GRef<GstElement> pipeline_ = {};
    FakeDtls* dtls_ = nullptr;
    GRef<GstPad> sink_ = GRef<GstPad>::sink(gst_pad_new("sink", GST_PAD_SINK));
    std::unique_ptr<SrtpCipher> client_ = {};
};

} // namespace

START_TEST(packets_come_to_the_session_as_they_were) {
    Bench bench;
    bench.agree(kHmacSha1With80);
    for (std::uint16_t number = 1; number <= 3; ++number)
        ck_assert(bench.take(bench.encrypted(rtp(number))));
    ck_assert(bench.received == (std::vector<Bytes>{rtp(1), rtp(2), rtp(3)}));
}

END_TEST

START_TEST(forged_and_repeated_packets_are_gone) {
    Bench bench;
    bench.agree(kHmacSha1With80);
    const Bytes sent = bench.encrypted(rtp(1));
    Bytes forged = sent;
    forged.back() ^= 1;
    ck_assert(bench.take(forged));
    ck_assert(bench.take(sent));
    ck_assert(bench.take(sent));
    ck_assert(bench.received == std::vector<Bytes>{rtp(1)});
}

END_TEST

START_TEST(what_is_no_rtp_goes_the_usual_way) {
    Bench bench;
    bench.agree(kHmacSha1With80);
    // DTLS, STUN, a sender report and feedback of RTCP, and half a header.
    for (const Bytes& packet : {Bytes{22, 254, 253, 0}, Bytes{0, 1, 0, 0}, Bytes{0x80, 200, 0, 6},
                                Bytes{0x81, 206, 0, 2}, Bytes{0x80}})
        ck_assert(!bench.take(packet));
    ck_assert(bench.received.empty());
}

END_TEST

START_TEST(packets_wait_for_a_key_and_for_who_is_genuine) {
    Bench bench;
    bench.setGenuine(false);
    // Encrypted with the key that is agreed on later: DTLS is done first at the client.
    Bench other;
    other.agree(kHmacSha1With80);
    ck_assert(bench.take(other.encrypted(rtp(65535))));
    bench.agree(kHmacSha1With80);
    ck_assert(bench.take(other.encrypted(rtp(0))));
    ck_assert(bench.received.empty());
    bench.setGenuine(true);
    ck_assert(bench.take(other.encrypted(rtp(1))));
    ck_assert(bench.received == (std::vector<Bytes>{rtp(65535), rtp(0), rtp(1)}));
}

END_TEST

START_TEST(what_waits_has_a_bound) {
    Bench bench;
    Bench other;
    other.agree(kHmacSha1With80);
    for (std::uint16_t number = 0; number < 1000; ++number)
        ck_assert(bench.take(other.encrypted(rtp(number))));
    bench.agree(kHmacSha1With80);
    ck_assert(bench.take(other.encrypted(rtp(1000))));
    ck_assert_uint_eq(bench.received.size(), 301);
    ck_assert(bench.received.front() == rtp(0) && bench.received.back() == rtp(1000));
}

END_TEST

START_TEST(another_profile_goes_the_usual_way) {
    Bench bench;
    ck_assert(bench.take(rtp(0)));
    bench.agree(kHmacSha1With32);
    ck_assert(!bench.take(bench.encrypted(rtp(1))));
    ck_assert(!bench.take(bench.encrypted(rtp(2))));
}

END_TEST

int main() {
    gst_init(nullptr, nullptr);
    return test::runSuite("pipelines decryption",
                          {packets_come_to_the_session_as_they_were,
                           forged_and_repeated_packets_are_gone, what_is_no_rtp_goes_the_usual_way,
                           packets_wait_for_a_key_and_for_who_is_genuine, what_waits_has_a_bound,
                           another_profile_goes_the_usual_way});
}
