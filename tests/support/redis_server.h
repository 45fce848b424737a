#pragma once

#include <string>
#include <vector>

#include "src/store/redis_value.h"
#include "tests/support/temporary_dir.h"

namespace mullion::test {

/// A real redis-server, or a sentinel, of its own folder on a free port and a Unix socket. It ends
/// with this object, and with the test's process however that ends.
class RedisServer {
public:
    /// `settings` are lines of redis.conf.
    explicit RedisServer(std::vector<std::string> settings = {}, bool sentinel = false);
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    std::string socket() const { return dir_.path() + "/socket"; }

    int port() const { return port_; }

    /// SIGSTOP, SIGCONT and the like.
    void signal(int number) const;
    /// SIGKILL; start() goes on with what is on the disk.
    void kill();
    void start();

    /// Asks and waits, perhaps more than once; aborts the test where Redis cannot be reached.
    RedisValue ask(const RedisCommand& command) const;

private:
    bool answers() const;

    TemporaryDir dir_ = {};
    std::vector<std::string> settings_;
    bool sentinel_;
    int port_;
    int pid_ = 0;
};

} // namespace mullion::test
