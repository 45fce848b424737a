// A mulliond whose store is Redis, while Redis goes and comes.
#include <csignal>

#include "tests/support/redis_server.h"
#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

Server::Variables settingsFor(const RedisServer& redis) {
    return {{"MULLION_STORE_KIND", "redis"}, {"MULLION_STORE_ADDRESS", redis.address()}};
}

std::string call(const User& who, const User& other) {
    const Answer made = who.post("/call/initiate", {{"participants", {other.id()}}});
    ck_assert_int_eq(made.status, 201);
    return made.body["id"].get<std::string>();
}

std::string storeOf(const Server& server) {
    const Answer ready = request(server, "GET", "/readyz");
    return ready.body.value("store", "");
}

} // namespace

START_TEST(calls_go_on_while_redis_is_away) {
    RedisServer redis;
    const Server server(settingsFor(redis));
    const User ada(server, "ada");
    const User bob(server, "bob");
    const std::string before = call(ada, bob);
    ck_assert_int_eq(metric(server, "mullion_store_healthy"), 1);
    redis.kill();
    ck_assert_int_eq(bob.post("/call/" + before + "/answer").status, 200);
    call(ada, User(server, "cem"));
    ck_assert_str_eq(storeOf(server), "sick");
    ck_assert_int_eq(metric(server, "mullion_store_healthy"), 0);
    ck_assert_int_ge(metric(server, "mullion_store_waiting_writes"), 2);
    ck_assert_str_eq(ada.get("/calls/history").code(), "unavailable");
    // Without its data: it gets all live calls again.
    redis.start();
    runUntil([&] { return metric(server, "mullion_store_healthy") == 1; }, "the store's health");
    ck_assert_int_eq(metric(server, "mullion_store_waiting_writes"), 0);
    const RedisValue active = redis.ask({"SMEMBERS", "mullion:active"});
    ck_assert_uint_eq(active.items.size(), 2);
    const RedisValue answered = redis.ask({"HGET", "mullion:call:" + before, "status"});
    ck_assert_str_eq(answered.text, "active");
}

END_TEST

START_TEST(killed_mulliond_finds_its_calls_in_redis) {
    const RedisServer redis;
    Server server(settingsFor(redis));
    std::string id;
    {
        const User ada(server, "ada");
        const User bob(server, "bob");
        id = call(ada, bob);
        ck_assert_int_eq(bob.post("/call/" + id + "/answer").status, 200);
    }
    server.restart(SIGKILL);
    const User ada(server, "ada");
    ck_assert_str_eq(ada.get("/call/" + id).body["status"].get<std::string>(), "active");
    ck_assert_int_eq(ada.post("/call/" + id + "/end").status, 200);
    const Answer history = ada.get("/calls/history");
    ck_assert_uint_eq(history.body["calls"].size(), 1);
}

END_TEST

int main() {
    return runSuite("store",
                    {calls_go_on_while_redis_is_away, killed_mulliond_finds_its_calls_in_redis});
}
