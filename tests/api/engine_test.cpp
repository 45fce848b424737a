// Sessions of Engine.IO by polling, with requests that came by no socket.
#include "api/socketio/engine_server.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::api;
using namespace std::chrono_literals;

namespace {

/// What was said over all sessions.
struct Said {
    std::vector<std::string> messages = {};
    int closed = 0;
    int slow = 0;
    engine::Session* session = nullptr;
};

class Ear : public engine::Listener {
public:
    explicit Ear(Said& said)
        : said_(said) {}

    void onMessage(std::string_view text) override { said_.messages.emplace_back(text); }

    void onSlow() override { ++said_.slow; }

    void onClosed() override { ++said_.closed; }

private:
    Said& said_;
};

struct World {
    explicit World(const engine::Options& options = {}, std::size_t sessions = 1000)
        : places({sessions, sessions}, [](const std::string&) { return false; })
        , server(options, gate, origins, places, loop,
                 [this](engine::Session& session, const std::string&) {
                     said.session = &session;
                     return std::make_unique<Ear>(said);
                 }) {}

    using Query = std::map<std::string, std::string>;

    /// @return where the answer will be.
    std::shared_ptr<std::optional<Response>> ask(const std::string& method, Query query,
                                                 const std::string& body = {},
                                                 const std::string& origin = {}) {
        query.try_emplace("EIO", "4");
        query.try_emplace("transport", "polling");
        Request request{method, "/socket.io/"};
        request.query = std::move(query);
        request.rawBody = body;
        request.address = "192.0.2.1";
        if (!origin.empty()) request.headers["origin"] = origin;
        auto answer = std::make_shared<std::optional<Response>>();
        server.handle(request, [answer](Response response) {
            ck_assert_msg(!*answer, "answered twice");
            *answer = std::move(response);
        });
        return answer;
    }

    /// Begins a session. @return its sid.
    std::string begin() {
        const auto answer = ask("GET", {});
        ck_assert(*answer && (*answer)->status == 200);
        const std::string body = (*answer)->body;
        ck_assert_int_eq(body[0], '0');
        return Json::parse(body.substr(1))["sid"];
    }

    std::unique_ptr<Tokens> tokens = Tokens::create({"", "a secret of enough bytes"}).value();
    ApiKeys keys = {};
    SignedUrls urls{"a secret"};
    Gate gate{{}, *tokens, keys, urls};
    Origins origins{{"127.0.0.1", {}, {"https://good.example"}}};
    SideLoop loop = {};
    Said said = {};
    Connections places;
    engine::Server server;
};

std::string codeOf(const std::optional<Response>& answer) {
    ck_assert(answer.has_value());
    const Json body = Json::parse(answer->body);
    return std::to_string(answer->status) + ' ' + toText(body["code"]);
}

std::string bodyOf(const std::shared_ptr<std::optional<Response>>& answer) {
    test::runUntil([&] { return answer->has_value(); }, "an answer");
    ck_assert_int_eq((*answer)->status, 200);
    return (*answer)->body;
}

} // namespace

START_TEST(handshake_tells_what_goes) {
    World world;
    const auto answer = world.ask("GET", {});
    const Json open = Json::parse((*answer)->body.substr(1));
    ck_assert_str_eq(toText(open["upgrades"]), R"(["websocket"])");
    ck_assert_int_eq(open["pingInterval"], 20'000);
    ck_assert_int_eq(open["pingTimeout"], 20'000);
    ck_assert_int_eq(open["maxPayload"], 262'144);
    ck_assert_uint_eq(world.server.sessionCount(), 1);
}

END_TEST

START_TEST(wrong_requests_are_refused_as_by_the_reference) {
    World world;
    ck_assert_str_eq(codeOf(*world.ask("GET", {{"transport", "carrier-pigeon"}})), "400 0");
    ck_assert_str_eq(codeOf(*world.ask("GET", {{"transport", ""}})), "400 0");
    ck_assert_str_eq(codeOf(*world.ask("GET", {{"sid", "nobody"}})), "400 1");
    ck_assert_str_eq(codeOf(*world.ask("POST", {}, "40")), "400 2");
    ck_assert_str_eq(codeOf(*world.ask("GET", {{"transport", "websocket"}})), "400 3");
    ck_assert_str_eq(codeOf(*world.ask("GET", {}, "", "http://evil.example")), "403 4");
    ck_assert_str_eq(codeOf(*world.ask("GET", {{"EIO", "3"}})), "400 5");
    ck_assert_uint_eq(world.server.sessionCount(), 0);
    ck_assert((*world.ask("GET", {}, "", "https://good.example"))->status == 200);
}

END_TEST

START_TEST(messages_go_both_ways) {
    World world;
    const std::string sid = world.begin();
    ck_assert_str_eq(bodyOf(world.ask("POST", {{"sid", sid}},
                                      "4one\x1e"
                                      "4two")),
                     "ok");
    ck_assert(world.said.messages == std::vector<std::string>({"one", "two"}));
    // What waits goes with the next poll, and what comes together goes together.
    world.said.session->send("three");
    ck_assert_str_eq(bodyOf(world.ask("GET", {{"sid", sid}})), "4three");
    const auto poll = world.ask("GET", {{"sid", sid}});
    ck_assert(!*poll);
    world.said.session->send("four");
    world.said.session->send("five");
    ck_assert_str_eq(bodyOf(poll), "4four\x1e"
                                   "4five");
}

END_TEST

START_TEST(two_polls_at_once_end_the_session) {
    World world;
    const std::string sid = world.begin();
    const auto first = world.ask("GET", {{"sid", sid}});
    ck_assert_str_eq(codeOf(*world.ask("GET", {{"sid", sid}})), "400 3");
    ck_assert_str_eq(bodyOf(first), "1");
    ck_assert_int_eq(world.said.closed, 1);
    ck_assert_str_eq(codeOf(*world.ask("GET", {{"sid", sid}})), "400 1");
}

END_TEST

START_TEST(wrong_packets_end_the_session) {
    // Among them what only servers say, and bytes.
    for (const char* body : {"", "x", "8", "4a\x1e", "0{}", "2", "2probe", "5", "bAAA="}) {
        World world;
        const std::string sid = world.begin();
        world.ask("POST", {{"sid", sid}}, body);
        ck_assert_msg(world.said.closed == 1, "%s was taken", body);
        ck_assert_uint_eq(world.server.sessionCount(), 0);
    }
}

END_TEST

START_TEST(client_closes) {
    World world;
    const std::string sid = world.begin();
    const auto poll = world.ask("GET", {{"sid", sid}});
    ck_assert_str_eq(bodyOf(world.ask("POST", {{"sid", sid}},
                                      "1\x1e"
                                      "4late")),
                     "ok");
    ck_assert_str_eq(bodyOf(poll), "1");
    ck_assert_int_eq(world.said.closed, 1);
    ck_assert(world.said.messages.empty());
}

END_TEST

START_TEST(last_words_wait_for_a_poll) {
    World world;
    const std::string sid = world.begin();
    world.said.session->send("farewell");
    world.said.session->finish(1000, "");
    ck_assert_uint_eq(world.server.sessionCount(), 1);
    ck_assert_str_eq(bodyOf(world.ask("POST", {{"sid", sid}}, "4late")), "ok");
    ck_assert_str_eq(bodyOf(world.ask("GET", {{"sid", sid}})), "4farewell");
    ck_assert_str_eq(bodyOf(world.ask("GET", {{"sid", sid}})), "1");
    ck_assert(world.said.messages.empty());
    ck_assert_uint_eq(world.server.sessionCount(), 0);
    // It was the listener who ended it.
    ck_assert_int_eq(world.said.closed, 0);
}

END_TEST

START_TEST(last_words_do_not_wait_for_ever) {
    World world({20s, 20s, 10s, 50ms});
    world.begin();
    world.said.session->finish(1000, "");
    test::runUntil([&] { return world.server.sessionCount() == 0; }, "the end");
}

END_TEST

START_TEST(silent_clients_go) {
    World world({50ms, 50ms, 10s, 10s});
    const std::string sid = world.begin();
    // One that answers stays.
    for (int i = 0; i < 5; ++i) {
        ck_assert_str_eq(bodyOf(world.ask("GET", {{"sid", sid}})), "2");
        ck_assert_str_eq(bodyOf(world.ask("POST", {{"sid", sid}}, "3")), "ok");
    }
    ck_assert_int_eq(world.said.closed, 0);
    test::runUntil([&] { return world.said.closed == 1; }, "the end");
    ck_assert_uint_eq(world.server.sessionCount(), 0);
}

END_TEST

START_TEST(what_is_not_read_is_bounded) {
    World world;
    const std::string sid = world.begin();
    const std::string text(64 * 1024, 'x');
    int sent = 0;
    for (; world.said.slow == 0; ++sent)
        world.said.session->send(text);
    ck_assert_int_eq(sent, 16);
    world.said.session->forgetUnsent();
    world.said.session->send("last");
    ck_assert_str_eq(bodyOf(world.ask("GET", {{"sid", sid}})), "4last");
}

END_TEST

START_TEST(sessions_are_counted) {
    World world({}, 2);
    world.begin();
    const std::string second = world.begin();
    ck_assert_int_eq((*world.ask("GET", {}))->status, 503);
    world.ask("POST", {{"sid", second}}, "1");
    test::runUntil([&] { return world.places.open() == 1; }, "a place");
    world.begin();
}

END_TEST

int main() {
    return test::runSuite(
        "engine",
        {handshake_tells_what_goes, wrong_requests_are_refused_as_by_the_reference,
         messages_go_both_ways, two_polls_at_once_end_the_session, wrong_packets_end_the_session,
         client_closes, last_words_wait_for_a_poll, last_words_do_not_wait_for_ever,
         silent_clients_go, what_is_not_read_is_bounded, sessions_are_counted});
}
