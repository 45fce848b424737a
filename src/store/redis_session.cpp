#include "src/store/redis_session.h"

#include <algorithm>

#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("redis");

constexpr std::chrono::milliseconds kFirstWait{100};
constexpr std::chrono::milliseconds kLongestWait{5000};
/// For what was sent when the program ends.
constexpr std::chrono::milliseconds kLastWait{1000};

} // namespace

RedisSession::RedisSession(const RedisOptions& options, std::function<void()> ready,
                           std::function<void()> away)
    : options_(options)
    , onReady_(std::move(ready))
    , onAway_(std::move(away))
    , wait_(kFirstWait) {
    find();
}

RedisSession::~RedisSession() {
    if (connection_) connection_->finish(ready_ ? kLastWait : std::chrono::milliseconds(0));
}

void RedisSession::find() {
    if (options_.sentinels.empty()) return connect(options_.address);
    askSentinel(0);
}

void RedisSession::askSentinel(std::size_t index) {
    if (index == options_.sentinels.size())
        return lose("no sentinel knows where " + options_.sentinelName + " is");
    connection_ =
        RedisConnection::open(options_.sentinels[index], options_.timeout, [](const Error&) {});
    connection_->send({"SENTINEL", "get-master-addr-by-name", options_.sentinelName},
                      [this, index](const Result<RedisValue>& found) {
                          const auto place = found ? found->texts() : std::vector<std::string>();
                          // From outside the connection that is replaced.
                          retry_ = after(std::chrono::milliseconds(0), [this, index, place] {
                              if (place.size() != 2) return askSentinel(index + 1);
                              connect(place[0] + ':' + place[1]);
                          });
                      });
}

void RedisSession::connect(const std::string& address) {
    address_ = address;
    connection_ = RedisConnection::open(address, options_.timeout,
                                        [this](const Error& error) { lose(error.message); });
    greet();
}

/// Sends all at once; of several refusals the first tells why.
void RedisSession::greet() {
    const auto refuse = [this](const std::string& reason) {
        if (connection_) connection_->close(reason);
    };
    const auto must = [refuse](const Result<RedisValue>& value, const char* hint) {
        if (!value) return false;
        if (value->kind != RedisValue::Kind::Refusal) return true;
        refuse(value->text + hint);
        return false;
    };
    if (!options_.password.empty()) {
        RedisCommand command = {"AUTH", options_.password};
        if (!options_.user.empty()) command.insert(command.begin() + 1, options_.user);
        connection_->send(command, [must](const Result<RedisValue>& value) {
            (void)must(value, " (look at store.user and store.password)");
        });
    }
    connection_->send({"SELECT", std::to_string(options_.database)},
                      [must](const Result<RedisValue>& value) {
                          (void)must(value, " (look at store.database and store.password)");
                      });
    connection_->send({"ROLE"}, [this, must, refuse](const Result<RedisValue>& value) {
        if (!must(value, "")) return;
        if (!value->items.empty() && value->items[0].text != "master")
            return refuse("it is a replica, which takes no writes (look at store.address)");
        ready_ = true;
        reason_.clear();
        wait_ = kFirstWait;
        kLog.info("", "connected to Redis at " + place());
        onReady_();
    });
}

void RedisSession::lose(const std::string& reason) {
    const bool wasReady = std::exchange(ready_, false);
    const std::string before = std::exchange(reason_, "Redis at " + place() + ": " + reason);
    // Each try while away fails likewise; that is said once.
    if (wasReady || before != reason_) kLog.warning("", reason_);
    const auto jitter = std::chrono::milliseconds(g_random_int_range(0, 100));
    retry_ = after(wait_ + jitter, [this] { find(); });
    wait_ = std::min(wait_ * 2, kLongestWait);
    if (wasReady) onAway_();
}

std::string RedisSession::place() const {
    return address_.empty() ? "(asking the sentinels)" : address_;
}

void RedisSession::ask(const RedisCommand& command, Reply reply) {
    if (!ready_) {
        refused_.push_back(std::move(reply));
        if (refused_.size() == 1)
            refusing_ = after(std::chrono::milliseconds(0), [this] {
                const Error away{ErrorCode::Unavailable, reason_};
                for (const Reply& refused : std::exchange(refused_, {}))
                    refused(away);
            });
        return;
    }
    connection_->send(command, [this, reply = std::move(reply),
                                connection = connection_.get()](const Result<RedisValue>& value) {
        reply(value ? value->checked() : value);
        // A master that has become a replica: somebody else is the master now.
        if (value && value->isRefusal("READONLY"))
            postToMain([this, weak = connection->weak_from_this()] {
                const auto current = weak.lock();
                if (current && current == connection_) connection_->close("it became a replica");
            });
    });
}

void RedisSession::transact(const std::vector<RedisCommand>& commands, const Reply& reply) {
    const auto refusal = std::make_shared<std::optional<Error>>();
    const auto note = [refusal](const Result<RedisValue>& value) {
        if (!value && !*refusal) *refusal = value.error();
    };
    ask({"MULTI"}, note);
    for (const RedisCommand& command : commands)
        ask(command, note);
    ask({"EXEC"}, [refusal, reply](const Result<RedisValue>& results) {
        if (!results) return reply(*refusal ? **refusal : results.error());
        for (const RedisValue& result : results->items)
            if (const auto checked = result.checked(); !checked) return reply(checked.error());
        reply(results);
    });
}

} // namespace mullion
