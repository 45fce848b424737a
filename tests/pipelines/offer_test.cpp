#include "pipelines/sdp/offer.h"

#include "pipelines/sdp/candidate.h"
#include <glib.h>

#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::sdp;

namespace {

const std::string kFingerprint =
    "sha-256 01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:"
    "89:AB:CD:EF";

const std::string kSession = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

const std::string kTransport =
    "c=IN IP4 0.0.0.0\r\na=rtcp-mux\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
    "a=fingerprint:" +
    kFingerprint + "\r\na=setup:actpass\r\n";

const std::string kAudio = "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\n" + kTransport +
                           "a=mid:0\r\na=sendrecv\r\na=rtpmap:111 opus/48000/2\r\n"
                           "a=rtpmap:0 PCMU/8000\r\na=ssrc:11 cname:me\r\n"
                           "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
                           "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n";

const std::string kVideo =
    "m=video 9 UDP/TLS/RTP/SAVPF 98 96 97\r\n" + kTransport +
    "a=mid:1\r\na=sendrecv\r\na=rtpmap:98 H264/90000\r\na=rtpmap:96 VP8/90000\r\n"
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=ssrc:21 cname:me\r\na=ssrc:22 cname:me\r\n"
    "a=ssrc-group:FID 21 22\r\na=extmap:3 "
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
    "a=candidate:1 1 udp 2130706431 192.0.2.7 50000 typ host\r\n"
    "a=candidate:2 1 udp 2130706431 6f1b.local 50001 typ host\r\n";

const std::string kData = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" + kTransport +
                          "a=mid:d\r\na=sctp-port:5000\r\n";

std::string offerText() {
    return kSession + "a=group:BUNDLE 0 1 d\r\n" + kAudio + kVideo + kData;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

START_TEST(offer_is_reduced_to_what_the_call_uses) {
    const auto offer = Offer::parse(offerText());
    ck_assert_msg(offer.ok(), "%s", offer.ok() ? "" : offer.error().message.c_str());
    const auto accepted = offer->accepted();
    ck_assert_int_eq(accepted.size(), 2);
    ck_assert_int_eq(accepted[0]->payload, 111);
    ck_assert_int_eq(accepted[1]->payload, 96);
    ck_assert_int_eq(accepted[1]->rtxPayload, 97);
    ck_assert_int_eq(accepted[1]->transportCcExtension, 3);
    ck_assert_int_eq(offer->candidates().size(), 1);
    const std::string narrowed = offer->narrowed();
    ck_assert(contains(narrowed, "a=group:BUNDLE 0 1\r\n"));
    ck_assert(contains(narrowed, "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"));
    ck_assert(contains(narrowed, "a=ssrc-group:FID 21 22\r\n"));
    for (const char* gone : {"H264", "PCMU", "application", "audio-level", "candidate"})
        ck_assert_msg(!contains(narrowed, gone), "%s is left", gone);
    // What was narrowed is an offer itself.
    ck_assert(Offer::parse(narrowed).ok());
}

END_TEST

START_TEST(codec_is_what_the_client_likes_best_and_we_speak) {
    struct Row {
        const char* what;
        const char* formats;
        const char* parameters;
        int payload;
        VideoCodec codec;
    };

    const Row rows[] = {
        {"VP8 first", "96 98", "packetization-mode=1;profile-level-id=42e01f", 96, VideoCodec::Vp8},
        {"H.264 first", "98 96", "packetization-mode=1;profile-level-id=42e01f", 98,
         VideoCodec::H264},
        {"plain baseline", "98 96",
         "level-asymmetry-allowed=1; profile-level-id=42001f; "
         "packetization-mode=1",
         98, VideoCodec::H264},
        {"high profile", "98 96", "packetization-mode=1;profile-level-id=640c1f", 96,
         VideoCodec::Vp8},
        {"one NAL unit a packet", "98 96", "packetization-mode=0;profile-level-id=42e01f", 96,
         VideoCodec::Vp8},
        {"no parameters", "98 96", "x=1", 96, VideoCodec::Vp8},
        {"broken profile", "98 96", "packetization-mode=1;profile-level-id=42e0\"x", 96,
         VideoCodec::Vp8},
    };
    for (const Row& row : rows) {
        const auto offer = Offer::parse(replaced(
            replaced(offerText(), "98 96 97", std::string(row.formats) + " 97"), "a=rtpmap:97",
            std::string("a=fmtp:98 ") + row.parameters + "\r\na=rtpmap:97"));
        ck_assert_msg(offer.ok(), "%s", row.what);
        const sdp::Media& camera = *offer->accepted()[1];
        ck_assert_msg(camera.payload == row.payload, "%s: payload %d", row.what, camera.payload);
        ck_assert_msg(camera.codec == row.codec, "%s: %s", row.what, name(camera.codec));
        const std::string narrowed = offer->narrowed();
        ck_assert_msg(contains(narrowed, "a=fmtp:98 ") == (row.codec == VideoCodec::H264), "%s",
                      row.what);
        // The answer names the profile, whatever webrtcbin made of it.
        const auto answer = offer->completeAnswer(replaced(narrowed, "actpass", "active"));
        ck_assert_msg(answer.ok(), "%s", row.what);
        if (row.codec == VideoCodec::H264)
            ck_assert_msg(contains(*answer, "packetization-mode=1;profile-level-id=42"), "%s",
                          answer->c_str());
    }
}

END_TEST

START_TEST(refused_lines_return_in_the_answer) {
    const auto offer = Offer::parse(offerText());
    const std::string answer = kSession + "a=group:BUNDLE 0 1\r\n" + kAudio + kVideo;
    const auto complete = offer->completeAnswer(answer);
    ck_assert(complete.ok());
    ck_assert(contains(*complete, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
    ck_assert(contains(*complete, "a=mid:d\r\n"));
    ck_assert(!offer->completeAnswer(kSession + kAudio).ok());
}

END_TEST

START_TEST(other_shapes_are_taken) {
    struct Row {
        const char* what;
        std::string text;
        std::size_t accepted;
    };

    const Row rows[] = {
        {"audio only", kSession + "a=group:BUNDLE 0\r\n" + kAudio, 1},
        {"receive only", replaced(offerText(), "a=sendrecv", "a=recvonly"), 2},
        {"send only", replaced(offerText(), "a=sendrecv", "a=sendonly"), 2},
        {"a line that the client rejected", replaced(offerText(), "m=video 9", "m=video 0"), 1},
        {"a line that is bundle-only",
         replaced(offerText(), "m=video 9 UDP/TLS/RTP/SAVPF 98 96 97\r\n",
                  "m=video 0 UDP/TLS/RTP/SAVPF 98 96 97\r\na=bundle-only\r\n"),
         2},
        {"an inactive line",
         replaced(offerText(), "a=mid:1\r\na=sendrecv", "a=mid:1\r\na=inactive"), 1},
        {"session-level transport",
         kSession +
             "a=group:BUNDLE 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
             "a=setup:actpass\r\na=fingerprint:" +
             kFingerprint +
             "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtcp-mux\r\n"
             "a=rtpmap:111 OPUS/48000/2\r\n",
         1},
    };
    for (const Row& row : rows) {
        const auto offer = Offer::parse(row.text);
        ck_assert_msg(offer.ok(), "%s: %s", row.what,
                      offer.ok() ? "" : offer.error().message.c_str());
        ck_assert_msg(offer->accepted().size() == row.accepted, "%s", row.what);
    }
}

END_TEST

START_TEST(a_transport_a_line_is_narrowed_to_the_first) {
    const std::string video = replaced(replaced(kVideo, "ice-ufrag:abcd", "ice-ufrag:efgh"),
                                       "0123456789012345678901", "9876543210987654321098");
    const std::string audio =
        kAudio + "a=candidate:1 1 udp 2130706431 192.0.2.7 40000 typ host\r\n";
    const auto offer = Offer::parse(kSession + "a=group:BUNDLE 0 1\r\n" + audio + video);
    ck_assert_msg(offer.ok(), "%s", offer.ok() ? "" : offer.error().message.c_str());
    ck_assert_int_eq(offer->accepted().size(), 2);
    const std::string narrowed = offer->narrowed();
    ck_assert_msg(!contains(narrowed, "efgh") && !contains(narrowed, "98765432"), "%s",
                  narrowed.c_str());
    ck_assert_int_eq(offer->candidates().size(), 1);
    ck_assert(contains(offer->candidates()[0].candidate, " 40000 "));
}

END_TEST

START_TEST(broken_offers_are_refused) {
    const std::string good = offerText();

    struct Row {
        const char* what;
        std::string text;
        ErrorCode code;
    };

    const Row rows[] = {
        {"nothing", "", ErrorCode::BadRequest},
        {"no SDP", "hello", ErrorCode::BadRequest},
        {"no lines", kSession, ErrorCode::BadRequest},
        {"NUL", good + std::string(1, '\0'), ErrorCode::BadRequest},
        {"not UTF-8", good + "a=\xff\xfe\r\n", ErrorCode::BadRequest},
        {"too long", good + std::string(300 * 1024, 'a'), ErrorCode::TooLarge},
        {"unknown mid in BUNDLE", replaced(good, "BUNDLE 0 1 d", "BUNDLE 0 1 d x"),
         ErrorCode::BadRequest},
        {"BUNDLE without a line", replaced(good, "BUNDLE 0 1 d", "BUNDLE 0"),
         ErrorCode::BadRequest},
        {"BUNDLE twice the same", replaced(good, "BUNDLE 0 1 d", "BUNDLE 0 0 1"),
         ErrorCode::BadRequest},
        {"a payload type for two codecs", replaced(replaced(good, "111", "96"), "96 0", "96 0"),
         ErrorCode::BadRequest},
        {"a payload type that is not dynamic", replaced(good, "111", "72"), ErrorCode::BadRequest},
        {"two lines with one ssrc", replaced(good, "ssrc:21", "ssrc:11"), ErrorCode::BadRequest},
        {"an ssrc of 0", replaced(good, "ssrc:11", "ssrc:0"), ErrorCode::BadRequest},
        {"an ssrc that is no number", replaced(good, "ssrc:11", "ssrc:abc"), ErrorCode::BadRequest},
        {"differing setup",
         replaced(good, "a=setup:actpass\r\na=mid:1", "a=setup:active\r\na=mid:1"),
         ErrorCode::BadRequest},
        {"two BUNDLE groups",
         replaced(good, "a=group:BUNDLE 0 1 d\r\n", "a=group:BUNDLE 0\r\na=group:BUNDLE 1\r\n"),
         ErrorCode::BadRequest},
        {"no BUNDLE", replaced(good, "a=group:BUNDLE 0 1 d\r\n", ""), ErrorCode::BadRequest},
        {"no mid", replaced(good, "a=mid:1\r\n", ""), ErrorCode::BadRequest},
        {"same mid", replaced(good, "a=mid:1\r\n", "a=mid:0\r\n"), ErrorCode::BadRequest},
        {"strange mid", replaced(good, "a=mid:1\r\n", "a=mid:1 2\r\n"), ErrorCode::BadRequest},
        {"no ufrag", replaced(good, "a=ice-ufrag:abcd\r\n", ""), ErrorCode::BadRequest},
        {"short password", replaced(good, "0123456789012345678901", "0123"), ErrorCode::BadRequest},
        {"no fingerprint", replaced(good, "a=fingerprint:" + kFingerprint + "\r\n", ""),
         ErrorCode::BadRequest},
        {"short fingerprint", replaced(good, ":AB:CD:EF\r\n", "\r\n"), ErrorCode::BadRequest},
        {"weak hash", replaced(good, "sha-256", "sha-1"), ErrorCode::BadRequest},
        {"fingerprint not hexadecimal", replaced(good, "01:23", "0x:23"), ErrorCode::BadRequest},
        {"no setup", replaced(good, "a=setup:actpass\r\n", ""), ErrorCode::BadRequest},
        {"holdconn", replaced(good, "actpass", "holdconn"), ErrorCode::BadRequest},
        {"no rtcp-mux", replaced(good, "a=rtcp-mux\r\n", ""), ErrorCode::BadRequest},
        {"plain RTP", replaced(good, "UDP/TLS/RTP/SAVPF", "RTP/AVP"), ErrorCode::BadRequest},
        {"no VP8", replaced(good, "VP8/90000", "VP9/90000"), ErrorCode::UnsupportedMedia},
        {"no Opus", replaced(good, "opus/48000/2", "G722/8000"), ErrorCode::UnsupportedMedia},
        {"broken candidate", replaced(good, "2130706431 192", "x 192"), ErrorCode::BadRequest},
        {"data alone", kSession + "a=group:BUNDLE d\r\n" + kData, ErrorCode::BadRequest},
    };
    for (const Row& row : rows) {
        const auto offer = Offer::parse(row.text);
        ck_assert_msg(!offer.ok(), "%s was taken", row.what);
        ck_assert_msg(offer.error().code == row.code, "%s: %s", row.what,
                      offer.error().message.c_str());
    }
}

END_TEST

START_TEST(many_attributes_take_no_time) {
    std::string text = "v=0\r\n";
    while (text.size() < 60 * 1024)
        text += "a=group:x\r\n";
    const auto before = g_get_monotonic_time();
    for (int i = 0; i < 20; ++i)
        ck_assert(!Offer::parse(text + kAudio).ok());
    // Quadratic work takes a hundred times as long; the bound is for busy machines.
    ck_assert_int_lt(g_get_monotonic_time() - before, 20 * G_USEC_PER_SEC);
}

END_TEST

START_TEST(truncated_and_mangled_offers_do_no_harm) {
    const std::string good = offerText();
    for (std::size_t length = 0; length < good.size(); ++length)
        (void)Offer::parse(good.substr(0, length));
    unsigned seed = 1;
    for (int round = 0; round < 5000; ++round) {
        std::string text = good;
        for (int change = 0; change < 4; ++change) {
            seed = seed * 1664525 + 1013904223;
            text[(seed >> 8) % text.size()] = static_cast<char>(seed >> 24);
        }
        const auto offer = Offer::parse(text);
        if (offer) ck_assert(Offer::parse(offer->narrowed()).ok());
    }
}

END_TEST

START_TEST(candidates_are_checked) {
    const auto good = checkCandidate(
        "candidate:842163049 1 UDP 1677729535 203.0.113.5 46154 typ srflx raddr 10.0.0.17 "
        "rport 46154 generation 0 ufrag EEtu network-cost 999");
    ck_assert(good.ok() && *good);
    ck_assert((*good)->starts_with("candidate:842163049 1 udp 1677729535 203.0.113.5 46154 typ"));
    for (const char* useless : {"candidate:1 1 udp 1 7d1f5e6c-1.local 5000 typ host",
                                "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active",
                                "candidate:1 2 udp 1 192.0.2.1 5000 typ host"}) {
        const auto candidate = checkCandidate(useless);
        ck_assert_msg(candidate.ok() && !*candidate, "%s", useless);
    }
    for (const char* broken :
         {"", "candidate:", "hello", "candidate:1 1 udp x 192.0.2.1 5000 typ host",
          "candidate:1 1 udp 1 192.0.2.1 99999 typ host",
          "candidate:1 1 udp 1 192.0.2.1 5000 type host",
          "candidate:1 1 udp 1 192.0.2.1 5000 typ strange",
          "candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\na=x",
          "candidate:1\n1 udp 1 192.0.2.1 5000 typ host"})
        ck_assert_msg(!checkCandidate(broken).ok(), "%s", broken);
    ck_assert(
        !checkCandidate("candidate:1 1 udp 1 192.0.2.1 5000 typ host " + std::string(600, 'x'))
             .ok());
}

END_TEST

int main() {
    return test::runSuite("pipelines.offer",
                          {offer_is_reduced_to_what_the_call_uses,
                           codec_is_what_the_client_likes_best_and_we_speak,
                           refused_lines_return_in_the_answer, other_shapes_are_taken,
                           a_transport_a_line_is_narrowed_to_the_first, broken_offers_are_refused,
                           many_attributes_take_no_time, truncated_and_mangled_offers_do_no_harm,
                           candidates_are_checked});
}
