#include "pipelines/leg/packet_history.h"

#include <algorithm>

namespace mullion {

std::span<std::uint8_t> PacketHistory::add(std::uint16_t number, std::size_t size) {
    Slot& slot = slots_[number % slots_.size()];
    slot.number = number;
    // All there may be, and not twice what there was.
    if (slot.bytes.capacity() < size) slot.bytes.reserve(std::max(size, kMaxPacket));
    slot.bytes.resize(size);
    return slot.bytes;
}

std::span<const std::uint8_t> PacketHistory::find(std::uint16_t number) const {
    const Slot& slot = slots_[number % slots_.size()];
    if (slot.number != number) return {};
    return slot.bytes;
}

} // namespace mullion
