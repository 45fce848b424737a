// Clients of Socket.IO before the hub, by polls that came by no socket.
#include "api/socketio/socket_io.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::api;
using namespace std::chrono_literals;

namespace {

struct World {
    explicit World(std::chrono::milliseconds connectTimeout = 30s)
        : socketIo({{}, connectTimeout, {}}, hub, gate, origins, loop) {
        hub.attach({[](const std::string&) {}, [](const std::string&) {},
                    [](const Principal&) { return Json::array(); }, [](const Session&) {},
                    [this](Session& session, const Json& message) {
                        messages.push_back(message);
                        if (message.value("type", "") == "late") return;
                        answerRef(session, message.value("ref", ""), {});
                    }});
        socketIo.open(router, http);
    }

    std::string token() const {
        return *tokens->issue({"ada", "Ada", Scope::User, {}, now() + std::chrono::hours(1)});
    }

    Response ask(const std::string& method, const std::string& sid, const std::string& body = {}) {
        Request request{method, "/socket.io/"};
        request.query = {{"EIO", "4"}, {"transport", "polling"}, {"sid", sid}};
        request.headers = {{"content-type", "text/plain;charset=UTF-8"}};
        request.rawBody = body;
        request.address = "192.0.2.1";
        std::optional<Response> answer;
        router.handle(request, [&answer](Response response) { answer = std::move(response); });
        test::runUntil([&] { return answer.has_value(); }, "an answer");
        return *answer;
    }

    /// The hub, the gate, and all before them.
    std::unique_ptr<Tokens> tokens = Tokens::create({"", "a secret of enough bytes"}).value();
    ApiKeys keys = {};
    SignedUrls urls{"a secret"};
    Gate gate{{0, 0, 0, {}}, *tokens, keys, urls};
    Origins origins{{}};
    SideLoop loop = {};
    Hub hub{{}, *tokens, loop};
    std::vector<Json> messages = {};
    Router router{gate};
    Connections connections{{}, [](const std::string&) { return false; }};
    HttpServer http{router, origins, connections};
    SocketIo socketIo;
};

/// One client.
class Caller {
public:
    explicit Caller(World& world)
        : world_(world) {
        sid_ = Json::parse(world.ask("GET", "").body.substr(1))["sid"];
    }

    Response post(const std::string& packet) { return world_.ask("POST", sid_, "4" + packet); }

    std::string poll() { return world_.ask("GET", sid_).body; }

    /// @return the session of its hello.
    std::string connect() {
        post("0" + toText({{"token", world_.token()}}));
        const std::string body = poll();
        const auto hello = body.find("42[\"hello\",");
        ck_assert_msg(body.starts_with("40{\"sid\"") && hello != std::string::npos, "%s",
                      body.c_str());
        return Json::parse(body.substr(hello + 2))[1]["session"];
    }

    /// Whether the server has ended it.
    bool isGone() { return world_.ask("POST", sid_, "3").status == 400; }

private:
    World& world_;
    std::string sid_;
};

bool has(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

} // namespace

START_TEST(who_connects_to_nothing_goes) {
    World world(100ms);
    Caller ada(world), idle(world);
    ada.connect();
    ck_assert_str_eq(idle.poll(), "1");
    ck_assert(idle.isGone());
    ck_assert(!ada.isGone());
    // Who has left the namespace has as long to come back.
    ada.post("1");
    ada.connect();
    ada.post("1");
    ck_assert_str_eq(ada.poll(), "1");
}

END_TEST

START_TEST(what_comes_before_connect_ends_it) {
    for (const char* packet : {R"(2["chat:message",{}])", "1", "30[]", R"(2/admin,["x"])",
                               R"(51-["x",{}])", "garbage"}) {
        World world;
        Caller ada(world);
        ada.post(packet);
        ck_assert_msg(ada.poll() == "1", "%s was taken", packet);
        ck_assert(ada.isGone());
        ck_assert(world.messages.empty());
    }
}

END_TEST

START_TEST(tokens_are_not_guessed_for_ever) {
    World world;
    Caller ada(world);
    for (int i = 0; i < 9; ++i) {
        ada.post(R"(0{"token":"guess"})");
        ck_assert(has(ada.poll(), "44{\"data\":{\"code\":\"unauthenticated\"}"));
    }
    ada.post(R"(0/admin,{"token":"guess"})");
    ck_assert(has(ada.poll(), "44/admin,{\"data\":{\"code\":\"not_found\"}"));
    ck_assert_str_eq(ada.poll(), "1");
}

END_TEST

START_TEST(acknowledgements_find_their_messages) {
    World world;
    Caller ada(world);
    ada.connect();
    ada.post(R"(25["chat:message",{"text":"a"}])");
    ck_assert_str_eq(ada.poll(), "435[{}]");
    ada.post(R"(26["chat:message",{"text":"a","ref":"r"}])");
    ck_assert_str_eq(ada.poll(), "436[{}]\x1e"
                                 R"(42["ack",{"ref":"r"}])");
    ada.post(R"(2["chat:message",{"text":"a","ref":"r"}])");
    ck_assert_str_eq(ada.poll(), R"(42["ack",{"ref":"r"}])");
    ada.post(R"(27["chat:message",1])");
    ck_assert(has(ada.poll(), R"(437[{"error":{"code":"bad_request")"));
}

END_TEST

START_TEST(answers_that_come_late_stay_with_who_asked) {
    World world;
    Caller ada(world), again(world);
    const std::string before = ada.connect();
    ada.post(R"(21["late",{}])");
    const std::string ref = world.messages.back()["ref"];
    world.hub.answer(before, ref, {});
    ck_assert_str_eq(ada.poll(), "431[{}]");
    // Answered twice, or over the connection that has taken the session up: nobody asked there.
    world.hub.answer(before, ref, {});
    ada.post(R"(22["late",{}])");
    const std::string other = world.messages.back()["ref"];
    again.connect();
    again.post("29" + toText(Json::array({"resume", {{"session", before}, {"seq", 0}}})));
    ck_assert_str_eq(again.poll(), "439[{}]");
    world.hub.answer(before, other, {});
    world.hub.publish({"ada"}, {{"type", "x"}});
    ck_assert_str_eq(again.poll(), R"(42["x",{"seq":1}])");
    const std::string replaced = ada.poll();
    ck_assert(has(replaced, R"("close":4409)") && replaced.ends_with("\x1e"
                                                                     "41"));
}

END_TEST

START_TEST(too_many_messages_end_it) {
    World world;
    Caller ada(world);
    ada.connect();
    // Those that are none count as well.
    std::string many = "2[\"a\",1]";
    for (int i = 0; i < 400; ++i)
        many += "\x1e"
                "42[\"a\",1]";
    ada.post(many);
    const std::string body = ada.poll();
    ck_assert(has(body, R"("close":4429,"code":"too_many_requests")"));
    ck_assert(body.ends_with("\x1e"
                             "41"));
    ck_assert_str_eq(ada.poll(), "1");
    ck_assert_uint_eq(world.hub.sessionCount(), 0);
}

END_TEST

START_TEST(who_does_not_read_is_dropped_and_may_resume) {
    World world;
    Caller ada(world);
    const std::string session = ada.connect();
    const std::string text(60'000, 'x');
    int sent = 0;
    for (; world.hub.slowClients() == 0; ++sent) {
        ck_assert_int_lt(sent, 100);
        world.hub.publish({"ada"}, {{"type", "x"}, {"text", text}});
    }
    const std::string body = ada.poll();
    ck_assert(has(body, R"("close":4408)"));
    // No DISCONNECT: then the client comes back by itself.
    ck_assert(!has(body, "\x1e"
                         "41"));
    ck_assert_str_eq(ada.poll(), "1");
    Caller again(world);
    again.connect();
    again.post("21" + toText(Json::array({"resume", {{"session", session}, {"seq", sent - 1}}})));
    ck_assert(has(again.poll(), "\x1e"
                                "42[\"x\""));
}

END_TEST

START_TEST(connecting_twice_is_an_error) {
    World world;
    Caller ada(world);
    ada.connect();
    ada.post("0" + toText({{"token", world.token()}}));
    ck_assert(has(ada.poll(), R"("code":"bad_request")"));
    ck_assert_str_eq(ada.poll(), "1");
    // The session can still be resumed.
    ck_assert_uint_eq(world.hub.sessionCount(), 1);
}

END_TEST

int main() {
    return test::runSuite(
        "socketio", {who_connects_to_nothing_goes, what_comes_before_connect_ends_it,
                     tokens_are_not_guessed_for_ever, acknowledgements_find_their_messages,
                     answers_that_come_late_stay_with_who_asked, too_many_messages_end_it,
                     who_does_not_read_is_dropped_and_may_resume, connecting_twice_is_an_error});
}
