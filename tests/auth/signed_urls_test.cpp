// What a signature in a URL is good for, and every way to make it good for more.
#include "src/auth/signed_urls.h"

#include <string>
#include <vector>

#include "tests/support/suite.h"

using namespace mullion;

namespace {

constexpr const char* kPath = "/api/webrtc/call/c1/snapshot.jpg";
const Timestamp kNow{std::chrono::hours(500'000)};
const Timestamp kLater = kNow + std::chrono::minutes(15);

const SignedUrls& urls() {
    static const SignedUrls urls("a secret of enough bytes");
    return urls;
}

Principal user(const std::string& id) {
    return {id, id, Scope::User, {}, kNow + std::chrono::hours(1)};
}

std::string signedFor(const Principal& who, const std::string& path = kPath) {
    return urls().sign(path, who, kLater);
}

bool isGood(const std::string& path, const std::string& signature, Timestamp at = kNow) {
    return urls().verify(path, signature, at).ok();
}

/// The parts between the dots.
std::vector<std::string> parts(const std::string& signature) {
    std::vector<std::string> parts(1);
    for (const char c : signature)
        if (c == '.')
            parts.emplace_back();
        else
            parts.back() += c;
    return parts;
}

void expectForged(const std::string& path, const std::string& signature) {
    const auto who = urls().verify(path, signature, kNow);
    ck_assert_msg(!who.ok(), "%s is let in at %s", signature.c_str(), path.c_str());
    ck_assert(who.error().code == ErrorCode::Unauthenticated);
    ck_assert_str_eq(who.error().message, "the signature in `sig` is not for this address");
}

} // namespace

START_TEST(signature_lets_its_user_in) {
    // Every length of id, so that every kind of base64 is there.
    for (const std::string& id : {std::string("a"), std::string("u1"), std::string("ada"),
                                  std::string("a.b_c:d@e-f"), std::string(128, 'z')}) {
        const auto who = urls().verify(kPath, signedFor(user(id)), kNow);
        ck_assert_msg(who.ok(), "%s", id.c_str());
        ck_assert_str_eq(who->userId, id);
        ck_assert(!who->isPrivileged() && who->roles.empty());
        ck_assert(who->expiresAt == kLater);
    }
    ck_assert_uint_eq(parts(signedFor(user("ada"))).size(), 3);
}

END_TEST

START_TEST(service_signs_without_a_user) {
    Principal service = user("service:backend");
    for (const Scope scope : {Scope::Service, Scope::Admin}) {
        service.scope = scope;
        const std::string signature = signedFor(service);
        ck_assert_uint_eq(parts(signature).size(), 2);
        // An admin's signature makes nobody an admin.
        ck_assert(urls().verify(kPath, signature, kNow)->scope == Scope::Service);
    }
}

END_TEST

START_TEST(signature_expires_by_itself_or_with_the_token) {
    const std::string signature = signedFor(user("ada"));
    ck_assert(isGood(kPath, signature, kLater - std::chrono::milliseconds(1)));
    for (const Timestamp at : {kLater, kLater + std::chrono::hours(1)}) {
        const auto who = urls().verify(kPath, signature, at);
        ck_assert(!who.ok() && who.error().code == ErrorCode::Unauthenticated);
        ck_assert_str_eq(who.error().message, "the signature in `sig` has expired");
    }
    // What is forged as well is not said to have been good once.
    const auto forged = urls().verify("/other", signature, kLater);
    ck_assert_str_eq(forged.error().message, "the signature in `sig` is not for this address");
    Principal brief = user("ada");
    brief.expiresAt = kNow + std::chrono::seconds(5);
    ck_assert(urls().verify(kPath, signedFor(brief), kNow)->expiresAt == brief.expiresAt);
    brief.expiresAt = Timestamp(std::chrono::seconds(-5));
    ck_assert(!isGood(kPath, signedFor(brief)));
}

END_TEST

START_TEST(signature_is_for_one_path) {
    const std::string signature = signedFor(user("ada"));
    for (const char* path : {
             "/api/webrtc/call/c2/snapshot.jpg",
             "/api/webrtc/call/c1/snapshot",
             "/api/webrtc/call/c1/snapshot.jpg/",
             "/api/webrtc/call/c1/snapshot.jpg/more",
             "/api/webrtc/call//c1/snapshot.jpg",
             "/api/webrtc/call/c1/./snapshot.jpg",
             "/api/webrtc/call/c1/snapshot%2ejpg",
             "/api/webrtc/call/%63%31/snapshot.jpg",
             "/API/webrtc/call/c1/snapshot.jpg",
             "/api/webrtc/call/c1/",
             "/api/webrtc/call/c1",
             "/",
             "",
         })
        expectForged(path, signature);
}

END_TEST

START_TEST(altered_signatures_are_refused) {
    const auto good = parts(signedFor(user("ada")));
    const auto other = parts(signedFor(user("bob")));
    const auto service = parts(signedFor([] {
        Principal who = user("backend");
        who.scope = Scope::Service;
        return who;
    }()));
    const std::string longer = std::to_string(std::stoll(good[0]) + 1);
    std::string flipped = good[2];
    flipped[10] = flipped[10] == 'A' ? 'B' : 'A';
    // The last character of 32 bytes' base64 has two bits that say nothing.
    std::string respelt = good[2];
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    respelt.back() = alphabet[alphabet.find(respelt.back()) + 1];
    for (const std::string& forged : std::vector<std::string>{
             longer + '.' + good[1] + '.' + good[2],
             '0' + good[0] + '.' + good[1] + '.' + good[2],
             '+' + good[0] + '.' + good[1] + '.' + good[2],
             "-1." + good[1] + '.' + good[2],
             "9999999999999." + good[1] + '.' + good[2],
             '.' + good[1] + '.' + good[2],
             good[0] + '.' + other[1] + '.' + good[2],
             good[0] + '.' + good[1] + "=." + good[2],
             good[0] + '.' + good[1] + '.' + other[2],
             // A user's is not a service's, nor the other way round.
             good[0] + '.' + good[2],
             good[0] + ".." + good[2],
             service[0] + ".." + service[1],
             service[0] + '.' + good[1] + '.' + service[1],
             good[0] + '.' + good[1] + '.' + flipped,
             good[0] + '.' + good[1] + '.' + respelt,
             good[0] + '.' + good[1] + '.' + good[2] + '=',
             good[0] + '.' + good[1] + '.' + good[2] + 'A',
             good[0] + '.' + good[1] + '.' + good[2].substr(0, 42),
             good[0] + '.' + good[1] + '.',
             good[0] + '.' + good[1] + '.' + good[2] + '.' + good[2],
             good[0] + '.' + good[1],
             good[0],
             "",
             ".",
             "..",
             "...",
             "no base64 at all: \x01\xff",
             good[0] + ".{}.{}",
             std::string(100'000, '1'),
             good[0] + '.' + std::string(100'000, 'A') + '.' + good[2],
             good[0] + '.' + good[1] + '.' + std::string(100'000, 'A'),
         })
        expectForged(kPath, forged);
    // A path that ends with what another's signature begins with.
    expectForged(std::string("/x\n") + kPath, good[0] + '.' + good[1] + '.' + good[2]);
    expectForged('/' + std::string(100'000, 'a'), good[0] + '.' + good[1] + '.' + good[2]);
}

END_TEST

START_TEST(another_secret_signs_otherwise) {
    const SignedUrls same("a secret of enough bytes"), other("a secret of enough byteS");
    const std::string signature = signedFor(user("ada"));
    ck_assert(same.verify(kPath, signature, kNow).ok());
    ck_assert(!other.verify(kPath, signature, kNow).ok());
}

END_TEST

START_TEST(slash_at_the_end_covers_what_is_below) {
    const std::string signature = signedFor(user("ada"), "/api/webrtc/hls/b1/");
    for (const char* path : {"/api/webrtc/hls/b1/", "/api/webrtc/hls/b1/index.m3u8",
                             "/api/webrtc/hls/b1/720p/seg-00001.m4s"})
        ck_assert_msg(isGood(path, signature), "%s", path);
    for (const char* path : {
             "/api/webrtc/hls/b1",
             "/api/webrtc/hls/b2/index.m3u8",
             "/api/webrtc/hls/b1x/index.m3u8",
             "/api/webrtc/hls/b1/../b2/index.m3u8",
             "/api/webrtc/hls/b1/%2e%2e/b2/index.m3u8",
             "/api/webrtc/hls/b1/%2E./b2/index.m3u8",
             "/api/webrtc/hls/b1/..%2fb2/index.m3u8",
             "/api/webrtc/hls/b1/..%5cb2/index.m3u8",
             "/api/webrtc/hls/b1/..\\b2/index.m3u8",
             "/api/webrtc/hls/b1/./index.m3u8",
             "/api/webrtc/hls/b1//index.m3u8",
             "/api/webrtc/hls/b1/720p/",
             "/api/webrtc/hls/b1/a;b",
             "/api/webrtc/hls/b1/a%20b",
             "/api/webrtc/hls/b1/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
         })
        expectForged(path, signature);
}

END_TEST

int main() {
    return test::runSuite("signed urls",
                          {signature_lets_its_user_in, service_signs_without_a_user,
                           signature_expires_by_itself_or_with_the_token, signature_is_for_one_path,
                           altered_signatures_are_refused, another_secret_signs_otherwise,
                           slash_at_the_end_covers_what_is_below});
}
