#include "api/socketio/engine_packet.h"

namespace mullion::api::engine {

Result<Packet> readPacket(std::string_view text) {
    if (text.empty() || std::string_view("0123456b").find(text[0]) == std::string_view::npos)
        return Error{ErrorCode::BadRequest, "not a packet of Engine.IO 4"};
    return Packet{static_cast<PacketType>(text[0]), text.substr(1)};
}

Result<std::vector<Packet>> readPayload(std::string_view body) {
    std::vector<Packet> packets;
    while (true) {
        const auto end = body.find(kSeparator);
        packets.push_back(TRY(readPacket(body.substr(0, end))));
        if (end == std::string_view::npos) return packets;
        body.remove_prefix(end + 1);
    }
}

std::string written(PacketType type, std::string_view data) {
    std::string text(1, static_cast<char>(type));
    return text.append(data);
}

} // namespace mullion::api::engine
