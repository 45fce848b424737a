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
        : gate(std::move(options), *tokens, keys) {}

    api::Request request(const std::string& token, const std::string& address = "192.0.2.1") const {
        api::Request made;
        made.address = address;
        if (!token.empty()) made.headers["authorization"] = "Bearer " + token;
        return made;
    }

    std::string tokenOf(const char* user) const {
        return *tokens->issue({user, user, Scope::User, {}, now() + std::chrono::hours(1)});
    }

    std::unique_ptr<Tokens> tokens = makeTokens();
    ApiKeys::Made service = *ApiKeys::make("backend", Scope::Service);
    ApiKeys keys = *ApiKeys::parse(service.line);
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

int main() {
    return test::runSuite("gate",
                          {each_user_has_his_own_rate, tokens_cannot_be_guessed_for_ever,
                           proxies_are_believed_if_they_are_ours, service_acts_for_its_users});
}
