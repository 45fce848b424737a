#pragma once

#include <cstddef>
#include <cstdint>

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "pipelines/leg/srtp_cipher.h"

namespace mullion {

/// Makes packets of RTP ready to leave: numbers them across a leg's streams for transport-wide
/// congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01), encrypts them, and lays
/// those that leave together one behind the other. Not thread-safe.
class PacketWriter {
public:
    /// Bytes of the largest packet that it takes.
    static constexpr std::size_t kMaxPacket = 2048;

    /// The stream of what is sent again (RFC 4588).
    struct Repairs {
        std::uint32_t ssrc = 0;
        std::uint8_t payloadType = 0;
        std::uint16_t nextNumber = 0;
    };

    explicit PacketWriter(std::unique_ptr<SrtpCipher> cipher)
        : cipher_(std::move(cipher)) {}

    /// Whether one more may not find room: take what is there first.
    bool isFull() const { return size_ + kMaxGrown > bytes_.size(); }

    /// Adds a packet; it must not be full. One that has an extension already is not numbered.
    /// @param extension the identifier of transport-cc's header extension; 0: not agreed on.
    /// @return false where it is no whole packet, or larger than kMaxPacket.
    bool add(std::span<const std::uint8_t> packet, int extension);

    /// Adds it as one that is sent again.
    bool addAgain(std::span<const std::uint8_t> packet, int extension, Repairs* repairs);

    /// What was added, of these sizes.
    const std::uint8_t* bytes() const { return bytes_.data(); }

    std::span<const std::uint16_t> sizes() const { return sizes_; }

    /// Begins anew.
    void clear();

private:
    /// The extension and the number of the packet that is sent again.
    static constexpr std::size_t kMaxGrown = kMaxPacket + 8 + 2 + SrtpCipher::kTag;

    /// Writes the header with the extension. @return bytes of it; 0 where it is not whole.
    std::size_t writeHeader(std::span<const std::uint8_t> packet, int extension);
    bool finish(std::size_t size);

    std::unique_ptr<SrtpCipher> cipher_;
    /// Of the next packet, whichever stream it is of.
    std::uint16_t transportNumber_ = 0;
    std::size_t size_ = 0;
    std::vector<std::uint16_t> sizes_ = {};
    std::array<std::uint8_t, 65536> bytes_;
};

} // namespace mullion
