// DESIGN. hiredis 0.14 in the main loop. Its own adapter for GLib uses a context after hiredis has
// freed it, so the watches here are an object of their own, which lives exactly from ev.data to
// ev.cleanup, and nothing is touched after hiredis was called. hiredis answers in order, so the
// callbacks wait in a queue of ours; its own calls with a null reply are passed over.
#include "src/store/redis_connection.h"

#include <poll.h>

#include <charconv>
#include <hiredis/async.h>

namespace mullion {

namespace {

struct Watches {
    redisAsyncContext* context = nullptr;
    Source read = {};
    Source write = {};
};

Watches& watchesIn(void* data) {
    return *static_cast<Watches*>(data);
}

void watch(redisAsyncContext* context) {
    context->ev.data = new Watches{context}; // freed by ev.cleanup
    context->ev.addRead = [](void* data) {
        Watches& watches = watchesIn(data);
        if (watches.read) return;
        const auto condition = static_cast<GIOCondition>(G_IO_IN | G_IO_HUP | G_IO_ERR);
        watches.read =
            watchFd(watches.context->c.fd, condition, [context = watches.context](GIOCondition) {
                redisAsyncHandleRead(context);
                return true;
            });
    };
    context->ev.addWrite = [](void* data) {
        Watches& watches = watchesIn(data);
        if (watches.write) return;
        const auto condition = static_cast<GIOCondition>(G_IO_OUT | G_IO_HUP | G_IO_ERR);
        watches.write =
            watchFd(watches.context->c.fd, condition, [context = watches.context](GIOCondition) {
                redisAsyncHandleWrite(context);
                return true;
            });
    };
    context->ev.delRead = [](void* data) { watchesIn(data).read = Source(); };
    context->ev.delWrite = [](void* data) { watchesIn(data).write = Source(); };
    context->ev.cleanup = [](void* data) { delete &watchesIn(data); };
}

redisAsyncContext* contextFor(const std::string& address) {
    if (address.starts_with('/')) return redisAsyncConnectUnix(address.c_str());
    const auto colon = address.rfind(':');
    int port = 6379;
    if (colon != std::string::npos)
        std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    return redisAsyncConnect(address.substr(0, colon).c_str(), port);
}

} // namespace

std::shared_ptr<RedisConnection> RedisConnection::open(const std::string& address,
                                                       std::chrono::milliseconds timeout,
                                                       Closed closed) {
    std::shared_ptr<RedisConnection> connection(new RedisConnection(timeout, std::move(closed)));
    connection->connect(address);
    return connection;
}

RedisConnection::~RedisConnection() {
    closed_ = nullptr;
    pending_.clear();
    if (!context_) return;
    context_->data = nullptr;
    redisAsyncFree(context_);
}

void RedisConnection::connect(const std::string& address) {
    context_ = contextFor(address);
    if (!context_ || context_->err) {
        const std::string reason = context_ ? context_->errstr : "no memory";
        if (context_) redisAsyncFree(std::exchange(context_, nullptr));
        postToMain([weak = weak_from_this(), reason] {
            if (const auto self = weak.lock()) self->onEnd(reason);
        });
        return;
    }
    context_->data = this;
    watch(context_);
    redisAsyncSetConnectCallback(context_, handleConnect);
    redisAsyncSetDisconnectCallback(context_, handleDisconnect);
}

void RedisConnection::send(const RedisCommand& command, Reply reply) {
    if (pending_.empty()) watchStall();
    pending_.push_back(std::move(reply));
    // One that has failed already gets its answers with the end.
    if (!context_) return;
    std::vector<const char*> arguments;
    std::vector<std::size_t> sizes;
    for (const std::string& argument : command) {
        arguments.push_back(argument.data());
        sizes.push_back(argument.size());
    }
    redisAsyncCommandArgv(context_, handleReply, nullptr, static_cast<int>(command.size()),
                          arguments.data(), sizes.data());
}

void RedisConnection::watchStall() {
    stall_ = after(timeout_, [this] { close("no answer in time"); });
}

void RedisConnection::close(const std::string& reason) {
    if (context_) {
        context_->data = nullptr;
        redisAsyncFree(std::exchange(context_, nullptr));
    }
    onEnd(reason);
}

void RedisConnection::finish(std::chrono::milliseconds limit) {
    closed_ = nullptr;
    for (Reply& reply : pending_)
        reply = [](const Result<RedisValue>&) {};
    const gint64 deadline = g_get_monotonic_time() + limit.count() * 1000;
    while (context_ && !pending_.empty() && g_get_monotonic_time() < deadline) {
        const bool unsent = context_->c.obuf && *context_->c.obuf;
        pollfd poller{context_->c.fd, static_cast<short>(POLLIN | (unsent ? POLLOUT : 0)), 0};
        if (poll(&poller, 1, 50) <= 0) continue;
        if (poller.revents & POLLOUT) redisAsyncHandleWrite(context_);
        if (context_ && (poller.revents & ~POLLOUT)) redisAsyncHandleRead(context_);
    }
    close("closed");
}

void RedisConnection::onReply(const RedisValue& value) {
    if (pending_.empty()) return;
    const Reply reply = std::move(pending_.front());
    pending_.pop_front();
    if (pending_.empty())
        stall_.cancel();
    else
        watchStall();
    reply(value);
}

void RedisConnection::onEnd(const std::string& reason) {
    const auto self = shared_from_this();
    stall_.cancel();
    const Error error{ErrorCode::Unavailable, reason};
    const auto closed = std::exchange(closed_, nullptr);
    // First, so that what the answers ask for finds no connection.
    if (closed) closed(error);
    for (const Reply& reply : std::exchange(pending_, {}))
        reply(error);
}

void RedisConnection::handleReply(redisAsyncContext* context, void* reply, void*) {
    if (!context->data || !reply) return;
    const auto self = static_cast<RedisConnection*>(context->data)->shared_from_this();
    self->onReply(RedisValue::copyOf(*static_cast<const redisReply*>(reply)));
}

void RedisConnection::handleConnect(const redisAsyncContext* context, int status) {
    // hiredis frees a context that could not connect.
    if (status != REDIS_OK) handleDisconnect(context, status);
}

void RedisConnection::handleDisconnect(const redisAsyncContext* context, int) {
    if (!context->data) return;
    const auto self = static_cast<RedisConnection*>(context->data)->shared_from_this();
    self->context_ = nullptr;
    self->onEnd(context->c.errstr[0] ? context->c.errstr : "the connection ended");
}

} // namespace mullion
