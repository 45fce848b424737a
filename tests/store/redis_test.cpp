// Both Redis stores against a real redis-server, which stalls, dies, forgets and refuses.
#include "src/store/redis_store.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "src/store/journaled_store.h"
#include "tests/store/conformance.h"
#include "tests/support/redis_server.h"

using namespace mullion;
using test::find;
using test::put;
using test::record;
using test::RedisServer;
using test::runUntil;
using test::TemporaryDir;

namespace {

RedisOptions optionsFor(const RedisServer& server) {
    RedisOptions options;
    options.address = server.address();
    options.timeout = std::chrono::milliseconds(500);
    return options;
}

std::unique_ptr<Store> openJournaled(const RedisOptions& options, const TemporaryDir& dir) {
    auto store = openJournaledStore(openRedisStore(options), dir.path() + "/journal");
    ck_assert_msg(store.ok(), "%s", store ? "" : store.error().message.c_str());
    return std::move(*store);
}

/// As it is when the program goes on after its start.
void load(Store& store) {
    const auto loaded = store.loadActive();
    ck_assert_msg(loaded.ok(), "%s", loaded ? "" : loaded.error().message.c_str());
}

class RedisBackend : public test::Backend {
public:
    RedisBackend(bool overSocket, bool journaled)
        : server_(overSocket ? std::vector<std::string>{"requirepass se*cret"}
                             : std::vector<std::string>{})
        , options_(optionsFor(server_))
        , journaled_(journaled) {
        // The suite is about what a store does, not about time.
        options_.timeout = std::chrono::seconds(20);
        if (!overSocket) return;
        options_.address = server_.socket();
        options_.password = "se*cret";
        options_.database = 3;
        options_.prefix = "a*b:";
    }

    std::unique_ptr<Store> open() override {
        std::unique_ptr<Store> store;
        if (journaled_)
            store = openJournaled(options_, dir_);
        else
            store = openRedisStore(options_);
        load(*store);
        return store;
    }

private:
    RedisServer server_;
    RedisOptions options_;
    bool journaled_;
    TemporaryDir dir_ = {};
};

test::BackendKind kind(const char* name, bool overSocket, bool journaled) {
    return {name, [=] { return std::make_unique<RedisBackend>(overSocket, journaled); }};
}

/// A journaled store on a server of its own.
struct World {
    explicit World(std::vector<std::string> settings = {})
        : server(std::move(settings))
        , store(openJournaled(optionsFor(server), dir)) {
        load(*store);
        store->onLost([this] { ++lost; });
    }

    void untilHealthy() {
        runUntil([this] { return store->state().healthy && store->state().waiting == 0; },
                 "the store to be healthy");
    }

    void untilSick() {
        runUntil([this] { return !store->state().healthy; }, "the store to be sick");
    }

    bool has(const std::string& id) const {
        return server.ask({"EXISTS", "mullion:call:" + id}).integer == 1;
    }

    RedisServer server;
    TemporaryDir dir = {};
    int lost = 0;
    std::unique_ptr<Store> store;
};

} // namespace

START_TEST(stalled_redis_holds_up_nobody) {
    World world;
    world.server.signal(SIGSTOP);
    for (int i = 0; i < 10; ++i)
        ck_assert(put(*world.store, {.calls = {record("c" + std::to_string(i), true, i)}}).ok());
    ck_assert(!world.store->state().healthy);
    ck_assert(!world.store->state().reason.empty());
    ck_assert_uint_ge(world.store->state().waiting, 1);
    // What waits is found, the rest is not there now.
    ck_assert(find(*world.store, "c3").ok());
    test::expectCode("history", test::history(*world.store, {}).error(), ErrorCode::Unavailable);
    world.server.signal(SIGCONT);
    world.untilHealthy();
    for (int i = 0; i < 10; ++i)
        ck_assert(world.has("c" + std::to_string(i)));
    ck_assert_int_eq(world.lost, 0);
}

END_TEST

START_TEST(later_writes_win_over_earlier_ones_of_the_journal) {
    World world;
    world.server.signal(SIGSTOP);
    for (int i = 0; i < 20; ++i) {
        CallRecord call = record("c", true);
        call.document = std::to_string(i);
        // Waited for by turns, so that some fly and some are in the journal already.
        if (i % 3 == 0)
            ck_assert(put(*world.store, {.calls = {call}}).ok());
        else
            world.store->put({.calls = {call}},
                             [](Result<void> result) { ck_assert(result.ok()); });
    }
    world.server.signal(SIGCONT);
    world.untilHealthy();
    ck_assert_str_eq(*find(*world.store, "c"), "19");
}

END_TEST

START_TEST(killed_redis_with_its_data_has_lost_nothing) {
    World world({"appendonly yes", "appendfsync always"});
    ck_assert(put(*world.store, {.calls = {record("before", true)}}).ok());
    world.server.kill();
    ck_assert(put(*world.store, {.calls = {record("while", true)}}).ok());
    world.server.start();
    world.untilHealthy();
    ck_assert(world.has("before") && world.has("while"));
    ck_assert_int_eq(world.lost, 0);
}

END_TEST

START_TEST(redis_that_comes_back_empty_is_filled_again) {
    World world;
    ck_assert(put(*world.store, {.calls = {record("before", false)}}).ok());
    world.server.kill();
    ck_assert(put(*world.store, {.calls = {record("while", true)}}).ok());
    world.server.start();
    world.untilHealthy();
    ck_assert_int_eq(world.lost, 1);
    ck_assert(world.has("before") && world.has("while"));
}

END_TEST

START_TEST(redis_that_is_emptied_under_us_is_filled_again) {
    World world;
    for (const char* id : {"a", "b"})
        ck_assert(put(*world.store, {.calls = {record(id, true)}}).ok());
    world.server.ask({"FLUSHALL"});
    ck_assert(put(*world.store, {.calls = {record("c", true)}}).ok());
    world.untilHealthy();
    ck_assert_int_eq(world.lost, 1);
    ck_assert(world.has("a") && world.has("b") && world.has("c"));
}

END_TEST

START_TEST(full_redis_gets_its_writes_when_there_is_room) {
    World world;
    world.server.ask({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
    world.server.ask({"CONFIG", "SET", "maxmemory", "1mb"});
    ck_assert(put(*world.store, {.calls = {record("c", true)}}).ok());
    world.untilSick();
    ck_assert_msg(world.store->state().reason.find("OOM") != std::string::npos, "%s",
                  world.store->state().reason.c_str());
    ck_assert(!world.has("c"));
    world.server.ask({"CONFIG", "SET", "maxmemory", "0"});
    world.untilHealthy();
    ck_assert(world.has("c"));
}

END_TEST

START_TEST(write_that_can_never_succeed_is_given_up) {
    World world;
    world.server.ask({"SET", "mullion:call:bad", "not a hash"});
    test::expectCode("bad", put(*world.store, {.calls = {record("bad", true)}}).error(),
                     ErrorCode::Internal);
    ck_assert(put(*world.store, {.calls = {record("good", true)}}).ok());
    ck_assert(world.has("good"));
    // The same out of the journal.
    world.server.signal(SIGSTOP);
    ck_assert(put(*world.store, {.calls = {record("bad", true)}}).ok());
    ck_assert(put(*world.store, {.calls = {record("good2", true)}}).ok());
    world.server.signal(SIGCONT);
    world.untilHealthy();
    ck_assert(world.has("good2"));
}

END_TEST

START_TEST(journal_of_a_killed_process_is_replayed) {
    World world;
    world.store.reset();
    const pid_t pid = fork();
    if (pid == 0) {
        // A process of its own, which is killed while Redis is away.
        const auto store = openJournaled(optionsFor(world.server), world.dir);
        load(*store);
        world.server.signal(SIGSTOP);
        // The first may lie in Redis' socket, the second is in the journal alone.
        ck_assert(put(*store, {.calls = {record("c1", true)}}).ok());
        ck_assert(put(*store, {.calls = {record("c2", true)}}).ok());
        ::kill(getpid(), SIGKILL);
    }
    waitpid(pid, nullptr, 0);
    world.server.signal(SIGCONT);
    ck_assert(!world.has("c2"));
    world.store = openJournaled(optionsFor(world.server), world.dir);
    ck_assert_uint_eq(world.store->loadActive()->size(), 2);
    ck_assert(world.has("c1") && world.has("c2"));
}

END_TEST

START_TEST(replica_is_no_place_to_write) {
    World world;
    const RedisServer other;
    world.server.ask({"REPLICAOF", "127.0.0.1", std::to_string(other.port())});
    ck_assert(put(*world.store, {.calls = {record("c", true)}}).ok());
    world.untilSick();
    world.server.ask({"REPLICAOF", "NO", "ONE"});
    world.untilHealthy();
    ck_assert(world.has("c"));
}

END_TEST

START_TEST(sentinel_tells_where_the_master_went) {
    const RedisServer first;
    const RedisServer second;
    ck_assert(!second.ask({"REPLICAOF", "127.0.0.1", std::to_string(first.port())}).isNothing());
    runUntil(
        [&] {
            const std::string text = second.ask({"INFO", "replication"}).text;
            return text.find("master_link_status:up") != std::string::npos;
        },
        "the replica");
    const std::string port = std::to_string(first.port());
    RedisServer sentinel({"sentinel monitor calls 127.0.0.1 " + port + " 1",
                          "sentinel down-after-milliseconds calls 60000"},
                         true);
    RedisOptions options = optionsFor(first);
    options.address = "none";
    // One that is not there is passed over.
    options.sentinels = {"127.0.0.1:1", sentinel.address()};
    options.sentinelName = "calls";
    const TemporaryDir dir;
    const auto store = openJournaled(options, dir);
    load(*store);
    ck_assert(put(*store, {.calls = {record("before", true)}}).ok());
    ck_assert_int_eq(first.ask({"EXISTS", "mullion:call:before"}).integer, 1);
    runUntil(
        [&] {
            const RedisValue found = sentinel.ask({"SENTINEL", "FAILOVER", "calls"});
            return found.kind == RedisValue::Kind::Text;
        },
        "the sentinel to know the replica");
    int i = 0;
    runUntil(
        [&] {
            ck_assert(put(*store, {.calls = {record("after" + std::to_string(++i), true)}}).ok());
            return second.ask({"EXISTS", "mullion:call:after" + std::to_string(i)}).integer == 1 &&
                   second.ask({"ROLE"}).items[0].text == "master";
        },
        "writes to reach the new master", 60);
    runUntil([&] { return store->state().healthy; }, "the store to be healthy");
    ck_assert_uint_eq(store->loadActive()->size(), static_cast<std::size_t>(i) + 1);
}

END_TEST

START_TEST(what_is_wrong_at_the_start_is_told) {
    const RedisServer server({"requirepass right"});
    RedisOptions options = optionsFor(server);
    options.patience = std::chrono::milliseconds(300);
    const auto reason = [&] {
        const auto loaded = openRedisStore(options)->loadActive();
        ck_assert(!loaded.ok());
        return loaded.error().message;
    };
    const auto expect = [&](const char* word) {
        const std::string text = reason();
        ck_assert_msg(text.find(word) != std::string::npos, "no %s in: %s", word, text.c_str());
    };
    options.password = "wrong";
    expect("store.password");
    expect("WRONGPASS");
    options.password = "";
    expect("NOAUTH");
    options.password = "right";
    options.database = 9999;
    expect("store.database");
    options.database = 0;
    options.address = "/no/such/socket";
    expect("/no/such/socket");
    options.sentinels = {"127.0.0.1:1"};
    expect("no sentinel");
}

END_TEST

START_TEST(user_with_few_rights_suffices) {
    const RedisServer server;
    ck_assert(server
                  .ask({"ACL", "SETUSER", "calls", "on", ">secret", "+@all", "-@dangerous", "+role",
                        "~mullion:*"})
                  .checked()
                  .ok());
    RedisOptions options = optionsFor(server);
    options.user = "calls";
    options.password = "secret";
    const auto store = openRedisStore(options);
    load(*store);
    Changes changes{{record("c1", false)}, {{"l1", "c1"}}, {"l2"}, {test::message("m1", "c1")}};
    ck_assert(put(*store, changes).ok());
    const auto erased = test::waitFor<void>(
        [&](Store::Done done) {
            store->eraseUser(
                "u1", [](const std::string& text) { return text; }, done);
        },
        "the erasing");
    ck_assert_msg(erased.ok(), "%s", erased ? "" : erased.error().message.c_str());
    ck_assert_uint_eq(test::messages(*store, {"c1", "", 10})->documents.size(), 0);
}

END_TEST

START_TEST(history_expires) {
    const RedisServer server;
    RedisOptions options = optionsFor(server);
    options.history = std::chrono::hours(1);
    const auto store = openRedisStore(options);
    load(*store);
    CallRecord old = record("old", false);
    old.endedAt = test::hourAgo() - std::chrono::hours(1);
    ck_assert(put(*store, {.calls = {old, record("young", false, 600)}}).ok());
    const auto page = test::history(*store, {"u1", "", "", 10});
    ck_assert_uint_eq(page->documents.size(), 1);
    ck_assert_int_eq(server.ask({"EXISTS", "mullion:call:old"}).integer, 0);
    // Its place in the histories goes with the next call.
    ck_assert_int_eq(server.ask({"ZCARD", "mullion:user:u1"}).integer, 1);
    ck_assert_int_eq(server.ask({"ZCARD", "mullion:history"}).integer, 1);
    ck_assert_int_gt(server.ask({"TTL", "mullion:call:young"}).integer, 0);
}

END_TEST

int main() {
    Suite* suite = suite_create("redis store");
    test::addConformanceTests(suite, {kind("redis", false, false),
                                      kind("redis with password over a socket", true, false),
                                      kind("journaled redis", false, true)});
    test::addTests(
        suite,
        {stalled_redis_holds_up_nobody, later_writes_win_over_earlier_ones_of_the_journal,
         killed_redis_with_its_data_has_lost_nothing, redis_that_comes_back_empty_is_filled_again,
         redis_that_is_emptied_under_us_is_filled_again,
         full_redis_gets_its_writes_when_there_is_room, write_that_can_never_succeed_is_given_up,
         journal_of_a_killed_process_is_replayed, replica_is_no_place_to_write,
         sentinel_tells_where_the_master_went, what_is_wrong_at_the_start_is_told,
         user_with_few_rights_suffices, history_expires});
    return test::run(suite);
}
