#include "pipelines/leg/rtp_packet.h"

namespace mullion::rtp {

std::uint16_t read16(const std::uint8_t* from) {
    return static_cast<std::uint16_t>(from[0] << 8 | from[1]);
}

std::uint32_t read32(const std::uint8_t* from) {
    return std::uint32_t{read16(from)} << 16 | read16(from + 2);
}

void write16(std::uint8_t* to, std::uint16_t value) {
    to[0] = static_cast<std::uint8_t>(value >> 8);
    to[1] = static_cast<std::uint8_t>(value);
}

void write32(std::uint8_t* to, std::uint32_t value) {
    write16(to, static_cast<std::uint16_t>(value >> 16));
    write16(to + 2, static_cast<std::uint16_t>(value));
}

std::size_t headerSize(std::span<const std::uint8_t> packet) {
    if (packet.size() < kFixedHeader || packet[0] >> 6 != 2) return 0;
    std::size_t size = kFixedHeader + std::size_t{4} * (packet[0] & 0xf);
    if (packet[0] & kHasExtension) {
        if (packet.size() < size + 4) return 0;
        size += 4 + std::size_t{4} * read16(&packet[size + 2]);
    }
    return size <= packet.size() ? size : 0;
}

} // namespace mullion::rtp
