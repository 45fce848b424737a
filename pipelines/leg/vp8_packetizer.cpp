#include "pipelines/leg/vp8_packetizer.h"

#include <algorithm>

#include "pipelines/leg/rtp_packet.h"

namespace mullion {

namespace {

/// The payload descriptor (RFC 7741, 4.2): an extension, which is a picture id of 15 bits.
constexpr std::size_t kDescriptor = 4;
constexpr std::uint8_t kExtended = 0x80;
constexpr std::uint8_t kDroppable = 0x20;
constexpr std::uint8_t kBegins = 0x10;
constexpr std::uint8_t kHasPictureId = 0x80;
constexpr std::uint16_t kLongPictureId = 0x8000;
constexpr std::uint16_t kMaxPictureId = 0x7fff;

constexpr std::uint8_t kVersion = 0x80;
constexpr std::uint8_t kMarker = 0x80;
constexpr std::size_t kHeaders = rtp::kFixedHeader + kDescriptor;
constexpr std::size_t kMaxContent = PacketHistory::kMaxPacket - kHeaders;

} // namespace

std::optional<Vp8Packetizer> Vp8Packetizer::after(std::span<const std::uint8_t> packet) {
    const std::size_t header = rtp::headerSize(packet);
    if (header == 0 || packet.size() < header + kDescriptor) return std::nullopt;
    const std::uint8_t* descriptor = &packet[header];
    const std::uint16_t pictureId = rtp::read16(descriptor + 2);
    if (!(descriptor[0] & kExtended) || descriptor[1] != kHasPictureId ||
        !(pictureId & kLongPictureId))
        return std::nullopt;
    Vp8Packetizer next;
    next.ssrc_ = rtp::sourceOf(packet);
    next.payloadType_ = packet[1] & ~kMarker;
    next.number_ = static_cast<std::uint16_t>(rtp::numberOf(packet) + 1);
    next.pictureId_ = (pictureId + 1) & kMaxPictureId;
    return next;
}

Vp8Packetizer::Numbers Vp8Packetizer::packetize(std::span<const std::uint8_t> frame,
                                                std::uint32_t timestamp, bool isDroppable,
                                                PacketHistory* packets) {
    Numbers numbers{number_, 0};
    if (frame.empty()) return numbers;
    const std::size_t least = (frame.size() + kMaxContent - 1) / kMaxContent;
    const std::size_t share = (frame.size() + least - 1) / least;
    for (std::size_t done = 0; done < frame.size(); done += share, ++numbers.count) {
        const auto content = frame.subspan(done, std::min(share, frame.size() - done));
        const bool isLast = done + content.size() == frame.size();
        const auto packet = packets->add(number_, kHeaders + content.size());
        packet[0] = kVersion;
        packet[1] = static_cast<std::uint8_t>((isLast ? kMarker : 0) | payloadType_);
        rtp::write16(&packet[2], number_++);
        rtp::write32(&packet[4], timestamp);
        rtp::write32(&packet[8], ssrc_);
        std::uint8_t* descriptor = &packet[rtp::kFixedHeader];
        // Partitions are not told apart: nobody decodes a part of a frame.
        descriptor[0] = static_cast<std::uint8_t>(kExtended | (isDroppable ? kDroppable : 0) |
                                                  (done == 0 ? kBegins : 0));
        descriptor[1] = kHasPictureId;
        rtp::write16(descriptor + 2, kLongPictureId | pictureId_);
        std::copy(content.begin(), content.end(), packet.begin() + kHeaders);
    }
    pictureId_ = (pictureId_ + 1) & kMaxPictureId;
    return numbers;
}

} // namespace mullion
