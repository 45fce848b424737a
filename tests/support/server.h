#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <libsoup/soup.h>

#include "src/base/gref.h"
#include "src/base/json_values.h"
#include "src/base/main_loop.h"
#include "tests/support/temporary_dir.h"

namespace mullion::test {

/// What a mulliond says that does not start with these options; the test fails where it does.
std::string refusalOf(const std::vector<std::string>& options);

/// A mulliond of its own data folder on a free port, with the test double of mullion-call. The
/// programs are those that MULLIOND, FAKE_CALL and FAKE_FINISH name.
class Server {
public:
    using Variables = std::map<std::string, std::string>;

    /// Starts it and waits until it listens. `settings` are MULLION_… variables.
    explicit Server(const Variables& settings = {});
    /// Ends it and all its call processes.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Sends a signal, waits for the end and starts it again on the same data folder; the port
    /// changes.
    void restart(int signal);

    const std::string& url() const { return url_; }

    const std::string& dataDir() const { return dir_.path(); }

    int pid() const { return pid_; }

    /// What it has logged since it listens and since the last call; no more than a pipe holds.
    std::string log() const;

    /// What the call processes were told: `PID JSON` lines.
    std::vector<std::pair<int, Json>> callLog() const;
    /// The process that was given the call last, or 0.
    int processOf(const std::string& callId) const;

private:
    void start();
    int stop(int signal);

    TemporaryDir dir_ = {};
    Variables settings_;
    int pid_ = 0;
    int log_ = -1;
    std::string url_;
};

struct Answer {
    int status = 0;
    Json body = {};
    std::map<std::string, std::string> headers = {};

    /// The `code` of a problem document, or empty.
    std::string code() const { return body.is_object() ? body.value("code", "") : ""; }
};

/// One user of the API with a token of his own.
class User {
public:
    /// Asks the server for a token.
    User(const Server& server, std::string id);

    const std::string& id() const { return id_; }

    const std::string& token() const { return token_; }

    /// `path` is below /api/webrtc; no body where `body` is null.
    Answer ask(const std::string& method, const std::string& path, const Json& body = {}) const;

    Answer get(const std::string& path) const { return ask("GET", path); }

    Answer post(const std::string& path, const Json& body = {}) const {
        return ask("POST", path, body);
    }

private:
    const Server& server_;
    std::string id_;
    std::string token_;
};

/// Any request; `path` from the root.
Answer request(const Server& server, const std::string& method, const std::string& path,
               const std::map<std::string, std::string>& headers = {},
               const std::string& body = {});

/// A figure of /metrics.
int metric(const Server& server, const std::string& name);

/// One device on the WebSocket; what comes is kept, in order.
class Device {
public:
    /// Connects; hello is awaited unless `token` is empty or `origin` is given.
    Device(const Server& server, const std::string& token, const std::string& origin = {});
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    void send(const Json& message);
    void sendText(const std::string& text);

    /// The first message of this type (and, where given, with these fields) that has not been
    /// taken yet, waited for. It and what came before it count as taken.
    Json take(const std::string& type, const Json& fields = Json::object());
    /// Whether such a message has come at all.
    bool has(const std::string& type, const Json& fields = Json::object()) const;

    /// All that has come, in order.
    const std::vector<Json>& messages() const { return messages_; }

    /// Sends with a `ref` of its own and waits for its ack or error.
    Json ask(Json message);

    /// Waits for the end. @return the close code.
    int closeCode();
    /// Cuts the connection without a word.
    void drop();

    const std::string& session() const { return session_; }

    /// The highest `seq` seen.
    std::int64_t seq() const { return seq_; }

private:
    void onText(const std::string& text);

    GRef<SoupSession> soup_;
    GRef<SoupWebsocketConnection> socket_;
    std::vector<Json> messages_ = {};
    std::size_t taken_ = 0;
    std::string session_;
    std::int64_t seq_ = 0;
    int refs_ = 0;
    bool closed_ = false;
    std::shared_ptr<Device*> self_;
    std::vector<SignalConnection> signals_ = {};
};

} // namespace mullion::test
