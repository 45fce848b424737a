// Packets of VP8: what GStreamer's depayloader makes of them, and how they are numbered.
#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

#include "pipelines/leg/rtp_packet.h"
#include "pipelines/leg/vp8_packetizer.h"
#include "tests/pipelines/through_element.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

constexpr std::uint32_t kSource = 0xcafebabe;
constexpr std::uint8_t kPayloadType = 97;
constexpr std::size_t kKept = 512;

/// A payloader's last packet of a frame: what the packetizer goes on from.
Bytes lastPacket(std::uint16_t number, std::uint16_t pictureId) {
    Bytes packet(rtp::kFixedHeader + 5);
    packet[0] = 0x80;
    packet[1] = 0x80 | kPayloadType;
    rtp::write16(&packet[2], number);
    rtp::write32(&packet[8], kSource);
    packet[12] = 0x80;
    packet[13] = 0x80;
    rtp::write16(&packet[14], 0x8000 | pictureId);
    return packet;
}

/// A frame that a decoder would take for a key frame of 320×180, with `size` bytes after that.
Bytes frameOf(std::size_t size) {
    Bytes frame = {0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00};
    frame.resize(frame.size() + size);
    std::iota(frame.begin() + 10, frame.end(), static_cast<std::uint8_t>(size));
    return frame;
}

std::vector<Bytes> packetsOf(Vp8Packetizer& packetizer, const Bytes& frame,
                             std::uint32_t timestamp = 0) {
    PacketHistory history(kKept);
    const auto numbers = packetizer.packetize(frame, timestamp, /*isDroppable=*/false, &history);
    std::vector<Bytes> packets;
    for (std::size_t i = 0; i < numbers.count; ++i) {
        const auto packet = history.find(static_cast<std::uint16_t>(numbers.first + i));
        packets.emplace_back(packet.begin(), packet.end());
    }
    return packets;
}

/// What rtpvp8depay puts together of packets.
std::vector<Bytes> depayload(const std::vector<Bytes>& packets) {
    return throughElement(
        "rtpvp8depay", {},
        "application/x-rtp,media=video,clock-rate=90000,encoding-name=VP8,payload=97", packets);
}

} // namespace

START_TEST(frames_are_put_together_by_others) {
    // Numbers and picture ids pass their ends.
    auto packetizer = *Vp8Packetizer::after(lastPacket(65'500, 32'700));
    std::vector<Bytes> frames;
    std::vector<Bytes> packets;
    for (std::size_t i = 0; i < 200; ++i) {
        frames.push_back(frameOf(i * 37));
        for (Bytes& packet : packetsOf(packetizer, frames.back(), static_cast<unsigned>(i * 3600)))
            packets.push_back(std::move(packet));
    }
    ck_assert(depayload(packets) == frames);
}

END_TEST

START_TEST(packets_are_of_one_size_but_for_the_last) {
    auto packetizer = *Vp8Packetizer::after(lastPacket(0, 0));
    for (const std::size_t size : {1, 1366, 1367, 1377, 15'000, 200'000}) {
        const auto packets = packetsOf(packetizer, frameOf(size));
        const std::size_t least = (size + 10 + 1375) / 1376;
        ck_assert_uint_eq(packets.size(), least);
        for (const Bytes& packet : packets) {
            ck_assert_uint_le(packet.size(), PacketHistory::kMaxPacket);
            ck_assert(packet.size() == packets[0].size() || &packet == &packets.back());
            ck_assert_uint_le(packet.size(), packets[0].size());
            // The marker ends a frame.
            ck_assert_int_eq(packet[1], (&packet == &packets.back() ? 0x80 : 0) | kPayloadType);
        }
    }
}

END_TEST

START_TEST(streams_go_on_where_a_payloader_ends) {
    auto packetizer = *Vp8Packetizer::after(lastPacket(65'535, 0x7fff));
    const auto first = packetsOf(packetizer, frameOf(3000), 4711);
    ck_assert_uint_eq(first.size(), 3);
    for (std::size_t i = 0; i < first.size(); ++i) {
        ck_assert_uint_eq(rtp::numberOf(first[i]), i);
        ck_assert_uint_eq(rtp::timestampOf(first[i]), 4711);
        ck_assert_uint_eq(rtp::sourceOf(first[i]), kSource);
        // X and, in the first, S; I; a picture id of 15 bits.
        ck_assert_int_eq(first[i][12], i == 0 ? 0x90 : 0x80);
        ck_assert_int_eq(first[i][13], 0x80);
        ck_assert_uint_eq(rtp::read16(&first[i][14]), 0x8000);
    }
    const auto second = packetsOf(packetizer, frameOf(1));
    ck_assert_uint_eq(rtp::numberOf(second[0]), 3);
    ck_assert_uint_eq(rtp::read16(&second[0][14]), 0x8001);
    // An empty frame is no picture.
    ck_assert(packetsOf(packetizer, {}).empty());
}

END_TEST

START_TEST(packets_are_as_those_of_the_payloader_before) {
    // Noise, of which no frame is small.
    std::vector<Bytes> pictures(2, Bytes(320 * 180 * 3 / 2));
    std::mt19937 random(1);
    for (Bytes& picture : pictures)
        std::generate(picture.begin(), picture.end(), std::ref(random));
    const auto frames =
        throughElement("vp8enc", {{"deadline", "1"}},
                       "video/x-raw,format=I420,width=320,height=180,framerate=25/1", pictures);
    ck_assert_uint_eq(frames.size(), 2);
    const auto theirs = throughElement("rtpvp8pay",
                                       {{"pt", std::to_string(kPayloadType)},
                                        {"ssrc", std::to_string(kSource)},
                                        {"picture-id-mode", "15-bit"},
                                        {"mtu", std::to_string(PacketHistory::kMaxPacket)}},
                                       "video/x-vp8", frames);
    const auto isLast = [](const Bytes& packet) { return (packet[1] & 0x80) != 0; };
    const auto end = std::find_if(theirs.begin(), theirs.end(), isLast);
    ck_assert(end != theirs.end());
    auto packetizer = *Vp8Packetizer::after(*end);
    const auto ours = packetsOf(packetizer, frames[1], rtp::timestampOf(*end) + 3600);
    ck_assert_int_eq(theirs.end() - (end + 1), static_cast<std::ptrdiff_t>(ours.size()));
    for (std::size_t i = 0; i < ours.size(); ++i)
        // Header and descriptor, whose partitions we do not tell apart.
        ck_assert(
            std::equal(ours[i].begin(), ours[i].begin() + 12, (end + 1 + i)->begin()) &&
            std::equal(ours[i].begin() + 13, ours[i].begin() + 16, (end + 1 + i)->begin() + 13));
    Bytes together;
    for (const Bytes& packet : ours)
        together.insert(together.end(), packet.begin() + 16, packet.end());
    ck_assert(together == frames[1]);
}

END_TEST

START_TEST(too_large_a_frame_leaves_its_end) {
    auto packetizer = *Vp8Packetizer::after(lastPacket(0, 0));
    PacketHistory history(16);
    const auto numbers = packetizer.packetize(frameOf(100'000), 0, /*isDroppable=*/false, &history);
    ck_assert_uint_gt(numbers.count, 16);
    for (std::size_t i = 0; i < numbers.count; ++i)
        ck_assert(history.find(static_cast<std::uint16_t>(numbers.first + i)).empty() ==
                  (i + 16 < numbers.count));
}

END_TEST

START_TEST(droppable_frames_say_so) {
    auto packetizer = *Vp8Packetizer::after(lastPacket(7, 7));
    PacketHistory history(kKept);
    const auto numbers = packetizer.packetize(frameOf(3000), 0, /*isDroppable=*/true, &history);
    ck_assert_uint_eq(numbers.first, 8);
    for (std::size_t i = 0; i < numbers.count; ++i)
        ck_assert(history.find(static_cast<std::uint16_t>(8 + i))[12] & 0x20);
}

END_TEST

START_TEST(other_packets_are_not_gone_on_from) {
    ck_assert(!Vp8Packetizer::after({}));
    Bytes packet = lastPacket(1, 1);
    packet[12] = 0;
    ck_assert(!Vp8Packetizer::after(packet));
    packet = lastPacket(1, 1);
    packet[14] &= 0x7f;
    ck_assert_msg(!Vp8Packetizer::after(packet), "a picture id of 7 bits");
    packet = lastPacket(1, 1);
    packet.resize(14);
    ck_assert(!Vp8Packetizer::after(packet));
}

END_TEST

START_TEST(histories_forget_the_oldest) {
    PacketHistory history(kKept);
    ck_assert(history.find(3).empty());
    constexpr auto kPackets = static_cast<int>(kKept);
    // Past 65535.
    for (int i = 0; i < 2 * kPackets; ++i)
        history.add(static_cast<std::uint16_t>(65'000 + i), 3)[0] = static_cast<std::uint8_t>(i);
    for (int i = 0; i < 2 * kPackets; ++i) {
        const auto packet = history.find(static_cast<std::uint16_t>(65'000 + i));
        ck_assert_uint_eq(packet.size(), i < kPackets ? 0 : 3);
        if (i >= kPackets) ck_assert_uint_eq(packet[0], static_cast<std::uint8_t>(i));
    }
}

END_TEST

int main() {
    return runSuite("vp8_packetizer",
                    {frames_are_put_together_by_others, packets_are_of_one_size_but_for_the_last,
                     streams_go_on_where_a_payloader_ends,
                     packets_are_as_those_of_the_payloader_before, too_large_a_frame_leaves_its_end,
                     droppable_frames_say_so, other_packets_are_not_gone_on_from,
                     histories_forget_the_oldest});
}
