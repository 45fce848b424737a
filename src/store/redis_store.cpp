// DESIGN. Each request is one transaction or one script, so that a connection's answers come in the
// order of the requests. Every transaction counts itself in `writes`: INCR is first, as it is one
// that Redis refuses right when it is queued (no memory, a replica, no disk), so that then nothing
// of the rest is done. A count that is not above the last one that we know means that Redis has
// forgotten what it acknowledged: it came back empty, from an old snapshot or as another master.
#include "src/store/redis_store.h"

#include "src/store/redis_commands.h"
#include "src/store/redis_eraser.h"
#include "src/store/redis_scripts.h"

namespace mullion {

namespace {

class RedisStore : public RemoteStore {
public:
    explicit RedisStore(const RedisOptions& options)
        : options_(options)
        , session_(
              options, [this] { onConnected(); }, [this] { reachable_ = false; }) {}

    void put(Changes changes, Done done) override {
        std::vector<RedisCommand> commands = redis::commandsFor(options_, changes);
        commands.insert(commands.begin(), {"INCR", redis::writesKey(options_)});
        ++waiting_;
        session_.transact(commands, [this, done = std::move(done)](const Result<RedisValue>& all) {
            --waiting_;
            failure_ = all ? "" : all.error().message;
            if (!all) return done(all.error());
            onCount(all->items.empty() ? 0 : all->items[0].integer);
            done({});
        });
    }

    void find(const std::string& id, Found<std::string> done) override {
        ask({"HGET", options_.prefix + "call:" + id, "document"}, std::move(done),
            [](const RedisValue& value) -> Result<std::string> {
                if (value.isNothing()) return Error{ErrorCode::NotFound, "no such call"};
                return value.text;
            });
    }

    void history(const HistoryQuery& query, Found<Page> done) override {
        const auto from = Cursor::parse(query.cursor);
        if (!from) return postToMain([done, error = from.error()] { done(error); });
        const std::string key =
            options_.prefix + (query.userId.empty() ? "history" : "user:" + query.userId);
        const std::string bound = query.cursor.empty() ? "+" : '(' + redis::memberFor(*from);
        ask(script(redis::kHistory, {key, bound, std::to_string(query.limit), query.status}),
            std::move(done), [](const RedisValue& value) -> Result<Page> {
                if (value.items.size() != 2) return unexpected();
                Page page{value.items[1].texts(), {}};
                const std::string& last = value.items[0].text;
                if (!last.empty()) page.nextCursor = redis::placeOf(last).text();
                return page;
            });
    }

    Result<std::vector<std::string>> loadActive() override {
        // The program has not begun to run yet: the loop turns for Redis alone.
        bool late = false;
        const Source deadline = after(options_.patience, [&late] { late = true; });
        std::optional<Result<RedisValue>> active;
        bool asked = false;
        while (!late && !(active && *active)) {
            if (reachable_ && !asked) {
                asked = true;
                session_.ask(script(redis::kActive, {}), [&](const Result<RedisValue>& value) {
                    active = value;
                    asked = false;
                });
            }
            g_main_context_iteration(nullptr, TRUE);
        }
        // Those that come later must not find `active` gone.
        while (asked)
            g_main_context_iteration(nullptr, TRUE);
        if (active && *active) return (**active).texts();
        const std::string why = active ? active->error().message : session_.reason();
        return Error{ErrorCode::Unavailable,
                     "cannot reach the store. " + why +
                         ". Start Redis, correct [store], or set store.kind = sqlite"};
    }

    void findLink(const std::string& code, Found<LinkRecord> done) override {
        const std::string key = options_.prefix + "link:" + code;
        ask({"HMGET", key, "call_id", "expires_ms", "document"}, std::move(done),
            [code](const RedisValue& value) -> Result<LinkRecord> {
                if (value.items.size() != 3 || value.items[0].isNothing())
                    return Error{ErrorCode::NotFound, "no such link"};
                return linkOf(code, value.items[0].text, value.items[1], value.items[2]);
            });
    }

    void linksOf(const std::string& callId, Found<std::vector<LinkRecord>> done) override {
        ask(script(redis::kLinks, {callId}), std::move(done),
            [callId](const RedisValue& value) -> Result<std::vector<LinkRecord>> {
                std::vector<LinkRecord> links;
                for (const RedisValue& link : value.items)
                    if (link.items.size() == 3)
                        links.push_back(
                            linkOf(link.items[0].text, callId, link.items[1], link.items[2]));
                return links;
            });
    }

    void messages(const ChatQuery& query, Found<Page> done) override {
        const auto from = Cursor::parse(query.cursor);
        if (!from) return postToMain([done, error = from.error()] { done(error); });
        // Behind all members that begin with the place and a blank.
        const std::string bound = query.cursor.empty() ? "-" : '(' + redis::memberFor(*from) + '!';
        ask({"ZRANGEBYLEX", options_.prefix + "chat:" + query.callId, bound, "+", "LIMIT", "0",
             std::to_string(query.limit + 1)},
            std::move(done), [limit = query.limit](const RedisValue& value) -> Result<Page> {
                Page page;
                std::string last;
                for (const RedisValue& item : value.items) {
                    if (static_cast<int>(page.documents.size()) == limit) {
                        page.nextCursor = redis::placeOf(last).text();
                        break;
                    }
                    last = item.text;
                    // Place, user and document.
                    const auto user = last.find(' ');
                    page.documents.push_back(last.substr(last.find(' ', user + 1) + 1));
                }
                return page;
            });
    }

    void pushesOf(const std::string& userId, Found<std::vector<PushRecord>> done) override {
        ask(script(redis::kPushes, {userId}), std::move(done),
            [userId](const RedisValue& value) -> Result<std::vector<PushRecord>> {
                std::vector<PushRecord> pushes;
                for (const RedisValue& push : value.items) {
                    if (push.items.size() != 3) continue;
                    const auto at = std::strtoll(push.items[1].text.c_str(), nullptr, 10);
                    pushes.push_back({push.items[0].text, userId,
                                      Timestamp(std::chrono::milliseconds(at)),
                                      push.items[2].text});
                }
                return pushes;
            });
    }

    void eraseUser(const std::string& userId, Rewrite rewrite, Done done) override {
        redis::eraseUser(session_, options_, userId, std::move(rewrite), std::move(done));
    }

    void sweep(Timestamp, Found<int> done) override {
        postToMain([done] { done(0); });
    }

    void putPresence(std::vector<Presence> seen) override {
        for (const Presence& presence : seen)
            session_.ask(redis::commandFor(options_, presence), [](const Result<RedisValue>&) {});
    }

    void findPresence(const std::string& userId, Found<Presence> done) override {
        ask({"GET", options_.prefix + "presence:" + userId}, std::move(done),
            [userId](const RedisValue& value) -> Result<Presence> {
                if (value.text.size() < 3)
                    return Error{ErrorCode::NotFound, "the user was never seen"};
                const auto at = std::strtoll(value.text.c_str() + 2, nullptr, 10);
                return Presence{userId, value.text[0] == '1',
                                Timestamp(std::chrono::milliseconds(at))};
            });
    }

    StoreState state() const override {
        const std::string& reason = reachable_ ? failure_ : session_.reason();
        return {reachable_ && failure_.empty(), waiting_, reason};
    }

    void onLost(std::function<void()> call) override { onLost_ = std::move(call); }

    bool isReachable() const override { return reachable_; }

    void onReachable(std::function<void()> call) override { onReachable_ = std::move(call); }

private:
    static Error unexpected() { return {ErrorCode::Internal, "Redis answered what we don't know"}; }

    static LinkRecord linkOf(const std::string& code, const std::string& callId,
                             const RedisValue& expires, const RedisValue& document) {
        LinkRecord link{code, callId, {}, document.text};
        if (!expires.text.empty())
            link.expiresAt = Timestamp(
                std::chrono::milliseconds(std::strtoll(expires.text.c_str(), nullptr, 10)));
        return link;
    }

    RedisCommand script(const char* text, std::vector<std::string> arguments) const {
        return redis::scriptCommand(options_, text, std::move(arguments));
    }

    template <typename T, typename Read>
    void ask(const RedisCommand& command, Found<T> done, Read read) {
        session_.ask(command, [done = std::move(done), read](const Result<RedisValue>& value) {
            if (!value) return done(value.error());
            done(read(*value));
        });
    }

    void onConnected() {
        session_.ask({"GET", redis::writesKey(options_)}, [this](const Result<RedisValue>& value) {
            // A connection that was lost again, or one that is refused: the next one tells.
            if (!value) return;
            const auto count = std::strtoll(value->text.c_str(), nullptr, 10);
            reachable_ = true;
            failure_.clear();
            if (count < written_) {
                written_ = count;
                if (onLost_) onLost_();
            }
            if (onReachable_) onReachable_();
        });
    }

    void onCount(std::int64_t count) {
        const bool lost = count <= written_;
        written_ = count;
        if (lost && onLost_) onLost_();
    }

    RedisOptions options_;
    std::function<void()> onLost_ = {};
    std::function<void()> onReachable_ = {};
    bool reachable_ = false;
    std::size_t waiting_ = 0;
    /// The highest count that was acknowledged.
    std::int64_t written_ = 0;
    /// Of the last write.
    std::string failure_ = {};
    /// Last, so that it is closed first.
    RedisSession session_;
};

} // namespace

std::unique_ptr<RemoteStore> openRedisStore(const RedisOptions& options) {
    return std::make_unique<RedisStore>(options);
}

} // namespace mullion
