#pragma once

#include <cstddef>
#include <cstdint>

#include <optional>
#include <span>

#include "pipelines/leg/packet_history.h"

namespace mullion {

/// Cuts frames of VP8 into packets of RTP (RFC 7741): as few as may be, and of one size but for the
/// last, so that the system can cut them apart. Each frame has a picture id of 15 bits. Pure.
class Vp8Packetizer {
public:
    /// The numbers of a frame's packets.
    struct Numbers {
        std::uint16_t first = 0;
        std::size_t count = 0;
    };

    /// Goes on where another's stream ends, whose last packet this is.
    /// @return nothing where that is no packet with a picture id of 15 bits.
    static std::optional<Vp8Packetizer> after(std::span<const std::uint8_t> packet);

    /// Adds the packets of a frame to `packets`; none where the frame is empty. The first ones are
    /// gone where it has more than there is room for.
    /// @param timestamp of 90 kHz.
    /// @param isDroppable no other frame leans on it.
    Numbers packetize(std::span<const std::uint8_t> frame, std::uint32_t timestamp,
                      bool isDroppable, PacketHistory* packets);

private:
    Vp8Packetizer() = default;

    std::uint32_t ssrc_ = 0;
    std::uint8_t payloadType_ = 0;
    /// Of the next packet and the next frame.
    std::uint16_t number_ = 0;
    std::uint16_t pictureId_ = 0;
};

} // namespace mullion
