#include "api/socketio/socket_packet.h"

#include <algorithm>
#include <charconv>

#include <glib.h>

#include "api/text_socket.h"
#include "src/base/error_names.h"

namespace mullion::api::socketio {

namespace {

/// Longer names of namespaces are nobody's.
constexpr std::size_t kMaxNamespace = 256;

Error malformed(const char* what) {
    return {ErrorCode::BadRequest, std::string("not a packet of Socket.IO 5: ") + what};
}

bool isGraphic(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return g_ascii_isgraph(c); });
}

/// Takes `/name,` off the front; the comma is missing where nothing follows.
Result<std::string> takeNamespace(std::string_view& text) {
    if (!text.starts_with('/')) return std::string(kDefaultNamespace);
    const auto end = text.find(',');
    std::string nsp(text.substr(0, end));
    // It goes back as it is.
    if (nsp.size() > kMaxNamespace || !isGraphic(nsp))
        return malformed("the namespace's name is none");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return nsp;
}

/// Takes digits off the front.
Result<std::optional<std::uint64_t>> takeId(std::string_view& text) {
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error == std::errc::invalid_argument) return std::optional<std::uint64_t>();
    if (error != std::errc()) return malformed("the acknowledgement's id is too large");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return std::optional(id);
}

/// Whether its id and data suit its type.
bool isWhole(const Packet& packet) {
    const Json& data = packet.data;
    switch (packet.type) {
    case PacketType::Connect:
        return !packet.id && (data.is_null() || data.is_object());
    case PacketType::Disconnect:
        return !packet.id && data.is_null();
    case PacketType::Event:
        return data.is_array() && !data.empty() && data[0].is_string();
    case PacketType::Ack:
        return packet.id && data.is_array();
    default:
        return false;
    }
}

std::string written(PacketType type, const std::string& rest) {
    return static_cast<char>(type) + rest;
}

} // namespace

Result<Packet> readPacket(std::string_view text) {
    if (text.empty() || text[0] < '0' || text[0] > '6') return malformed("its type is unknown");
    Packet packet{static_cast<PacketType>(text[0])};
    text.remove_prefix(1);
    if (packet.type == PacketType::ConnectError) return malformed("servers alone refuse");
    if (packet.type == PacketType::BinaryEvent || packet.type == PacketType::BinaryAck) {
        // `N-` tells how many binary parts will follow.
        const auto dash = text.find('-');
        if (dash == std::string_view::npos) return malformed("the count of parts is missing");
        text.remove_prefix(dash + 1);
    }
    packet.nsp = TRY(takeNamespace(text));
    packet.id = TRY(takeId(text));
    if (packet.type == PacketType::BinaryEvent || packet.type == PacketType::BinaryAck)
        return packet;
    if (!text.empty()) packet.data = TRY(parseJson(text, kMaxMessage));
    if (!isWhole(packet)) return malformed("its data does not suit its type");
    return packet;
}

std::string connectPacket(const std::string& sid) {
    return written(PacketType::Connect, toText({{"sid", sid}}));
}

std::string connectErrorPacket(const std::string& nsp, const Error& error) {
    const Json data = {{"message", error.message}, {"data", {{"code", name(error.code)}}}};
    const std::string where = nsp == kDefaultNamespace ? "" : nsp + ',';
    return written(PacketType::ConnectError, where + toText(data));
}

std::string eventPacket(const std::string& name, const Json& argument) {
    return written(PacketType::Event, toText(Json::array({name, argument})));
}

std::string ackPacket(std::uint64_t id, const Json& argument) {
    return written(PacketType::Ack, std::to_string(id) + toText(Json::array({argument})));
}

std::string disconnectPacket() {
    return written(PacketType::Disconnect, "");
}

} // namespace mullion::api::socketio
