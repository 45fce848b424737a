// Who comes in, and how often.
#include "api/gate.h"
#include "tests/support/suite.h"

using namespace mullion;

namespace {

std::unique_ptr<Tokens> makeTokens() {
    auto tokens = Tokens::create({"", "a secret of enough bytes"});
    return std::move(*tokens);
}

struct World {
    explicit World(api::Gate::Options options)
        : gate(std::move(options), *tokens, keys, urls) {}

    api::Request request(const std::string& token, const std::string& address = "192.0.2.1") const {
        api::Request made;
        made.address = address;
        if (!token.empty()) made.headers["authorization"] = "Bearer " + token;
        return made;
    }

    static Principal holder(const char* user, Scope scope = Scope::User) {
        return {user, user, scope, {}, now() + std::chrono::hours(1)};
    }

    std::string tokenOf(const char* user) const { return *tokens->issue(holder(user)); }

    api::Request signedRequest(const Principal& who, const std::string& path = "/p") const {
        api::Request made = request("");
        made.method = "GET";
        made.path = path;
        made.query["sig"] = urls.sign("/p", who, now() + std::chrono::minutes(1));
        return made;
    }

    std::unique_ptr<Tokens> tokens = makeTokens();
    ApiKeys::Made service = *ApiKeys::make("backend", Scope::Service);
    ApiKeys keys = *ApiKeys::parse(service.line);
    SignedUrls urls = SignedUrls("a secret of enough bytes");
    api::Gate gate;
};

ErrorCode codeOf(const Result<Principal>& who) {
    ck_assert(!who.ok());
    return who.error().code;
}

} // namespace

START_TEST(each_user_has_his_own_rate) {
    World world({.perUser = 0.001});
    // The burst is three times the rate: with this one nothing, with the next three.
    ck_assert(codeOf(world.gate.identify(world.request(world.tokenOf("ada")))) ==
              ErrorCode::TooManyRequests);
    World usual({.perUser = 1});
    const auto ada = usual.request(usual.tokenOf("ada"));
    for (int i = 0; i < 3; ++i)
        ck_assert(usual.gate.identify(ada).ok());
    ck_assert(codeOf(usual.gate.identify(ada)) == ErrorCode::TooManyRequests);
    ck_assert(usual.gate.identify(usual.request(usual.tokenOf("bob"))).ok());
    // A service speaks for many.
    for (int i = 0; i < 20; ++i)
        ck_assert(usual.gate.identify(usual.request(usual.service.key)).ok());
}

END_TEST

START_TEST(tokens_cannot_be_guessed_for_ever) {
    World world({.refusedPerAddress = 0.2});
    for (int i = 0; i < 2; ++i)
        ck_assert(codeOf(world.gate.identify(world.request("guess"))) ==
                  ErrorCode::Unauthenticated);
    ck_assert(codeOf(world.gate.identify(world.request("guess"))) == ErrorCode::TooManyRequests);
    ck_assert(codeOf(world.gate.identify(world.request("guess", "192.0.2.2"))) ==
              ErrorCode::Unauthenticated);
}

END_TEST

START_TEST(proxies_are_believed_if_they_are_ours) {
    const World world({.trustedProxies = {"10.0.0.0/8", "2001:db8::1"}});
    const auto& gate = world.gate;
    ck_assert_str_eq(gate.addressOf("192.0.2.1", "198.51.100.7"), "192.0.2.1");
    ck_assert_str_eq(gate.addressOf("10.0.0.1", "203.0.113.9, 198.51.100.7"), "198.51.100.7");
    ck_assert_str_eq(gate.addressOf("10.0.0.1", "198.51.100.7, 10.2.0.1"), "198.51.100.7");
    ck_assert_str_eq(gate.addressOf("2001:db8::1", ""), "2001:db8::1");
    ck_assert_str_eq(gate.addressOf("10.0.0.1", " , nonsense"), "nonsense");
}

END_TEST

START_TEST(service_acts_for_its_users) {
    World world({});
    auto request = world.request(world.service.key);
    request.headers["x-user-id"] = "ada";
    request.headers["x-user-name"] = "Ada";
    const auto who = world.gate.identify(request);
    ck_assert(who.ok());
    ck_assert_str_eq(who->userId, "ada");
    ck_assert_str_eq(who->name, "Ada");
    ck_assert(who->isPrivileged());
    request.headers["x-user-id"] = "a b";
    ck_assert(codeOf(world.gate.identify(request)) == ErrorCode::BadRequest);
    auto user = world.request(world.tokenOf("eve"));
    user.headers["x-user-id"] = "ada";
    ck_assert(codeOf(world.gate.identify(user)) == ErrorCode::NotAllowed);
    api::Request byHeader;
    byHeader.headers["x-api-key"] = world.service.key;
    ck_assert_str_eq(world.gate.identify(byHeader)->userId, "service:backend");
}

END_TEST

START_TEST(signature_lets_in_by_itself_where_the_route_says_so) {
    World world({});
    const auto good = world.signedRequest(World::holder("ada"));
    const auto codeFor = [&](const api::Request& request) {
        return codeOf(world.gate.identify(request, api::Access::TokenOrSignature));
    };
    const auto who = world.gate.identify(good, api::Access::TokenOrSignature);
    ck_assert(who.ok() && !who->isPrivileged());
    ck_assert_str_eq(who->userId, "ada");
    ck_assert(codeOf(world.gate.identify(good)) == ErrorCode::Unauthenticated);
    auto head = good;
    head.method = "HEAD";
    ck_assert(world.gate.identify(head, api::Access::TokenOrSignature).ok());
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
        auto other = good;
        other.method = method;
        ck_assert(codeFor(other) == ErrorCode::Unauthenticated);
    }
    ck_assert(codeFor(world.signedRequest(World::holder("ada"), "/q")) ==
              ErrorCode::Unauthenticated);
    // A header counts, good or bad, and what is signed for a service makes nobody one.
    auto both = good;
    both.headers["authorization"] = "Bearer guess";
    ck_assert(codeFor(both) == ErrorCode::Unauthenticated);
    both.headers["authorization"] = "Bearer " + world.tokenOf("bob");
    ck_assert_str_eq(world.gate.identify(both, api::Access::TokenOrSignature)->userId, "bob");
    auto service = world.signedRequest(World::holder("backend", Scope::Service));
    service.headers["x-user-id"] = "ada";
    const auto holder = world.gate.identify(service, api::Access::TokenOrSignature);
    ck_assert(holder.ok() && holder->isPrivileged());
    ck_assert_str_eq(holder->userId, "service:signature");
}

END_TEST

START_TEST(signature_is_for_a_deed_where_the_route_says_so) {
    World world({});
    auto deed = world.signedRequest(World::holder("ada"));
    deed.method = "POST";
    const auto who = world.gate.identify(deed, api::Access::TokenOrSignedDeed);
    ck_assert(who.ok() && !who->isPrivileged());
    ck_assert_str_eq(who->userId, "ada");
    auto elsewhere = world.signedRequest(World::holder("ada"), "/q");
    elsewhere.method = "POST";
    ck_assert(codeOf(world.gate.identify(elsewhere, api::Access::TokenOrSignedDeed)) ==
              ErrorCode::Unauthenticated);
    // By a token as everywhere.
    ck_assert(
        world.gate.identify(world.request(world.tokenOf("bob")), api::Access::TokenOrSignedDeed)
            .ok());
}

END_TEST

START_TEST(signatures_cannot_be_guessed_for_ever) {
    World world({.refusedPerAddress = 0.2});
    const auto guess = world.signedRequest(World::holder("ada"), "/q");
    const auto codeFor = [&](const api::Request& request) {
        return codeOf(world.gate.identify(request, api::Access::TokenOrSignature));
    };
    for (int i = 0; i < 2; ++i)
        ck_assert(codeFor(guess) == ErrorCode::Unauthenticated);
    ck_assert(codeFor(guess) == ErrorCode::TooManyRequests);
    ck_assert(codeFor(world.signedRequest(World::holder("ada"))) == ErrorCode::TooManyRequests);
}

END_TEST

int main() {
    return test::runSuite("gate",
                          {signature_lets_in_by_itself_where_the_route_says_so,
                           signature_is_for_a_deed_where_the_route_says_so,
                           signatures_cannot_be_guessed_for_ever, each_user_has_his_own_rate,
                           tokens_cannot_be_guessed_for_ever, proxies_are_believed_if_they_are_ours,
                           service_acts_for_its_users});
}
