// What the doors do with those who come by a wrong name, speak no HTTP, or are slow.
#include <fstream>
#include <optional>
#include <sys/socket.h>

#include "tests/support/raw_client.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

std::string ask(const Server& server, const std::string& request) {
    const RawClient client(server);
    client.send(request);
    return client.readAll();
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A close frame with its code; RFC 6455, 5.5.1.
bool closes(const std::string& bytes, int code) {
    const auto at = bytes.rfind(static_cast<char>(0x88));
    return at != std::string::npos && bytes.size() >= at + 4 &&
           ((static_cast<unsigned char>(bytes[at + 2]) << 8) |
            static_cast<unsigned char>(bytes[at + 3])) == code;
}

/// Connections that are open, the one that asks among them. None where it was refused: the one
/// before had its place still.
std::optional<int> openConnections(const Server& server) {
    const std::string answer =
        ask(server, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    if (answer.empty()) return std::nullopt;
    const std::string name = "\nmullion_connections ";
    const auto at = answer.find(name);
    ck_assert_msg(at != std::string::npos, "%s", answer.c_str());
    return std::stoi(answer.substr(at + name.size()));
}

/// In KiB.
int residentMemory(const Server& server) {
    std::ifstream status("/proc/" + std::to_string(server.pid()) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stoi(line.substr(6));
    ck_abort_msg("mulliond has no memory");
    return 0;
}

} // namespace

START_TEST(foreign_names_are_refused) {
    const Server server(Server::Variables{{"MULLION_SERVER_PUBLIC_NAMES", "calls.example.org"}});
    const User ada(server, "ada");
    for (const char* path : {"/", "/healthz", "/api/webrtc/calls/active", "/api/webrtc/ws"}) {
        const auto get = [&](const std::string& host) {
            return ask(server, std::string("GET ") + path + " HTTP/1.1\r\nHost: " + host +
                                   "\r\nConnection: close\r\n\r\n");
        };
        const std::string refused = get("evil.example:8080");
        ck_assert_msg(refused.starts_with("HTTP/1.1 403"), "%s", refused.c_str());
        ck_assert(has(refused, "application/problem+json"));
        ck_assert(has(refused, "\"not_allowed\""));
        for (const char* ours : {"localhost:1", "127.0.0.1", "calls.example.org"})
            ck_assert(!get(ours).starts_with("HTTP/1.1 403"));
    }
    const std::string body = R"({"user_id":"root","name":"root"})";
    const std::string stolen =
        ask(server, "POST /api/webrtc/token HTTP/1.1\r\nHost: evil.example\r\n"
                    "Origin: http://evil.example\r\nContent-Type: application/json\r\n"
                    "Connection: close\r\nContent-Length: " +
                        std::to_string(body.size()) + "\r\n\r\n" + body);
    ck_assert_msg(stolen.starts_with("HTTP/1.1 403"), "%s", stolen.c_str());
    const RawClient socket(server);
    socket.upgrade("evil.example", ada.token());
    ck_assert(closes(socket.readAll(), 4403));
}

END_TEST

START_TEST(what_is_no_http_gets_a_problem) {
    const Server server;
    for (const char* text :
         {"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /healthz HTTP/1.1\r\n\r\n",
          "nonsense\r\n\r\n", "GET https://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n"}) {
        const std::string answer = ask(server, text);
        ck_assert_msg(has(answer, " 400 Bad Request"), "%s: %s", text, answer.c_str());
        ck_assert_msg(has(answer, "application/problem+json") && has(answer, "\"bad_request\""),
                      "%s: %s", text, answer.c_str());
    }
    // The refusal that was prepared is not in other answers.
    const std::string good =
        ask(server, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    ck_assert_msg(good.starts_with("HTTP/1.1 200") && !has(good, "problem"), "%s", good.c_str());
}

END_TEST

START_TEST(slow_requests_are_cut) {
    const Server server(Server::Variables{{"MULLION_SERVER_REQUEST_TIMEOUT", "1"}});
    const User ada(server, "ada");
    Device desk(server, ada.token());
    for (const char* start :
         {"", "GET /healthz HTTP/1.1\r\nHo",
          "POST /api/webrtc/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"}) {
        const gint64 before = g_get_monotonic_time();
        const std::string answer = ask(server, start);
        ck_assert_msg(!has(answer, "200 OK"), "%s", answer.c_str());
        ck_assert_int_ge(g_get_monotonic_time() - before, G_USEC_PER_SEC / 2);
    }
    // A WebSocket has come whole, however long it stays.
    ck_assert(desk.ask({{"type", "auth"}, {"access_token", ada.token()}})["type"] == "ack");
}

END_TEST

START_TEST(client_that_does_not_read_is_dropped) {
    const Server server;
    const User ada(server, "ada"), bob(server, "bob");
    const Json room =
        ada.post("/call/initiate", {{"participants", Json::array()}, {"open", true}}).body;
    const std::string id = room["id"];
    ck_assert_int_eq(bob.post("/call/" + id + "/join").status, 200);
    const RawClient deaf(server, 4096);
    deaf.upgrade("localhost", bob.token());
    const Device phone(server, bob.token());
    // Each may send 300 messages at once.
    std::vector<std::unique_ptr<Device>> desks;
    for (int i = 0; i < 10; ++i)
        desks.push_back(std::make_unique<Device>(server, ada.token()));
    const Json chat = {{"type", "chat:message"}, {"call_id", id}, {"text", std::string(4000, 'x')}};
    int sent = 0;
    while (metric(server, "mullion_slow_clients_total") == 0) {
        ck_assert_int_lt(sent, 2800);
        Device& desk = *desks[static_cast<std::size_t>(sent / 280)];
        for (int i = 0; i < 19; ++i)
            desk.send(chat);
        ck_assert(desk.ask(chat)["type"] == "ack");
        sent += 20;
    }
    const std::string bytes = deaf.readAll();
    ck_assert(closes(bytes, 4408));
    // Who reads has it all, and the other comes back.
    runUntil([&] { return phone.seq() >= sent; }, "every message");
    const auto start = bytes.find("\"session\":\"") + 11;
    const std::string session = bytes.substr(start, bytes.find('"', start) - start);
    Device back(server, bob.token());
    ck_assert(
        back.ask({{"type", "resume"}, {"session", session}, {"seq", phone.seq() - 1}})["type"] ==
        "ack");
    back.take("chat:message");
}

END_TEST

START_TEST(connections_are_counted) {
    const Server server(Server::Variables{{"MULLION_LIMITS_CONNECTIONS_PER_ADDRESS", "4"}});
    const User ada(server, "ada");
    // One of them asks.
    runUntil([&] { return openConnections(server) == 1; }, "no connection but ours");
    const Device desk(server, ada.token());
    const RawClient first(server);
    auto second = std::make_unique<RawClient>(server);
    runUntil([&] { return openConnections(server) == 4; }, "all places taken");
    std::vector<std::unique_ptr<RawClient>> more;
    runUntil(
        [&] {
            more.push_back(std::make_unique<RawClient>(server));
            return !openConnections(server);
        },
        "one too many is refused");
    // A place is free again when its connection goes, and a WebSocket keeps its own.
    second.reset();
    more.clear();
    runUntil([&] { return openConnections(server) == 3; }, "places left");
    ck_assert_int_ge(metric(server, "mullion_refused_connections_total"), 1);
}

END_TEST

START_TEST(connections_leave_no_memory_behind) {
    const Server server(Server::Variables{{"MULLION_LIMITS_REQUESTS_PER_ADDRESS", "0"}});
    const auto connect = [&server](int times) {
        for (int i = 0; i < times; ++i)
            ask(server, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        return residentMemory(server);
    };
    // The first ones fill what is kept for the next.
    const int before = connect(1000);
    const int grown = connect(4000) - before;
    // libsoup 3.2 leaks sockets, which were 1500 KiB here.
    ck_assert_int_lt(grown, 600);
}

END_TEST

START_TEST(devices_cannot_guess_tokens_for_ever) {
    const Server server(Server::Variables{{"MULLION_LIMITS_REFUSED_PER_ADDRESS", "1"}});
    const User ada(server, "ada");
    // With an origin, no hello is waited for.
    const auto code = [&](const std::string& token) {
        return Device(server, token, server.url()).closeCode();
    };
    int refused = 0;
    while (code("guess") == 4401)
        ck_assert_int_lt(++refused, 1000);
    // Bursts of ten, and more while the test takes its time.
    ck_assert_int_ge(refused, 10);
    ck_assert_int_eq(code(ada.token()), 4429);
}

END_TEST

int main() {
    return runSuite("doors", {foreign_names_are_refused, what_is_no_http_gets_a_problem,
                              slow_requests_are_cut, client_that_does_not_read_is_dropped,
                              connections_are_counted, connections_leave_no_memory_behind,
                              devices_cannot_guess_tokens_for_ever});
}
