// The registry without sockets, disk and processes.
#include <map>

#include "src/base/json_values.h"
#include "src/call/registry.h"
#include "tests/support/memory_store.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
using test::runUntil;

namespace {

struct RecordingSink : EventSink {
    void publish(const std::vector<std::string>& users, const Json& event) override {
        for (const std::string& user : users)
            events[user].push_back(event["type"].get<std::string>());
    }

    void tell(const std::string& userId, const Json& event) override { publish({userId}, event); }

    void sendTo(const std::string&, const std::string& userId, const Json& event) override {
        publish({userId}, event);
    }

    void answer(const std::string&, const std::string&, const Result<void>&) override {}

    bool isOnline(const std::string&) const override { return true; }

    std::map<std::string, std::vector<std::string>> events = {};
};

struct RecordingMedia : CallMedia {
    void start(const Call& call) override { log.push_back("start " + call.id); }

    void put(const Call&, const Participant& participant) override {
        log.push_back("put " + participant.userId + ' ' + name(participant.role));
    }

    void setLayout(const Call& call) override {
        log.push_back(std::string("layout ") + wire::name(call.layout.mode));
    }

    void setCanvas(const Call& call) override {
        log.push_back("canvas " + std::to_string(call.canvas.width));
    }

    void setProgramme(const Call&) override { log.push_back("programme"); }

    void setRung(const Call&, const Participant& participant) override {
        log.push_back("rung " + participant.userId + ' ' + wire::name(participant.rung));
    }

    void remove(const std::string&, const std::string& userId, const std::string&) override {
        log.push_back("remove " + userId);
    }

    void stop(const std::string& callId) override { log.push_back("stop " + callId); }

    std::vector<std::string> log = {};
};

/// A registry and what is around it.
struct World {
    explicit World(CallRegistry::Options options = {})
        : registry(options, store, sink) {
        registry.attachMedia(media);
    }

    /// Calls a member of the registry and waits for its answer.
    template <typename Method, typename... Arguments>
    Result<Json> ask(Method method, const Arguments&... arguments) {
        std::optional<Result<Json>> outcome;
        (registry.*method)(arguments..., [&](Result<Json> result) { outcome = std::move(result); });
        runUntil([&] { return outcome.has_value(); }, "the answer");
        return *outcome;
    }

    std::string call(const std::vector<std::string>& participants, bool open = false) {
        NewCall request;
        request.participants = participants;
        request.open = open;
        const auto made = ask(&CallRegistry::initiate, user("ada"), request);
        ck_assert(made.ok());
        return (*made)["id"].get<std::string>();
    }

    static Principal user(const std::string& id) { return {id, "Name of " + id}; }

    test::MemoryStore store = {};
    RecordingSink sink = {};
    RecordingMedia media = {};
    CallRegistry registry;
};

void expectCode(const Result<Json>& result, ErrorCode code) {
    ck_assert(!result.ok());
    ck_assert_int_eq(static_cast<int>(result.error().code), static_cast<int>(code));
}

} // namespace

START_TEST(answer_follows_the_commit) {
    World world;
    const std::string id = world.call({"bob"});
    ck_assert_int_eq(world.store.commits, 1);
    ck_assert(world.store.calls.at(id).active);
    bool answered = false;
    world.registry.answer(World::user("bob"), id, [&](Result<Json>) { answered = true; });
    // In memory at once, so that a second device is too late; answered after the commit.
    ck_assert(world.registry.find(id)->status == CallStatus::Active);
    ck_assert(!answered);
    expectCode(world.ask(&CallRegistry::answer, World::user("bob"), id), ErrorCode::WrongState);
    runUntil([&] { return answered; }, "the commit");
}

END_TEST

START_TEST(failing_store_is_told_and_made_up_for) {
    World world;
    const std::string id = world.call({"bob"});
    world.store.failure = Error{ErrorCode::StorageFull, "the disk is full"};
    expectCode(world.ask(&CallRegistry::answer, World::user("bob"), id), ErrorCode::StorageFull);
    world.store.failure.reset();
    runUntil([&] { return world.store.calls.at(id).status == "active"; }, "the second try");
}

END_TEST

START_TEST(message_that_was_not_kept_is_kept_when_sent_again) {
    World world;
    const std::string id = world.call({"bob"});
    const Utterance hello{.id = "m1", .text = "hello"};
    const auto say = [&] { return world.ask(&CallRegistry::say, World::user("ada"), id, hello); };
    world.store.failure = Error{ErrorCode::StorageFull, "the disk is full"};
    expectCode(say(), ErrorCode::StorageFull);
    world.store.failure.reset();
    ck_assert(say().ok());
    ck_assert(say().ok());
    ck_assert_uint_eq(world.store.chat.size(), 1);
}

END_TEST

START_TEST(token_for_other_calls_is_refused) {
    World world;
    const std::string id = world.call({"bob"});
    Principal guest = World::user("bob");
    guest.calls = std::vector<std::string>{"another"};
    for (const auto method : {&CallRegistry::answer, &CallRegistry::reject, &CallRegistry::join,
                              &CallRegistry::leave, &CallRegistry::end, &CallRegistry::show})
        expectCode(world.ask(method, guest, id), ErrorCode::NotAllowed);
    expectCode(world.ask(&CallRegistry::initiate, guest, NewCall{}), ErrorCode::NotAllowed);
    ck_assert(world.registry.activeCallsOf(guest).empty());
    ck_assert(world.registry.seatedIn(guest, id).error().code == ErrorCode::NotAllowed);
}

END_TEST

START_TEST(started_calls_are_limited) {
    CallRegistry::Options options;
    options.maxCallsPerUser = 2;
    World world(options);
    NewCall request;
    request.idempotencyKey = "k";
    const auto room = world.ask(&CallRegistry::initiate, World::user("ada"), request);
    ck_assert(room.ok());
    const std::string ringing = world.call({"bob"});
    expectCode(world.ask(&CallRegistry::initiate, World::user("ada"), NewCall{}),
               ErrorCode::TooManyRequests);
    // A repeated request is no other call, being called is not one's own, backends may.
    ck_assert(world.ask(&CallRegistry::initiate, World::user("ada"), request).ok());
    NewCall toAda;
    toAda.participants = {"ada"};
    ck_assert(world.ask(&CallRegistry::initiate, World::user("bob"), toAda).ok());
    Principal service = World::user("ada");
    service.scope = Scope::Service;
    ck_assert(world.ask(&CallRegistry::initiate, service, NewCall{}).ok());
    // The service's is ada's too: two have to end.
    for (const std::string& id : {ringing, (*room)["id"].get<std::string>()})
        ck_assert(world.ask(&CallRegistry::end, World::user("ada"), id).ok());
    ck_assert(world.ask(&CallRegistry::initiate, World::user("ada"), NewCall{}).ok());
}

END_TEST

START_TEST(viewer_who_becomes_host_is_told_to_the_mix) {
    World world;
    const std::string id = world.call({}, true);
    ck_assert(world.ask(&CallRegistry::join, World::user("bob"), id).ok());
    ParticipantChange change;
    change.role = Role::Viewer;
    ck_assert(world
                  .ask(&CallRegistry::changeParticipant, World::user("ada"), id, std::string("bob"),
                       change)
                  .ok());
    ck_assert_str_eq(world.media.log.back().c_str(), "put bob viewer");
    ck_assert(world.ask(&CallRegistry::leave, World::user("ada"), id).ok());
    ck_assert_str_eq(world.media.log.back().c_str(), "put bob host");
}

END_TEST

START_TEST(service_rules_every_call) {
    World world;
    const std::string id = world.call({"bob"});
    Principal service = World::user("backend");
    service.scope = Scope::Service;
    ck_assert(world.ask(&CallRegistry::show, service, id).ok());
    const auto ended = world.ask(&CallRegistry::end, service, id);
    ck_assert(ended.ok() && (*ended)["end_reason"] == "admin");
}

END_TEST

START_TEST(full_server_takes_no_call) {
    CallRegistry::Options options;
    options.maxCalls = 1;
    World world(options);
    world.call({"bob"});
    expectCode(world.ask(&CallRegistry::initiate, World::user("cem"), NewCall{}),
               ErrorCode::AtCapacity);
}

END_TEST

START_TEST(lobby_holds_strangers) {
    World world;
    NewCall request;
    request.open = request.lobby = true;
    const auto made = world.ask(&CallRegistry::initiate, World::user("ada"), request);
    const std::string id = (*made)["id"];
    const auto joined = world.ask(&CallRegistry::join, World::user("bob"), id);
    // He sees nobody but himself.
    ck_assert_uint_eq((*joined)["participants"].size(), 1);
    ck_assert((*joined)["participants"][0]["state"] == "waiting");
    ck_assert(std::find(world.media.log.begin(), world.media.log.end(), "put bob participant") ==
              world.media.log.end());
    CallChange change;
    change.lobby = false;
    const auto opened = world.ask(&CallRegistry::change, World::user("ada"), id, change);
    ck_assert((*opened)["participants"][1]["state"] == "joined");
    ck_assert(std::find(world.media.log.begin(), world.media.log.end(), "put bob participant") !=
              world.media.log.end());
}

END_TEST

START_TEST(media_moves_participants) {
    CallRegistry::Options options;
    options.reconnectGrace = std::chrono::milliseconds(50);
    World world(options);
    const std::string id = world.call({}, true);
    ck_assert(world.ask(&CallRegistry::join, World::user("bob"), id).ok());
    const auto state = [&] { return world.registry.find(id)->find("bob")->state; };
    // Down before up is nothing: a leg that never connected.
    world.registry.onMediaDown(id, "bob");
    ck_assert(state() == ParticipantState::Joined);
    world.registry.onMediaUp(id, "bob");
    ck_assert(state() == ParticipantState::Connected);
    world.registry.onMediaDown(id, "bob");
    ck_assert(state() == ParticipantState::Reconnecting);
    ck_assert_uint_eq(world.registry.callsWithoutMedia("bob").size(), 1);
    world.registry.onMediaUp(id, "bob");
    world.registry.onMediaLost(id);
    ck_assert(state() == ParticipantState::Reconnecting);
    runUntil([&] { return state() == ParticipantState::Left; }, "the grace's end");
    // Strangers and calls that are over are passed over.
    world.registry.onMediaUp(id, "nobody");
    world.registry.onMediaUp("unknown", "bob");
    world.registry.onMediaFailed("unknown");
}

END_TEST

START_TEST(calls_come_back_from_the_store) {
    World before;
    const std::string ringing = before.call({"bob"});
    const std::string room = before.call({});
    World after;
    after.store.calls = before.store.calls;
    after.store.calls["damaged"] = {"damaged", true, "active", {}, {}, "{}"};
    ck_assert(after.registry.load().ok());
    ck_assert_uint_eq(after.registry.activeCount(), 2);
    after.registry.resume({room});
    // Only the call without a process gets one.
    ck_assert(after.media.log.at(0) == "start " + ringing);
    ck_assert_int_eq(std::count(after.media.log.begin(), after.media.log.end(), "start " + room),
                     0);
    const auto answered = after.ask(&CallRegistry::answer, World::user("bob"), ringing);
    ck_assert(answered.ok());
}

END_TEST

START_TEST(store_that_lost_all_gets_the_live_calls_again) {
    World world;
    const std::string ringing = world.call({"bob"});
    const std::string room = world.call({});
    world.store.lose();
    runUntil([&] { return world.store.calls.size() == 2; }, "the calls");
    ck_assert_str_eq(world.store.calls.at(ringing).status, "ringing");
    ck_assert_str_eq(world.store.calls.at(room).status, "active");
}

END_TEST

START_TEST(earlier_documents_get_the_usual_layout) {
    Call call;
    call.id = "c";
    call.layout.mode = wire::LayoutMode::Speaker;
    call.layout.pinned = {"bob"};
    call.participants.push_back({"bob", "Bob"});
    call.participants[0].rung = wire::RungChoice::P360;
    const std::string document = toRecord(call).document;
    const auto same = callFromDocument(document);
    ck_assert(same.ok() && same->layout == call.layout);
    ck_assert(same->participants[0].rung == wire::RungChoice::P360);
    auto json = parseJson(document, 1 << 20);
    for (const char* layout : {R"({"mode":"grid","pinned":[]})", R"({"mode":7})", "null"}) {
        (*json)["layout"] = *parseJson(layout, 100);
        ck_assert(callFromDocument(toText(*json))->layout == wire::Layout{});
    }
    json->erase("layout");
    (*json)["participants"][0].erase("rung");
    const auto earlier = callFromDocument(toText(*json));
    ck_assert(earlier.ok() && earlier->layout == wire::Layout{});
}

END_TEST

int main() {
    return test::runSuite(
        "registry",
        {answer_follows_the_commit, failing_store_is_told_and_made_up_for,
         message_that_was_not_kept_is_kept_when_sent_again, token_for_other_calls_is_refused,
         started_calls_are_limited, viewer_who_becomes_host_is_told_to_the_mix,
         service_rules_every_call, full_server_takes_no_call, lobby_holds_strangers,
         media_moves_participants, calls_come_back_from_the_store,
         store_that_lost_all_gets_the_live_calls_again, earlier_documents_get_the_usual_layout});
}
