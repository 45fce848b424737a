#pragma once

#include <libsoup/soup.h>

#include "api/connections.h"
#include "api/gate.h"
#include "api/http.h"
#include "api/hub.h"
#include "api/origins.h"
#include "api/text_socket.h"
#include "src/base/side_loop.h"

namespace mullion::api {

/// The WebSocket door: sockets before the hub. Main-bound.
class WebSockets {
public:
    /// All must outlive this. The connections wait in `loop`.
    WebSockets(Hub& hub, Gate& gate, const Origins& origins, SideLoop& loop);
    WebSockets(const WebSockets&) = delete;
    WebSockets& operator=(const WebSockets&) = delete;

    /// A connection whose handshake is done. A wrong name, origin or token is told by a close code,
    /// which a browser shows its page, other than a refused handshake.
    void accept(GIOStream* stream, const Request& handshake, Connections::Place place);

private:
    class Connection;

    Hub& hub_;
    Gate& gate_;
    const Origins& origins_;
    TextSockets sockets_;
};

} // namespace mullion::api
