#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/base/main_loop.h"
#include "src/store/redis_connection.h"

namespace mullion {

/// Where Redis is and who we are there.
struct RedisOptions {
    /// `host:port` or the path of a Unix socket; not looked at where there are sentinels.
    std::string address = "127.0.0.1:6379";
    /// Empty: the default user.
    std::string user = {};
    /// Empty: none is asked for.
    std::string password = {};
    int database = 0;
    /// Before every key.
    std::string prefix = "mullion:";
    /// `host:port` of each, and what they call the master.
    std::vector<std::string> sentinels = {};
    std::string sentinelName = "mymaster";
    /// How long ended calls are kept.
    std::chrono::hours history = std::chrono::hours(24 * 30);
    /// For a connection to come about and for each answer.
    std::chrono::milliseconds timeout = std::chrono::seconds(2);
    /// How long loadActive() waits for Redis.
    std::chrono::milliseconds patience = std::chrono::seconds(10);
};

/// A way to the Redis that takes writes, which is looked for again whenever it is lost. Main-bound.
///
///     Away ──find──▶ (sentinels ▸) connect ▸ AUTH ▸ SELECT ▸ ROLE ──▶ Ready ──lost──▶ Away
///
/// Between the tries it waits 0.1 s, twice as long each time up to 5 s, and a random part more.
class RedisSession {
public:
    using Reply = RedisConnection::Reply;

    /// `ready` is called when commands may be sent, `away` when they may not any more.
    RedisSession(const RedisOptions& options, std::function<void()> ready,
                 std::function<void()> away);
    /// Waits shortly for what was sent; nobody gets an answer any more.
    ~RedisSession();
    RedisSession(const RedisSession&) = delete;
    RedisSession& operator=(const RedisSession&) = delete;

    bool isReady() const { return ready_; }

    /// Why it is away; empty while it is not.
    const std::string& reason() const { return reason_; }

    /// The answer, or Unavailable, later, while away; see RedisValue::checked().
    void ask(const RedisCommand& command, Reply reply);
    /// MULTI … EXEC: the answers as a List, or the first refusal.
    void transact(const std::vector<RedisCommand>& commands, const Reply& reply);

private:
    void find();
    void askSentinel(std::size_t index);
    void connect(const std::string& address);
    void greet();
    void lose(const std::string& reason);
    std::string place() const;

    RedisOptions options_;
    std::function<void()> onReady_;
    std::function<void()> onAway_;
    bool ready_ = false;
    std::string reason_ = "not connected yet";
    /// The one that connection_ goes to.
    std::string address_ = {};
    std::shared_ptr<RedisConnection> connection_;
    std::chrono::milliseconds wait_;
    Source retry_;
    /// What was asked while away, which is answered soon.
    std::vector<Reply> refused_ = {};
    Source refusing_;
};

} // namespace mullion
