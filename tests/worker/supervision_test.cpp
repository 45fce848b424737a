// Either process may die: what the people in the call see of it.
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>

#include "src/base/json_values.h"
#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// A call of two with media.
struct Talk {
    explicit Talk(const Server& server)
        : ada(server, "ada")
        , bob(server, "bob")
        , desk(std::make_unique<Device>(server, ada.token()))
        , phone(std::make_unique<Device>(server, bob.token())) {
        id = ada.post("/call/initiate", {{"participants", {"bob"}}}).body["id"];
        ck_assert_int_eq(bob.post("/call/" + id + "/answer").status, 200);
        offer(*desk, "leg-a");
        offer(*phone, "leg-b");
    }

    void offer(Device& device, const std::string& leg, const char* sdp = "v=0") const {
        device.send({{"type", "webrtc:offer"}, {"call_id", id}, {"leg", leg}, {"sdp", sdp}});
        device.take("leg:state", {{"leg", leg}, {"state", "connected"}});
    }

    std::string stateOf(const char* user) const {
        const Json call = ada.get("/call/" + id).body;
        for (const Json& participant : call["participants"])
            if (participant["user_id"] == user) return participant["state"].get<std::string>();
        return "";
    }

    User ada, bob;
    std::unique_ptr<Device> desk, phone;
    std::string id;
};

int starts(const Server& server, const std::string& callId) {
    int count = 0;
    for (const auto& [pid, message] : server.callLog())
        if (message["type"] == "start_call" && message["call_id"] == callId) ++count;
    return count;
}

int told(const Server& server, int process, const char* type) {
    int count = 0;
    for (const auto& [pid, message] : server.callLog())
        if (pid == process && message["type"] == type) ++count;
    return count;
}

bool isRunning(int pid) {
    return kill(pid, 0) == 0;
}

} // namespace

START_TEST(killed_process_is_replaced) {
    const Server server;
    Talk talk(server);
    ck_assert_str_eq(talk.stateOf("bob").c_str(), "connected");
    const int first = server.processOf(talk.id);
    kill(first, SIGKILL);
    for (Device* device : {talk.desk.get(), talk.phone.get()})
        ck_assert(device->take("webrtc:renegotiate")["reason"] == "media_restarted");
    ck_assert_str_eq(talk.stateOf("bob").c_str(), "reconnecting");
    talk.offer(*talk.desk, "leg-a2");
    talk.offer(*talk.phone, "leg-b2");
    ck_assert_str_eq(talk.stateOf("bob").c_str(), "connected");
    const int second = server.processOf(talk.id);
    ck_assert_int_ne(second, first);
    // Everybody has his place in the new process before the first offer.
    ck_assert_int_eq(told(server, second, "put_participant"), 2);
    for (const auto& [pid, message] : server.callLog())
        if (pid == second && message["type"] == "start_call") ck_assert(message["generation"] == 1);
}

END_TEST

START_TEST(process_that_hangs_up_is_killed) {
    const Server server;
    Talk talk(server);
    const int process = server.processOf(talk.id);
    talk.desk->send({{"type", "webrtc:offer"}, {"call_id", talk.id}, {"sdp", "hang up"}});
    talk.phone->take("webrtc:renegotiate");
    runUntil([&] { return !isRunning(process); }, "the process' end");
    talk.offer(*talk.phone, "leg-b2");
}

END_TEST

START_TEST(hung_process_does_not_delay_the_start) {
    Server server;
    const Talk talk(server);
    const int process = server.processOf(talk.id);
    kill(process, SIGSTOP);
    const gint64 before = g_get_monotonic_time();
    server.restart(SIGKILL);
    ck_assert_int_lt(g_get_monotonic_time() - before, 5 * G_USEC_PER_SEC);
    Device phone(server, talk.bob.token());
    phone.take("webrtc:renegotiate", {{"call_id", talk.id}});
    ck_assert_int_ne(server.processOf(talk.id), process);
    talk.offer(phone, "leg-b2");
}

END_TEST

START_TEST(third_death_ends_the_call) {
    const Server server;
    Talk talk(server);
    for (int death = 1; death <= 3; ++death) {
        talk.desk->send({{"type", "webrtc:offer"}, {"call_id", talk.id}, {"sdp", "crash"}});
        if (death < 3) talk.phone->take(death == 1 ? "webrtc:renegotiate" : "call:layout");
        if (death < 3)
            runUntil([&] { return starts(server, talk.id) == death + 1; }, "the next process");
    }
    const Json ended = talk.phone->take("call:ended")["call"];
    ck_assert(ended["status"] == "failed");
    ck_assert(ended["end_reason"] == "media_failed");
    // The server and other calls are well.
    const Talk next(server);
    ck_assert_str_eq(next.stateOf("bob").c_str(), "connected");
}

END_TEST

START_TEST(next_mulliond_adopts_the_process) {
    Server server;
    const Talk talk(server);
    const int process = server.processOf(talk.id);
    for (const int signal : {SIGKILL, SIGTERM}) {
        server.restart(signal);
        Device phone(server, talk.bob.token());
        ck_assert(phone.has("hello"));
        const Json calls = talk.bob.get("/calls/active").body["calls"];
        ck_assert_uint_eq(calls.size(), 1);
        ck_assert(calls[0]["id"] == talk.id);
        // The media was not touched: same process, no stop, nobody is asked to offer again.
        ck_assert_str_eq(talk.stateOf("bob").c_str(), "connected");
        ck_assert_int_eq(server.processOf(talk.id), process);
        ck_assert_int_eq(told(server, process, "stop"), 0);
        ck_assert_int_eq(told(server, process, "remove_participant"), 0);
        ck_assert(!phone.has("webrtc:renegotiate"));
    }
    ck_assert_int_eq(told(server, process, "claim"), 3);
    // It is our call with all its rules: leaving ends it.
    Device desk(server, talk.ada.token());
    ck_assert_int_eq(talk.bob.post("/call/" + talk.id + "/leave").status, 200);
    desk.take("leg:closed", {{"leg", "leg-a"}});
    desk.take("call:ended");
    runUntil([&] { return told(server, process, "stop") == 1; }, "the process' end");
}

END_TEST

START_TEST(both_may_die_at_once) {
    Server server;
    const Talk talk(server);
    kill(server.pid(), SIGKILL);
    kill(server.processOf(talk.id), SIGKILL);
    server.restart(SIGKILL);
    Device phone(server, talk.bob.token());
    phone.take("webrtc:renegotiate", {{"call_id", talk.id}});
    talk.offer(phone, "leg-b2");
    ck_assert_str_eq(talk.stateOf("bob").c_str(), "connected");
    ck_assert_str_eq(talk.stateOf("ada").c_str(), "reconnecting");
}

END_TEST

START_TEST(interrupt_ends_the_calls_processes) {
    Server server;
    const Talk talk(server);
    const int process = server.processOf(talk.id);
    server.restart(SIGINT);
    runUntil([&] { return !isRunning(process) || told(server, process, "stop") == 1; },
             "the process' end");
    ck_assert_int_eq(told(server, process, "stop"), 1);
}

END_TEST

START_TEST(ringing_goes_on_after_a_restart) {
    Server server(Server::Variables{{"MULLION_CALLS_RING_TIMEOUT", "2"}});
    const User ada(server, "ada"), bob(server, "bob");
    const Json call = ada.post("/call/initiate", {{"participants", {"bob"}}}).body;
    server.restart(SIGKILL);
    Device phone(server, bob.token());
    ck_assert(phone.take("call:missed")["call"]["id"] == call["id"]);
}

END_TEST

START_TEST(second_mulliond_is_refused) {
    const Server server;
    const pid_t second = fork();
    if (second == 0) {
        execl(std::getenv("MULLIOND"), "mulliond", "--port", "0", "--data-dir",
              server.dataDir().c_str(), "--call-binary", std::getenv("FAKE_CALL"), nullptr);
        _exit(127);
    }
    int status = 0;
    waitpid(second, &status, 0);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 1);
}

END_TEST

/// Who learns it at the end of a recording has lost one.
START_TEST(server_whose_programs_are_away_does_not_start) {
    for (const std::string name : {"call", "finish"}) {
        const std::string option = "--" + name + "-binary";
        const std::string said = refusalOf({option, "/nowhere"});
        ck_assert_msg(said.find("say where mullion-" + name + " is with " + option) !=
                          std::string::npos,
                      "%s", said.c_str());
    }
}

END_TEST

START_TEST(spare_that_does_not_start_is_tried_again) {
    const TemporaryDir dir;
    const std::string broken = dir.path() + "/broken";
    ck_assert(g_file_set_contents(broken.c_str(), "", 0, nullptr));
    const Server server(Server::Variables{{"FAKE_CALL_BROKEN", broken}});
    const User ada(server, "ada");
    const Json room = ada.post("/call/initiate", {{"participants", Json::array()}}).body;
    runUntil([&] { return metric(server, "mullion_call_process_deaths_total") >= 2; },
             "a second try");
    ck_assert_int_eq(request(server, "GET", "/readyz").status, 503);
    std::filesystem::remove(broken);
    runUntil([&] { return request(server, "GET", "/readyz").status == 200; }, "readiness");
    // It writes down what it was told when it comes to that.
    runUntil([&] { return server.processOf(room["id"].get<std::string>()) != 0; }, "its process");
}

END_TEST

START_TEST(program_that_is_away_is_tried_again) {
    const TemporaryDir dir;
    const std::string real = std::getenv("FAKE_CALL");
    const std::string link = dir.path() + "/mullion-call";
    std::filesystem::create_symlink(real, link);
    setenv("FAKE_CALL", link.c_str(), 1);
    const Server server;
    const User ada(server, "ada");
    runUntil([&] { return request(server, "GET", "/readyz").status == 200; }, "readiness");
    std::filesystem::remove(link);
    // Takes the spare; the next cannot be started.
    const Json room = ada.post("/call/initiate", {{"participants", Json::array()}}).body;
    runUntil([&] { return request(server, "GET", "/readyz").status == 503; }, "no spare");
    std::filesystem::create_symlink(real, link);
    runUntil([&] { return request(server, "GET", "/readyz").status == 200; }, "the next spare");
}

END_TEST

START_TEST(waiting_messages_are_bounded) {
    const TemporaryDir dir;
    const std::string gate = dir.path() + "/gate";
    ck_assert_int_eq(mkfifo(gate.c_str(), 0600), 0);
    const Server server(Server::Variables{{"FAKE_CALL_GATE", gate}});
    const User ada(server, "ada");
    const std::string id =
        ada.post("/call/initiate", {{"participants", Json::array()}, {"open", true}}).body["id"];
    const std::string large = "silent" + std::string(200 * 1024 - 6, ' ');
    std::vector<std::unique_ptr<Device>> devices;
    Json refused;
    int kept = 0;
    // Each user may offer eight legs that do not connect.
    for (const char* name : {"bob", "cem", "dan"}) {
        const User user(server, name);
        ck_assert_int_eq(user.post("/call/" + id + "/join").status, 200);
        devices.push_back(std::make_unique<Device>(server, user.token()));
        Device& device = *devices.back();
        for (int i = 0; i < 8 && refused.is_null(); ++i) {
            const std::string leg = std::string(name) + std::to_string(i);
            device.send({{"type", "webrtc:offer"},
                         {"call_id", id},
                         {"leg", leg},
                         {"sdp", large},
                         {"ref", leg}});
            // An offer is answered by the process; what follows it in order is answered at once.
            device.ask({{"type", "webrtc:stats"}, {"call_id", id}});
            if (device.has("error", {{"ref", leg}}))
                refused = device.take("error", {{"ref", leg}});
            else
                ++kept;
        }
    }
    ck_assert_int_eq(kept, 20);
    ck_assert(refused["code"] == "unavailable");
    ck_assert_int_eq(metric(server, "mullion_refused_messages_total"), 1);
    // The gate stands open for this one and is gone for the next.
    const int opened = open(gate.c_str(), O_WRONLY);
    std::filesystem::remove(gate);
    close(opened);
    // What was taken arrives, the oldest too.
    devices[0]->take("ack", {{"ref", "bob0"}});
    devices[2]->take("ack", {{"ref", "dan3"}});
    // What the process prints comes by another way than what it answers.
    runUntil([&] { return told(server, server.processOf(id), "offer") == 20; }, "every offer");
}

END_TEST

START_TEST(process_is_told_the_roles) {
    const Server server;
    const Talk talk(server);
    ck_assert_int_eq(
        talk.ada.ask("PATCH", "/call/" + talk.id + "/participants/bob", {{"role", "viewer"}})
            .status,
        200);
    runUntil(
        [&] {
            for (const auto& [pid, message] : server.callLog())
                if (message.value("user_id", "") == "bob" && message.value("role", "") == "viewer")
                    return true;
            return false;
        },
        "the role");
}

END_TEST

START_TEST(calls_leave_nothing_behind) {
    const Server server;
    const User ada(server, "ada");
    const auto descriptors = [&] {
        const auto path = "/proc/" + std::to_string(server.pid()) + "/fd";
        return std::distance(std::filesystem::directory_iterator(path),
                             std::filesystem::directory_iterator());
    };
    const auto round = [&] {
        const Json call = ada.post("/call/initiate", {{"participants", Json::array()}}).body;
        const std::string path = "/call/" + call["id"].get<std::string>() + "/end";
        ck_assert_int_eq(ada.post(path).status, 200);
    };
    // A spare and no more: what has been stopped is gone.
    const auto isQuiet = [&] {
        int sockets = 0;
        for (const auto& entry : std::filesystem::directory_iterator(server.dataDir() + "/run"))
            sockets += entry.path().extension() == ".sock" ? 1 : 0;
        return sockets == 1 && request(server, "GET", "/readyz").status == 200;
    };
    round();
    runUntil(isQuiet, "one spare process");
    const auto before = descriptors();
    for (int i = 0; i < 20; ++i)
        round();
    runUntil([&] { return isQuiet() && descriptors() <= before; }, "all descriptors back");
}

END_TEST

int main() {
    return runSuite("supervision",
                    {killed_process_is_replaced, process_that_hangs_up_is_killed,
                     hung_process_does_not_delay_the_start, third_death_ends_the_call,
                     next_mulliond_adopts_the_process, both_may_die_at_once,
                     interrupt_ends_the_calls_processes, ringing_goes_on_after_a_restart,
                     second_mulliond_is_refused, server_whose_programs_are_away_does_not_start,
                     spare_that_does_not_start_is_tried_again, program_that_is_away_is_tried_again,
                     waiting_messages_are_bounded, process_is_told_the_roles,
                     calls_leave_nothing_behind});
}
