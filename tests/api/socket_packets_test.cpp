// What clients of Engine.IO and Socket.IO may say, and what they may not.
#include <random>

#include "api/socketio/engine_packet.h"
#include "api/socketio/socket_packet.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::api;

namespace {

struct Good {
    const char* text;
    socketio::PacketType type;
    const char* nsp;
    /// Below 0: none.
    int id;
    const char* data;
};

using enum socketio::PacketType;

constexpr Good kGood[] = {
    {"0", Connect, "/", -1, "null"},
    {R"(0{"token":"a"})", Connect, "/", -1, R"({"token":"a"})"},
    {R"(0/admin,{"token":"a"})", Connect, "/admin", -1, R"({"token":"a"})"},
    {"0/admin,", Connect, "/admin", -1, "null"},
    {"0/admin", Connect, "/admin", -1, "null"},
    {"1", Disconnect, "/", -1, "null"},
    {"1/admin,", Disconnect, "/admin", -1, "null"},
    {R"(2["a"])", Event, "/", -1, R"(["a"])"},
    {R"(2["a",{"b":1}])", Event, "/", -1, R"(["a",{"b":1}])"},
    {R"(213["a",{}])", Event, "/", 13, R"(["a",{}])"},
    {R"(2/admin,7["a","/x,"])", Event, "/admin", 7, R"(["a","/x,"])"},
    {"312[]", Ack, "/", 12, "[]"},
    {R"(51-["a",{"_placeholder":true,"num":0}])", BinaryEvent, "/", -1, "null"},
    {R"(51-/admin,4["a"])", BinaryEvent, "/admin", 4, "null"},
    {R"(62-9[])", BinaryAck, "/", 9, "null"},
};

constexpr const char* kBad[] = {
    "",
    "7",
    "x",
    " 0",
    "0[]",
    "01",
    "0{",
    R"(0"token")",
    "1{}",
    "2",
    "2{}",
    "2[]",
    "2[1]",
    "2[[]]",
    "2[\"a\"",
    "2[\"a\"]]",
    "2[\"\xff\"]",
    "2-1[\"a\"]",
    "299999999999999999999[\"a\"]",
    R"(2/x y,["a"])",
    "2/x\x01,[\"a\"]",
    R"(2/,)",
    "3",
    "3[]",
    "3{}",
    R"(4{"message":"no"})",
    "5",
    R"(5["a"])",
    "6",
};

} // namespace

START_TEST(packets_of_clients_are_read) {
    for (const Good& row : kGood) {
        const auto packet = socketio::readPacket(row.text);
        ck_assert_msg(packet.ok(), "%s", row.text);
        ck_assert_msg(packet->type == row.type, "%s", row.text);
        ck_assert_str_eq(packet->nsp, row.nsp);
        ck_assert_msg(packet->id.has_value() == (row.id >= 0), "%s", row.text);
        if (packet->id) ck_assert_uint_eq(*packet->id, static_cast<unsigned>(row.id));
        ck_assert_str_eq(toText(packet->data), row.data);
    }
}

END_TEST

START_TEST(what_is_no_packet_is_refused) {
    for (const char* text : kBad)
        ck_assert_msg(!socketio::readPacket(text), "%s was taken", text);
    ck_assert(!socketio::readPacket("2/" + std::string(300, 'x') + ",[\"a\"]"));
    // What an attacker would send to break a parser that calls itself.
    ck_assert(!socketio::readPacket("2" + std::string(200'000, '[')));
}

END_TEST

START_TEST(packets_are_written) {
    ck_assert_str_eq(socketio::connectPacket("x"), R"(0{"sid":"x"})");
    ck_assert_str_eq(socketio::eventPacket("a", {{"b", 1}}), R"(2["a",{"b":1}])");
    ck_assert_str_eq(socketio::ackPacket(7, Json::object()), "37[{}]");
    ck_assert_str_eq(socketio::disconnectPacket(), "1");
    const Error error{ErrorCode::NotFound, "no such"};
    ck_assert_str_eq(socketio::connectErrorPacket("/", error),
                     R"(4{"data":{"code":"not_found"},"message":"no such"})");
    ck_assert_str_eq(socketio::connectErrorPacket("/b", error),
                     R"(4/b,{"data":{"code":"not_found"},"message":"no such"})");
    // Nothing that separates packets of a payload is in what was said.
    ck_assert(socketio::eventPacket("a", {{"text", "\x1e"}}).find('\x1e') == std::string::npos);
}

END_TEST

START_TEST(payloads_are_taken_apart) {
    const auto packets = engine::readPayload("40\x1e"
                                             "2\x1e"
                                             "4x\x1e"
                                             "bAAA=");
    ck_assert(packets.ok());
    ck_assert_uint_eq(packets->size(), 4);
    ck_assert((*packets)[0].type == engine::PacketType::Message && (*packets)[0].data == "0");
    ck_assert((*packets)[1].type == engine::PacketType::Ping && (*packets)[1].data.empty());
    ck_assert((*packets)[3].type == engine::PacketType::Binary);
    for (const char* body : {"", "\x1e", "40\x1e",
                             "\x1e"
                             "40",
                             "40\x1e\x1e"
                             "40",
                             "8", "hello"})
        ck_assert_msg(!engine::readPayload(body), "%s was taken", body);
    ck_assert_str_eq(engine::written(engine::PacketType::Pong, "probe"), "3probe");
}

END_TEST

START_TEST(garbage_does_no_harm) {
    // The same each time, so that what fails once fails again.
    std::minstd_rand random(7);
    const std::string pieces = R"(0123456b/,-[]{}":\a)"
                               "\x1e\xff";
    for (int i = 0; i < 200'000; ++i) {
        std::string text;
        for (auto length = random() % 24; length > 0; --length)
            text += pieces[random() % pieces.size()];
        const auto packets = engine::readPayload(text);
        if (!packets) continue;
        for (const auto& packet : *packets)
            if (const auto read = socketio::readPacket(packet.data))
                ck_assert(read->nsp.starts_with('/'));
    }
}

END_TEST

int main() {
    return test::runSuite("socket packets",
                          {packets_of_clients_are_read, what_is_no_packet_is_refused,
                           packets_are_written, payloads_are_taken_apart, garbage_does_no_harm});
}
