#pragma once

#include <cstddef>
#include <cstdint>

#include <span>

namespace mullion {

/// What lies where in a packet of RTP (RFC 3550, 5.1). Numbers are big-endian.
namespace rtp {

/// Bytes of a header without sources and extension.
constexpr std::size_t kFixedHeader = 12;
/// The first byte's bit that says that an extension follows.
constexpr std::uint8_t kHasExtension = 0x10;

std::uint16_t read16(const std::uint8_t* from);
std::uint32_t read32(const std::uint8_t* from);
void write16(std::uint8_t* to, std::uint16_t value);
void write32(std::uint8_t* to, std::uint32_t value);

/// Bytes of a header with its sources and its extension; 0 where it is not whole.
std::size_t headerSize(std::span<const std::uint8_t> packet);

/// Of a packet with a whole header.
inline std::uint16_t numberOf(std::span<const std::uint8_t> packet) {
    return read16(&packet[2]);
}

inline std::uint32_t timestampOf(std::span<const std::uint8_t> packet) {
    return read32(&packet[4]);
}

inline std::uint32_t sourceOf(std::span<const std::uint8_t> packet) {
    return read32(&packet[8]);
}

} // namespace rtp

} // namespace mullion
