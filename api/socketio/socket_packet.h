#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/json_values.h"

/// Socket.IO 5, what Engine.IO's messages carry
/// (https://socket.io/docs/v4/socket-io-protocol/).
namespace mullion::api::socketio {

/// The first character of each packet.
enum class PacketType : char {
    Connect = '0',
    Disconnect = '1',
    Event = '2',
    Ack = '3',
    ConnectError = '4',
    BinaryEvent = '5',
    BinaryAck = '6',
};

inline constexpr const char* kDefaultNamespace = "/";

struct Packet {
    PacketType type;
    std::string nsp = kDefaultNamespace;
    /// What an acknowledgement is to be sent under, if one is asked for.
    std::optional<std::uint64_t> id = {};
    /// Null where there is none. Of a binary packet it is not read.
    Json data = {};
};

/// Reads what a client may send. The data of an event is a list whose first element is a string.
/// @return BadRequest, TooLarge.
Result<Packet> readPacket(std::string_view text);

// What the server sends; all in the default namespace but for connectError().

/// The answer to a CONNECT that is taken.
std::string connectPacket(const std::string& sid);
/// `{message, data:{code}}`, which clients get as their connect_error.
std::string connectErrorPacket(const std::string& nsp, const Error& error);
std::string eventPacket(const std::string& name, const Json& argument);
std::string ackPacket(std::uint64_t id, const Json& argument);
std::string disconnectPacket();

} // namespace mullion::api::socketio
