#include "pipelines/leg/packet_writer.h"

#include <algorithm>

#include "pipelines/leg/rtp_packet.h"

namespace mullion {

namespace {

/// An extension of one-byte headers with one element of two bytes (RFC 8285, 4.2), filled up.
constexpr std::size_t kExtension = 8;
constexpr std::uint16_t kOneByteHeaders = 0xbede;
constexpr int kMaxOneByteId = 14;
constexpr std::size_t kOriginalNumber = 2;
constexpr std::uint8_t kMarker = 0x80;

} // namespace

std::size_t PacketWriter::writeHeader(std::span<const std::uint8_t> packet, int extension) {
    const std::size_t header = rtp::headerSize(packet);
    if (header == 0 || packet.size() > kMaxPacket) return 0;
    std::uint8_t* to = &bytes_[size_];
    std::copy_n(packet.begin(), header, to);
    if (extension < 1 || extension > kMaxOneByteId || (to[0] & rtp::kHasExtension)) return header;
    to[0] |= rtp::kHasExtension;
    rtp::write16(to + header, kOneByteHeaders);
    rtp::write16(to + header + 2, 1);
    to[header + 4] = static_cast<std::uint8_t>(extension << 4 | 1);
    rtp::write16(to + header + 5, transportNumber_++);
    to[header + 7] = 0;
    return header + kExtension;
}

bool PacketWriter::finish(std::size_t size) {
    if (!cipher_->protect({&bytes_[size_], size})) return false;
    sizes_.push_back(static_cast<std::uint16_t>(size + SrtpCipher::kTag));
    size_ += sizes_.back();
    return true;
}

bool PacketWriter::add(std::span<const std::uint8_t> packet, int extension) {
    const std::size_t header = writeHeader(packet, extension);
    if (header == 0) return false;
    const auto content = packet.subspan(rtp::headerSize(packet));
    std::copy(content.begin(), content.end(), &bytes_[size_ + header]);
    return finish(header + content.size());
}

bool PacketWriter::addAgain(std::span<const std::uint8_t> packet, int extension, Repairs* repairs) {
    const std::size_t header = writeHeader(packet, extension);
    if (header == 0) return false;
    std::uint8_t* to = &bytes_[size_];
    rtp::write16(to + header, rtp::numberOf(packet));
    to[1] = static_cast<std::uint8_t>((to[1] & kMarker) | repairs->payloadType);
    rtp::write16(to + 2, repairs->nextNumber++);
    rtp::write32(to + 8, repairs->ssrc);
    const auto content = packet.subspan(rtp::headerSize(packet));
    std::copy(content.begin(), content.end(), to + header + kOriginalNumber);
    return finish(header + kOriginalNumber + content.size());
}

void PacketWriter::clear() {
    sizes_.clear();
    size_ = 0;
}

} // namespace mullion
