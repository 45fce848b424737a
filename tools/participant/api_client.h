#pragma once

#include <functional>
#include <memory>
#include <string>

#include <libsoup/soup.h>

#include "src/base/gref.h"
#include "src/base/json.h"
#include "src/base/main_loop.h"

namespace mullion::participant {

/// Asks a server whether it is there, and waits for the answer. @return its address without a slash
/// at the end, BadRequest for what is no address, Unavailable where no mulliond answers.
Result<std::string> findServer(const std::string& address);

/// A user's connection to mulliond: REST calls and the WebSocket. Main-bound.
class ApiClient : public std::enable_shared_from_this<ApiClient> {
public:
    using Reply = std::function<void(Result<Json>)>;

    /// `server` is the address without a path, such as `http://127.0.0.1:8080`.
    static std::shared_ptr<ApiClient> create(std::string server);
    ~ApiClient();

    /// Every request after this is made with `token`.
    void setToken(std::string token) { token_ = std::move(token); }

    /// POSTs `body` (null: none) to `path` below /api/webrtc. An answer other than 2xx is an Error
    /// with the problem's detail.
    void post(const std::string& path, const Json& body, Reply reply);

    /// Opens the WebSocket; `onMessage` gets every message, `onClosed` comes once per connection.
    void connect(std::function<void()> onOpen, std::function<void(const Json&)> onMessage,
                 std::function<void(const std::string&)> onClosed);

    /// Sends on the WebSocket; dropped where it is not open.
    void send(const Json& message);

private:
    explicit ApiClient(std::string server);

    std::string server_;
    std::string token_ = {};
    GRef<SoupSession> session_;
    GRef<SoupWebsocketConnection> socket_;
    std::function<void(const Json&)> onMessage_;
    std::function<void(const std::string&)> onClosed_;
    std::vector<SignalConnection> signals_ = {};
};

} // namespace mullion::participant
