#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"

/// Engine.IO 4, the layer below Socket.IO: packets that go by polling or by WebSocket
/// (https://socket.io/docs/v4/engine-io-protocol/).
namespace mullion::api::engine {

/// The first character of each packet.
enum class PacketType : char {
    Open = '0',
    Close = '1',
    Ping = '2',
    Pong = '3',
    Message = '4',
    Upgrade = '5',
    Noop = '6',
    /// Bytes, in base64; by WebSocket they go in frames of their own.
    Binary = 'b',
};

/// Borrows from the text that it was read from.
struct Packet {
    PacketType type;
    std::string_view data;
};

/// @return BadRequest for what is no packet.
Result<Packet> readPacket(std::string_view text);

/// The packets of a body of polling. @return BadRequest if any is wrong, or there is none.
Result<std::vector<Packet>> readPayload(std::string_view body);

/// A packet as it stands in a frame of a WebSocket.
std::string written(PacketType type, std::string_view data = {});

/// Stands between the packets of a payload. JSON cannot contain it: there it is escaped.
inline constexpr char kSeparator = '\x1e';

} // namespace mullion::api::engine
