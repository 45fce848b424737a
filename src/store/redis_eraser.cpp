#include "src/store/redis_eraser.h"

#include <memory>

#include "src/store/redis_commands.h"
#include "src/store/redis_scripts.h"

namespace mullion::redis {

namespace {

/// One erasing on its way; kept by the callbacks of the step that is asked for.
class Eraser : public std::enable_shared_from_this<Eraser> {
public:
    Eraser(RedisSession& session, RedisOptions options, std::string userId, Store::Rewrite rewrite,
           Store::Done done)
        : session_(session)
        , options_(std::move(options))
        , userId_(std::move(userId))
        , rewrite_(std::move(rewrite))
        , done_(std::move(done)) {}

    void readCalls() {
        step(scriptCommand(options_, kCallsOfUser, {userId_}),
             [this](const RedisValue& calls) { rewriteCalls(calls); });
    }

private:
    void step(const RedisCommand& command, std::function<void(const RedisValue&)> next) {
        session_.ask(command, [self = shared_from_this(), next](const Result<RedisValue>& value) {
            if (!value) return self->done_(value.error());
            next(*value);
        });
    }

    void rewriteCalls(const RedisValue& calls) {
        std::vector<RedisCommand> commands;
        for (const RedisValue& call : calls.items) {
            if (call.items.size() != 2) continue;
            const std::string& document = call.items[1].text;
            commands.push_back(scriptCommand(options_, kRewrite,
                                             {call.items[0].text, document, rewrite_(document)}));
        }
        commands.push_back(scriptCommand(options_, kErasePushes, {userId_}));
        commands.push_back({"DEL", options_.prefix + "presence:" + userId_});
        session_.transact(commands, [self = shared_from_this()](const Result<RedisValue>& all) {
            if (!all) return self->done_(all.error());
            // The last two are no calls.
            for (std::size_t i = 0; i + 2 < all->items.size(); ++i)
                // Somebody has put the call meanwhile.
                if (all->items[i].integer == 0) return self->readCalls();
            self->step({"DEL", self->options_.prefix + "user:" + self->userId_},
                       [self](const RedisValue&) { self->walk("0"); });
        });
    }

    void walk(const std::string& cursor) {
        step({"SCAN", cursor, "MATCH", pattern(), "COUNT", "500"}, [this](const RedisValue& found) {
            if (found.items.size() != 2) return done_({});
            const std::string next = found.items[0].text;
            RedisCommand erase = {"EVAL", kEraseMessages, "0", userId_};
            for (const std::string& key : found.items[1].texts())
                erase.push_back(key);
            step(erase, [this, next](const RedisValue&) {
                if (next == "0") return done_({});
                walk(next);
            });
        });
    }

    /// The chats' keys; what the prefix has of wildcards stands for itself.
    std::string pattern() const {
        std::string pattern;
        for (const char character : options_.prefix) {
            if (std::string_view("*?[]\\^").find(character) != std::string_view::npos)
                pattern += '\\';
            pattern += character;
        }
        return pattern + "chat:*";
    }

    RedisSession& session_;
    RedisOptions options_;
    std::string userId_;
    Store::Rewrite rewrite_;
    Store::Done done_;
};

} // namespace

void eraseUser(RedisSession& session, const RedisOptions& options, const std::string& userId,
               Store::Rewrite rewrite, Store::Done done) {
    std::make_shared<Eraser>(session, options, userId, std::move(rewrite), std::move(done))
        ->readCalls();
}

} // namespace mullion::redis
