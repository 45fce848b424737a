#pragma once

#include <cstddef>
#include <cstdint>

#include <span>
#include <vector>

namespace mullion {

/// The newest packets of a stream by their numbers: what is sent, and what a client may ask for
/// again. Not thread-safe.
class PacketHistory {
public:
    /// Bytes of the largest packet that a payloader makes.
    static constexpr std::size_t kMaxPacket = 1392;

    /// Keeps the newest `packets`, a power of two.
    explicit PacketHistory(std::size_t packets)
        : slots_(packets) {}

    std::size_t size() const { return slots_.size(); }

    /// Room for a packet, which takes the place of the one that came size() before it.
    std::span<std::uint8_t> add(std::uint16_t number, std::size_t size);

    /// Empty where it was never added or is too old.
    std::span<const std::uint8_t> find(std::uint16_t number) const;

private:
    struct Slot {
        std::uint16_t number = 0;
        /// Keeps its memory when another takes its place.
        std::vector<std::uint8_t> bytes = {};
    };

    std::vector<Slot> slots_;
};

} // namespace mullion
