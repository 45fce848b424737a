#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "src/base/main_loop.h"
#include "src/store/redis_value.h"

struct redisAsyncContext;

namespace mullion {

/// One connection, from the attempt to its end; it is not made anew. Main-bound.
///
/// A connection that has answered nothing for the time-out while something was asked, or that does
/// not come about in it, is closed: a Redis that stalls is one that is away.
class RedisConnection : public std::enable_shared_from_this<RedisConnection> {
public:
    using Reply = std::function<void(const Result<RedisValue>&)>;
    using Closed = std::function<void(const Error&)>;

    /// `address` is `host:port` or the path of a Unix socket; a host's name is resolved on the
    /// spot. `closed` is called once and later, unless close() was called before.
    static std::shared_ptr<RedisConnection> open(const std::string& address,
                                                 std::chrono::milliseconds timeout, Closed closed);
    ~RedisConnection();
    RedisConnection(const RedisConnection&) = delete;
    RedisConnection& operator=(const RedisConnection&) = delete;

    /// Asks; answers come in order, Unavailable for those that were open at the end.
    void send(const RedisCommand& command, Reply reply);
    /// Closes; what was asked gets Unavailable from inside.
    void close(const std::string& reason);
    /// Blocks until what was asked has been done, drops the answers, and closes.
    void finish(std::chrono::milliseconds limit);

private:
    RedisConnection(std::chrono::milliseconds timeout, Closed closed)
        : timeout_(timeout)
        , closed_(std::move(closed)) {}

    void connect(const std::string& address);
    void onReply(const RedisValue& value);
    void onEnd(const std::string& reason);
    void watchStall();

    static void handleReply(redisAsyncContext* context, void* reply, void* ignored);
    static void handleConnect(const redisAsyncContext* context, int status);
    static void handleDisconnect(const redisAsyncContext* context, int status);

    std::chrono::milliseconds timeout_;
    Closed closed_;
    /// Null after the end. Its `data` is this object, or null when we have let it go.
    redisAsyncContext* context_ = nullptr;
    std::deque<Reply> pending_ = {};
    Source stall_;
};

} // namespace mullion
