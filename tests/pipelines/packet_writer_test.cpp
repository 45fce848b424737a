// What becomes of packets on their way out: read by GStreamer's parser once they are decrypted.
#include <numeric>

#include <gst/rtp/gstrtpbuffer.h>

#include "pipelines/leg/packet_writer.h"
#include "pipelines/leg/rtp_packet.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kExtension = 5;
constexpr std::uint32_t kSource = 0xcafebabe;

Bytes master() {
    Bytes bytes(SrtpCipher::kMasterKey + SrtpCipher::kMasterSalt);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
    return bytes;
}

std::unique_ptr<SrtpCipher> newCipher() {
    auto cipher = SrtpCipher::create(master());
    ck_assert(cipher.ok());
    return std::move(*cipher);
}

Bytes packetOf(std::uint16_t number, std::size_t content = 100) {
    Bytes packet(rtp::kFixedHeader + content);
    packet[0] = 0x80;
    packet[1] = 0x80 | 96;
    rtp::write16(&packet[2], number);
    rtp::write32(&packet[4], 90'000);
    rtp::write32(&packet[8], kSource);
    std::iota(packet.begin() + rtp::kFixedHeader, packet.end(), static_cast<std::uint8_t>(number));
    return packet;
}

struct Read {
    int payloadType = 0;
    int number = 0;
    unsigned timestamp = 0;
    unsigned ssrc = 0;
    bool marker = false;
    /// Of transport-cc; -1 where there is none.
    int transportNumber = -1;
    Bytes content = {};
};

/// What a client reads of what leaves, in its order.
std::vector<Read> readAll(const PacketWriter& writer, SrtpCipher& client) {
    gst_init(nullptr, nullptr);
    std::vector<Read> all;
    const std::uint8_t* from = writer.bytes();
    for (const std::uint16_t size : writer.sizes()) {
        Bytes packet(from, from + size);
        from += size;
        packet.resize(client.unprotect(packet));
        ck_assert_msg(!packet.empty(), "a packet is not genuine");
        const auto buffer =
            GRef<GstBuffer>::adopt(gst_buffer_new_memdup(packet.data(), packet.size()));
        GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
        ck_assert(gst_rtp_buffer_map(buffer.get(), GST_MAP_READ, &rtp));
        Read read;
        read.payloadType = gst_rtp_buffer_get_payload_type(&rtp);
        read.number = gst_rtp_buffer_get_seq(&rtp);
        read.timestamp = gst_rtp_buffer_get_timestamp(&rtp);
        read.ssrc = gst_rtp_buffer_get_ssrc(&rtp);
        read.marker = gst_rtp_buffer_get_marker(&rtp);
        gpointer data = nullptr;
        guint extensionSize = 0;
        if (gst_rtp_buffer_get_extension_onebyte_header(&rtp, kExtension, 0, &data,
                                                        &extensionSize)) {
            ck_assert_uint_eq(extensionSize, 2);
            read.transportNumber = rtp::read16(static_cast<const std::uint8_t*>(data));
        }
        const auto* content = static_cast<const std::uint8_t*>(gst_rtp_buffer_get_payload(&rtp));
        read.content.assign(content, content + gst_rtp_buffer_get_payload_len(&rtp));
        gst_rtp_buffer_unmap(&rtp);
        all.push_back(std::move(read));
    }
    return all;
}

Bytes contentOf(const Bytes& packet) {
    return {packet.begin() + rtp::kFixedHeader, packet.end()};
}

} // namespace

START_TEST(packets_are_numbered_across_streams) {
    PacketWriter writer(newCipher());
    const auto client = newCipher();
    Bytes other = packetOf(9);
    rtp::write32(&other[8], 4711);
    // The stream that has not agreed on it takes no number.
    Bytes third = packetOf(9);
    rtp::write32(&third[8], 4712);
    ck_assert(writer.add(packetOf(7), kExtension));
    ck_assert(writer.add(third, 0));
    ck_assert(writer.add(other, kExtension));
    const auto read = readAll(writer, *client);
    ck_assert_uint_eq(read.size(), 3);
    ck_assert_int_eq(read[0].transportNumber, 0);
    ck_assert_int_eq(read[1].transportNumber, -1);
    ck_assert_int_eq(read[2].transportNumber, 1);
    ck_assert_int_eq(read[0].number, 7);
    ck_assert_int_eq(read[0].payloadType, 96);
    ck_assert(read[0].marker && read[0].ssrc == kSource && read[0].timestamp == 90'000);
    ck_assert(read[0].content == contentOf(packetOf(7)));
    ck_assert(read[2].content == contentOf(other));
    writer.clear();
    ck_assert(writer.sizes().empty());
    ck_assert(writer.add(packetOf(8), kExtension));
    ck_assert_int_eq(readAll(writer, *client)[0].transportNumber, 2);
}

END_TEST

START_TEST(what_is_sent_again_names_its_number) {
    PacketWriter writer(newCipher());
    const auto client = newCipher();
    PacketWriter::Repairs repairs{4713, 98, 65'535};
    ck_assert(writer.add(packetOf(40), kExtension));
    ck_assert(writer.addAgain(packetOf(40), kExtension, &repairs));
    ck_assert(writer.addAgain(packetOf(39), kExtension, &repairs));
    const auto read = readAll(writer, *client);
    for (int i = 1; i < 3; ++i) {
        ck_assert_uint_eq(read[i].ssrc, 4713);
        ck_assert_int_eq(read[i].payloadType, 98);
        ck_assert_int_eq(read[i].transportNumber, i);
        ck_assert_uint_eq(read[i].timestamp, 90'000);
        ck_assert(read[i].marker);
        // RFC 4588, 4: the original number, then what it had.
        ck_assert_uint_eq(rtp::read16(read[i].content.data()), 41 - i);
        ck_assert(Bytes(read[i].content.begin() + 2, read[i].content.end()) ==
                  contentOf(packetOf(static_cast<std::uint16_t>(41 - i))));
    }
    ck_assert_int_eq(read[1].number, 65'535);
    ck_assert_int_eq(read[2].number, 0);
}

END_TEST

START_TEST(it_is_full_before_one_finds_no_room) {
    PacketWriter writer(newCipher());
    const auto client = newCipher();
    const std::size_t largest = PacketWriter::kMaxPacket - rtp::kFixedHeader;
    std::uint16_t sent = 0;
    while (!writer.isFull())
        ck_assert(writer.add(packetOf(sent++, largest), kExtension));
    ck_assert_int_gt(sent, 20);
    const auto read = readAll(writer, *client);
    ck_assert_uint_eq(read.size(), sent);
    ck_assert(read.back().content == contentOf(packetOf(sent - 1, largest)));
}

END_TEST

START_TEST(what_is_no_packet_is_refused) {
    PacketWriter writer(newCipher());
    PacketWriter::Repairs repairs{4713, 98, 0};
    const Bytes large = packetOf(1, PacketWriter::kMaxPacket);
    Bytes cut = packetOf(1, 0);
    cut[0] |= rtp::kHasExtension;
    for (const Bytes& bytes : {large, cut, Bytes(11, 0x80), Bytes()}) {
        ck_assert(!writer.add(bytes, kExtension));
        ck_assert(!writer.addAgain(bytes, kExtension, &repairs));
    }
    ck_assert(writer.sizes().empty());
    // An identifier that does not fit into a byte's half is as none.
    const auto client = newCipher();
    ck_assert(writer.add(packetOf(1), 15));
    ck_assert(readAll(writer, *client)[0].content == contentOf(packetOf(1)));
}

END_TEST

int main() {
    return runSuite("packet_writer",
                    {packets_are_numbered_across_streams, what_is_sent_again_names_its_number,
                     it_is_full_before_one_finds_no_room, what_is_no_packet_is_refused});
}
