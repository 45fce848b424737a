#include "tests/support/redis_server.h"

#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "src/base/gref.h"
#include "tests/support/run_until.h"

namespace mullion::test {

namespace {

using ContextPtr = GPtr<redisContext, redisFree>;

/// One that is free now; that somebody takes it before Redis does is unlikely enough.
int freePort() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    ck_assert_int_eq(bind(fd, raw, size), 0);
    ck_assert_int_eq(getsockname(fd, raw, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

} // namespace

RedisServer::RedisServer(std::vector<std::string> settings, bool sentinel)
    : settings_(std::move(settings))
    , sentinel_(sentinel)
    , port_(freePort()) {
    std::ofstream file(dir_.path() + "/redis.conf");
    file << "port " << port_ << "\nbind 127.0.0.1\nunixsocket " << socket() << "\ndir "
         << dir_.path() << "\nlogfile " << dir_.path() << "/log\n";
    // Without snapshots, so that a test says when there is one.
    if (!sentinel) file << "save \"\"\n";
    for (const std::string& line : settings_)
        file << line << '\n';
    file.close();
    start();
}

RedisServer::~RedisServer() {
    kill();
}

void RedisServer::start() {
    pid_ = fork();
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int nothing = open("/dev/null", O_WRONLY);
        dup2(nothing, STDOUT_FILENO);
        const std::string conf = dir_.path() + "/redis.conf";
        execlp("redis-server", "redis-server", conf.c_str(), sentinel_ ? "--sentinel" : nullptr,
               nullptr);
        _exit(127);
    }
    runUntil([this] { return answers(); }, "redis-server to answer");
}

void RedisServer::kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

void RedisServer::signal(int number) const {
    ::kill(pid_, number);
}

bool RedisServer::answers() const {
    int status = 0;
    ck_assert_msg(waitpid(pid_, &status, WNOHANG) == 0, "redis-server ended with %d", status);
    const ContextPtr context(redisConnectUnix(socket().c_str()));
    if (!context || context->err) return false;
    auto* reply = static_cast<redisReply*>(redisCommand(context.get(), "PING"));
    if (!reply) return false;
    // One that wants a password is there as well.
    const bool loading = RedisValue::copyOf(*reply).isRefusal("LOADING");
    freeReplyObject(reply);
    return !loading;
}

RedisValue RedisServer::ask(const RedisCommand& command) const {
    std::vector<const char*> arguments;
    for (const std::string& argument : command)
        arguments.push_back(argument.c_str());
    redisReply* reply = nullptr;
    // A failover closes connections, so once more.
    runUntil(
        [&] {
            const ContextPtr context(redisConnectUnix(socket().c_str()));
            if (!context || context->err) return false;
            reply = static_cast<redisReply*>(redisCommandArgv(
                context.get(), static_cast<int>(arguments.size()), arguments.data(), nullptr));
            return reply != nullptr;
        },
        "an answer of redis-server");
    RedisValue value = RedisValue::copyOf(*reply);
    freeReplyObject(reply);
    return value;
}

} // namespace mullion::test
