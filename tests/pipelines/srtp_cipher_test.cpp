#include "pipelines/leg/srtp_cipher.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/pipelines/through_element.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

Bytes fromHex(std::string_view hex) {
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(
            static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    return bytes;
}

/// RFC 3711, B.3: a master key and its salt.
const Bytes kMaster = fromHex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");

std::unique_ptr<SrtpCipher> newCipher() {
    auto cipher = SrtpCipher::create(kMaster);
    ck_assert(cipher.ok());
    return std::move(*cipher);
}

/// With the tag behind it.
Bytes protect(SrtpCipher& cipher, Bytes packet) {
    const std::size_t size = packet.size();
    packet.resize(size + SrtpCipher::kTag);
    ck_assert(cipher.protect({packet.data(), size}));
    return packet;
}

/// What is in a packet; nothing where it is refused.
Bytes unprotect(SrtpCipher& cipher, Bytes packet) {
    packet.resize(cipher.unprotect(packet));
    return packet;
}

Bytes packetOf(std::uint16_t number, std::uint32_t ssrc = 0xcafebabe) {
    Bytes packet = fromHex("8060");
    packet.push_back(static_cast<std::uint8_t>(number >> 8));
    packet.push_back(static_cast<std::uint8_t>(number));
    packet.resize(8);
    for (int shift = 24; shift >= 0; shift -= 8)
        packet.push_back(static_cast<std::uint8_t>(ssrc >> shift));
    for (int i = 0; i < 100; ++i)
        packet.push_back(static_cast<std::uint8_t>(number + i));
    return packet;
}

/// What libsrtp makes of protected packets, as srtpdec has it.
std::vector<Bytes> unprotect(const std::vector<Bytes>& packets) {
    std::string hex;
    for (const std::uint8_t byte : kMaster) {
        constexpr const char* kDigits = "0123456789abcdef";
        hex += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    const std::string caps =
        "application/x-srtp,payload=96,ssrc=(uint)3405691582,roc=(uint)0,srtp-key=(buffer)" + hex +
        ",srtp-cipher=aes-128-icm,srtp-auth=hmac-sha1-80,srtcp-cipher=aes-128-icm,"
        "srtcp-auth=hmac-sha1-80";
    return throughElement("srtpdec", {{"replay-window-size", "1024"}}, caps, packets);
}

} // namespace

/// libsrtp's own vector (srtp_driver.c, srtp_validate), which is of these keys.
START_TEST(packet_is_protected_as_by_others) {
    const auto cipher = newCipher();
    const Bytes packet = fromHex("800f1234decafbadcafebabeabababababababababababababababab");
    const Bytes expected = fromHex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402"
                                   "b78d6acc99ea179b8dbb");
    ck_assert(protect(*cipher, packet) == expected);
}

END_TEST

START_TEST(numbers_that_roll_over_are_decrypted_by_libsrtp) {
    const auto cipher = newCipher();
    std::vector<Bytes> plain;
    std::vector<Bytes> sent;
    // Past 65535 three times; some are sent again or out of order, also around it.
    std::uint16_t number = 65'000;
    for (int i = 0; i < 3 * 1200; ++i) {
        plain.push_back(packetOf(number));
        if (i % 100 == 99) std::swap(plain[plain.size() - 1], plain[plain.size() - 2]);
        number = static_cast<std::uint16_t>(number + (i % 1200 < 1000 ? 1 : 300));
    }
    for (const Bytes& packet : plain)
        sent.push_back(protect(*cipher, packet));
    const auto received = unprotect(sent);
    ck_assert_uint_eq(received.size(), plain.size());
    ck_assert(received == plain);
}

END_TEST

START_TEST(each_source_has_its_own_numbers) {
    const auto both = newCipher();
    const auto one = newCipher();
    for (const std::uint16_t number : {65'534, 65'535, 0, 1}) {
        const Bytes expected = protect(*one, packetOf(number));
        protect(*both, packetOf(30'000, 7));
        ck_assert(protect(*both, packetOf(number)) == expected);
    }
}

END_TEST

START_TEST(header_with_sources_and_extension_stays_readable) {
    const auto cipher = newCipher();
    // One source, an extension of one word.
    Bytes packet = fromHex("91600001000000000000000700000001bede000110000000");
    const std::size_t header = packet.size();
    packet.resize(header + 40, 0x55);
    const Bytes sent = protect(*cipher, packet);
    ck_assert(std::equal(packet.begin(), packet.begin() + header, sent.begin()));
    ck_assert(!std::equal(packet.begin() + header, packet.end(), sent.begin() + header));
}

END_TEST

START_TEST(packet_of_others_is_opened) {
    const auto cipher = newCipher();
    const Bytes sent = fromHex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402"
                               "b78d6acc99ea179b8dbb");
    const Bytes expected = fromHex("800f1234decafbadcafebabeabababababababababababababababab");
    ck_assert(unprotect(*cipher, sent) == expected);
}

END_TEST

START_TEST(numbers_that_roll_over_are_opened_out_of_order) {
    const auto sender = newCipher();
    const auto receiver = newCipher();
    std::uint16_t number = 65'400;
    // Past 65535 three times; each hundred come from the last to the first, some are lost.
    for (int group = 0; group < 1400; ++group) {
        std::vector<Bytes> plain;
        std::vector<Bytes> sent;
        for (int i = 0; i < 100; ++i) {
            plain.push_back(packetOf(number++));
            sent.push_back(protect(*sender, plain.back()));
        }
        for (std::size_t i = sent.size(); i-- > 0;)
            if (group % 7 != 0 || i % 10 != 0)
                ck_assert_msg(unprotect(*receiver, sent[i]) == plain[i], "%d, %zu", group, i);
    }
}

END_TEST

START_TEST(packet_that_has_come_is_refused) {
    const auto sender = newCipher();
    const auto receiver = newCipher();
    std::vector<Bytes> sent;
    for (std::uint16_t number = 100; number < 600; ++number)
        sent.push_back(protect(*sender, packetOf(number)));
    for (std::size_t i = 0; i < sent.size(); ++i) {
        if (i == 490) continue;
        ck_assert(!unprotect(*receiver, sent[i]).empty());
        ck_assert_msg(unprotect(*receiver, sent[i]).empty(), "packet %zu comes again", i);
    }
    // Never seen, and late by less than the window; then again, and one that is out of it.
    ck_assert(!unprotect(*receiver, sent[490]).empty());
    ck_assert(unprotect(*receiver, sent[490]).empty());
    const auto late = newCipher();
    ck_assert(!unprotect(*late, sent[499]).empty());
    ck_assert(unprotect(*late, sent[499 - 256]).empty());
    ck_assert(!unprotect(*late, sent[499 - 255]).empty());
}

END_TEST

START_TEST(packet_that_was_changed_is_refused_and_moves_nothing) {
    const auto sender = newCipher();
    const auto receiver = newCipher();
    const Bytes first = protect(*sender, packetOf(1));
    for (std::size_t i = 0; i < first.size(); ++i) {
        Bytes changed = first;
        changed[i] ^= 0x10;
        ck_assert_msg(unprotect(*receiver, changed).empty(), "byte %zu", i);
    }
    ck_assert(unprotect(*receiver, first) == packetOf(1));
    // A number far ahead would push the window past all that comes.
    Bytes forged = protect(*sender, packetOf(2));
    forged[2] = 0x70;
    ck_assert(unprotect(*receiver, forged).empty());
    ck_assert(unprotect(*receiver, protect(*sender, packetOf(3))) == packetOf(3));
}

END_TEST

START_TEST(sources_are_not_taken_without_end) {
    const auto theirs = newCipher();
    const auto ours = newCipher();
    int taken = 0;
    for (std::uint32_t ssrc = 1; ssrc <= 1000; ++ssrc)
        taken += !unprotect(*ours, protect(*theirs, packetOf(1, ssrc))).empty();
    ck_assert_int_eq(taken, 256);
    ck_assert(!unprotect(*ours, protect(*theirs, packetOf(2, 1))).empty());
}

END_TEST

START_TEST(what_is_no_packet_is_left_alone) {
    const auto cipher = newCipher();
    for (const char* hex : {"", "80", "0060000100000000000000070000", "8f600001000000000000000700",
                            "90600001000000000000000700", "906000010000000000000007bedeffff00"}) {
        Bytes packet = fromHex(hex);
        const Bytes before = packet;
        packet.reserve(packet.size() + SrtpCipher::kTag);
        ck_assert_msg(!cipher->protect(packet), "%s", hex);
        ck_assert(packet == before);
        packet.resize(packet.size() + SrtpCipher::kTag);
        ck_assert_msg(unprotect(*cipher, packet).empty(), "%s", hex);
    }
    ck_assert(unprotect(*cipher, fromHex("8060")).empty());
    ck_assert(!SrtpCipher::create(Bytes(29)).ok());
}

END_TEST

int main() {
    return test::runSuite(
        "pipelines srtp_cipher",
        {packet_is_protected_as_by_others, numbers_that_roll_over_are_decrypted_by_libsrtp,
         each_source_has_its_own_numbers, header_with_sources_and_extension_stays_readable,
         packet_of_others_is_opened, numbers_that_roll_over_are_opened_out_of_order,
         packet_that_has_come_is_refused, packet_that_was_changed_is_refused_and_moves_nothing,
         sources_are_not_taken_without_end, what_is_no_packet_is_left_alone});
}
