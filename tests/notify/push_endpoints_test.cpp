// Which addresses subscribers may have us call.
#include "src/notify/push_endpoints.h"

#include <arpa/inet.h>

#include "src/http/http_client.h"
#include "src/http/public_address.h"
#include "tests/support/receiver.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

PushEndpoints endpoints(std::vector<std::string> entries, bool loopback = false) {
    auto made = PushEndpoints::create(std::move(entries), loopback);
    ck_assert_msg(made.ok(), "%s", made ? "" : made.error().message.c_str());
    return *made;
}

bool isPublic(const char* text) {
    sockaddr_storage address{};
    auto* four = reinterpret_cast<sockaddr_in*>(&address);
    auto* six = reinterpret_cast<sockaddr_in6*>(&address);
    address.ss_family = inet_pton(AF_INET, text, &four->sin_addr) == 1 ? AF_INET : AF_INET6;
    if (address.ss_family == AF_INET6)
        ck_assert_int_eq(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
    return isPublicAddress(reinterpret_cast<const sockaddr&>(address));
}

} // namespace

START_TEST(endpoint_is_of_a_service_that_is_named) {
    const auto named = endpoints({"push.example", "other.example:8443", "*.push.example"});
    for (const char* url :
         {"https://push.example/send/abc?x=1", "https://push.example", "https://push.example:443/a",
          "https://other.example:8443/a", "https://a.push.example/", "https://a.b.push.example/"}) {
        const auto place = named.check(url);
        ck_assert_msg(place.ok(), "%s was refused", url);
        ck_assert(!place->publicOnly);
    }
    ck_assert_str_eq(named.check("https://push.example:443/a")->origin.c_str(),
                     "https://push.example");
    for (const char* url :
         {"https://push.example:8080/", "https://other.example/", "https://evilpush.example/",
          "https://example/", "https://127.0.0.1/", "https://10.0.0.1/"}) {
        const auto place = named.check(url);
        ck_assert_msg(!place.ok() && place.error().code == ErrorCode::NotAllowed, "%s", url);
        ck_assert_str_eq(place.error().field.c_str(), "endpoint");
    }
}

END_TEST

START_TEST(endpoint_that_can_be_read_in_two_ways_is_none) {
    const auto any = endpoints({"push.example", "*"});
    for (const char* url :
         {"", "push.example", "http://push.example/", "ftp://push.example/", "https:///a",
          "https://user@push.example/", "https://push.example@evil.example/",
          "https://push.example\\@evil/", "https://PUSH.example/", "https://push%2eexample/",
          "https://[::1]/", "https://push.example/a b", "https://push.example/\n",
          "https://push.example:/", "https://push.example:0/", "https://-push.example/",
          "https://push.example/a\\b", "https://push.example#a"}) {
        const auto place = any.check(url);
        ck_assert_msg(!place.ok() && place.error().code == ErrorCode::BadRequest, "%s", url);
    }
    ck_assert(!any.check("https://push.example/" + std::string(2048, 'a')).ok());
}

END_TEST

START_TEST(any_host_has_to_have_a_public_address) {
    const auto any = endpoints({"*", "mine.example"});
    ck_assert(any.check("https://somewhere.example/")->publicOnly);
    ck_assert(any.check("https://127.0.0.1/")->publicOnly);
    ck_assert(!any.check("https://mine.example/")->publicOnly);
    ck_assert(!any.check("https://somewhere.example:6379/").ok());
}

END_TEST

START_TEST(loopback_is_for_development) {
    ck_assert(!PushEndpoints::create({"http://127.0.0.1:9000"}, false).ok());
    for (const char* entry : {"", "http://push.example", "https://push.example", "a b", "*."})
        ck_assert_msg(!PushEndpoints::create({entry}, true).ok(), "%s was taken", entry);
    const auto local = endpoints({"http://127.0.0.1:9000"}, true);
    ck_assert_str_eq(local.check("http://127.0.0.1:9000/a")->origin.c_str(),
                     "http://127.0.0.1:9000");
    for (const char* url : {"http://127.0.0.1:9001/", "http://127.0.0.1/", "http://127.0.0.2:9000/",
                            "http://localhost:9000/"})
        ck_assert_msg(!local.check(url).ok(), "%s was taken", url);
}

END_TEST

START_TEST(public_addresses_are_told_from_the_others) {
    for (const char* address :
         {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.0.1", "172.32.0.1", "192.167.1.1",
          "223.255.255.255", "2001:4860:4860::8888", "2606:4700::1111", "2a00::1"})
        ck_assert_msg(isPublic(address), "%s is public", address);
    for (const char* address : {"0.0.0.0",
                                "10.1.2.3",
                                "100.64.0.1",
                                "127.0.0.1",
                                "127.255.255.255",
                                "169.254.169.254",
                                "172.16.0.1",
                                "172.31.255.255",
                                "192.168.1.1",
                                "198.18.0.1",
                                "224.0.0.1",
                                "255.255.255.255",
                                "::",
                                "::1",
                                "::ffff:127.0.0.1",
                                "::ffff:1.1.1.1",
                                "fe80::1",
                                "fc00::1",
                                "fd12::1",
                                "ff02::1",
                                "64:ff9b::7f00:1",
                                "2002:7f00:1::",
                                "2001::1",
                                "2001:db8::1",
                                "3fff::1"})
        ck_assert_msg(!isPublic(address), "%s is not public", address);
}

END_TEST

START_TEST(request_for_public_hosts_alone_reaches_no_other) {
    claimMainThread();
    Receiver receiver;
    HttpClient client("test");
    for (const bool publicOnly : {true, false}) {
        HttpRequest request;
        request.url = receiver.url();
        request.publicOnly = publicOnly;
        std::optional<bool> answered;
        client.send(request, [&](const auto& answer) { answered = answer.ok(); });
        runUntil([&] { return answered.has_value(); }, "the answer");
        ck_assert(*answered == !publicOnly);
    }
    ck_assert_uint_eq(receiver.told.size(), 1);
}

END_TEST

int main() {
    return runSuite("notify.push_endpoints",
                    {endpoint_is_of_a_service_that_is_named,
                     endpoint_that_can_be_read_in_two_ways_is_none,
                     any_host_has_to_have_a_public_address, loopback_is_for_development,
                     public_addresses_are_told_from_the_others,
                     request_for_public_hosts_alone_reaches_no_other});
}
