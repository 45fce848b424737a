// The hub with transports that are no sockets.
#include "api/hub.h"

#include "tests/support/suite.h"

using namespace mullion;

namespace {

struct RecordingTransport : api::Transport {
    void send(const std::string& text) override { messages.push_back(Json::parse(text)); }

    void close(int code, const std::string&) override { closeCode = code; }

    std::vector<std::string> callsOf(const char* type) const {
        std::vector<std::string> calls;
        for (const Json& message : messages)
            if (message["type"] == type) calls.push_back(message["call_id"]);
        return calls;
    }

    std::vector<Json> messages = {};
    int closeCode = 0;
};

using Calls = std::optional<std::vector<std::string>>;

struct World {
    World() {
        hub.attach({[](const std::string&) {}, [](const std::string&) {},
                    [](const Principal&) { return Json::array(); }, [](const api::Session&) {},
                    [](api::Session&, const Json&) {}});
    }

    static Principal ada(const Calls& calls) {
        return {"ada", "Ada", Scope::User, calls, now() + std::chrono::hours(1)};
    }

    void publish(const char* call) {
        hub.publish({"ada"}, {{"type", "call:updated"}, {"call_id", call}});
    }

    std::unique_ptr<Tokens> tokens = Tokens::create({"", "a secret of enough bytes"}).value();
    SideLoop loop = {};
    api::Hub hub{{}, *tokens, loop};
};

void resume(World& world, api::Transport& transport, const std::string& session, int seq) {
    world.hub.receive(transport, toText({{"type", "resume"}, {"session", session}, {"seq", seq}}));
}

const std::vector<std::string> kBoth = {"a", "b"};
const std::vector<std::string> kFirst = {"a"};

} // namespace

START_TEST(events_are_those_of_the_tokens_calls) {
    World world;
    RecordingTransport all, guest;
    world.hub.connect(all, World::ada({}));
    const auto& session = world.hub.connect(guest, World::ada(Calls({"a"})));
    world.publish("a");
    world.publish("b");
    world.hub.sendTo(session.id(), "ada", {{"type", "leg:state"}, {"call_id", "b"}});
    world.hub.publish({"ada"}, {{"type", "server:draining"}});
    ck_assert(all.callsOf("call:updated") == kBoth);
    ck_assert(guest.callsOf("call:updated") == kFirst);
    ck_assert(guest.callsOf("leg:state").empty());
    ck_assert(guest.messages.back()["type"] == "server:draining");
}

END_TEST

START_TEST(resuming_with_a_narrower_token_gives_less) {
    World world;
    RecordingTransport before, after;
    const std::string session = world.hub.connect(before, World::ada({})).id();
    world.hub.disconnect(before);
    world.publish("a");
    world.publish("b");
    world.hub.connect(after, World::ada(Calls({"a"})));
    resume(world, after, session, 0);
    world.publish("b");
    ck_assert(after.callsOf("call:updated") == kFirst);
}

END_TEST

START_TEST(dropped_slow_client_resumes) {
    World world;
    RecordingTransport slow, back;
    const std::string session = world.hub.connect(slow, World::ada({})).id();
    world.publish("a");
    world.hub.dropSlow(slow);
    ck_assert_int_eq(slow.closeCode, 4408);
    ck_assert_int_eq(world.hub.slowClients(), 1);
    world.publish("b");
    ck_assert(slow.callsOf("call:updated") == kFirst);
    world.hub.connect(back, World::ada({}));
    resume(world, back, session, 1);
    ck_assert(back.callsOf("call:updated") == std::vector<std::string>{"b"});
}

END_TEST

int main() {
    return test::runSuite("hub",
                          {events_are_those_of_the_tokens_calls,
                           resuming_with_a_narrower_token_gives_less, dropped_slow_client_resumes});
}
