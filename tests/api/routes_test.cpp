// openapi.yaml and the server's routes are the same list.
#include <algorithm>
#include <set>

#include "api/openapi.h"
#include "api/routes.h"
#include "src/call/call_broadcasts.h"
#include "src/call/call_recordings.h"
#include "tests/support/memory_store.h"
#include "tests/support/suite.h"

using namespace mullion;

START_TEST(routes_are_those_of_the_description) {
    const auto tokens = Tokens::create({"", "a secret of enough bytes"});
    test::MemoryStore store;
    const IceServers iceServers;
    SideLoop loop;
    api::Hub hub({}, **tokens, loop);
    CallRegistry registry({}, store, hub);
    Legs legs(registry, hub);
    Links links(registry, store, "a secret");
    const api::Connections connections({}, [](const std::string&) { return false; });
    const SignedUrls urls("a secret");
    Archive archive("/nowhere");
    Finisher finisher("/nowhere");
    Supervisor supervisor({}, legs);
    CallRecordings calls(registry, supervisor);
    Recordings recordings({}, archive, finisher, calls);
    CallBroadcasts callBroadcasts(registry, supervisor);
    Broadcasts broadcasts({}, callBroadcasts);
    ImageStore images("/nowhere");
    Sounds sounds({"/nowhere"}, {});
    const auto push = Push::create({.secret = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"}, store,
                                   [](const auto&...) { return ""; });
    ck_assert(push.ok());
    api::Context context{registry,   legs,   links,      store,   hub,    recordings,
                         broadcasts, images, sounds,     archive, **push, connections,
                         **tokens,   urls,   iceServers, true};
    const ApiKeys keys;
    api::Gate gate({}, **tokens, keys, urls);
    api::Router router(gate);
    api::addRoutes(router, context);
    const auto list = router.list();
    const std::set<std::string> routes(list.begin(), list.end());
    ck_assert_uint_eq(routes.size(), list.size());

    const auto description = parseJson(api::kOpenApi, 1 << 20);
    ck_assert(description.ok());
    std::set<std::string> described;
    for (const auto& [path, operations] : (*description)["paths"].items()) {
        for (const auto& [name, operation] : operations.items()) {
            if (name == "parameters") continue;
            std::string method = name;
            std::transform(method.begin(), method.end(), method.begin(), g_ascii_toupper);
            described.insert(method + ' ' + path);
        }
    }
    for (const std::string& route : routes)
        ck_assert_msg(described.contains(route), "not in openapi.yaml: %s", route.c_str());
    for (const std::string& operation : described)
        ck_assert_msg(routes.contains(operation), "not served: %s", operation.c_str());
}

END_TEST

int main() {
    return test::runSuite("routes", {routes_are_those_of_the_description});
}
