#include "api/origins.h"

#include "tests/support/suite.h"

using mullion::api::Origins;

namespace {

struct Name {
    const char* listen;
    const char* host;
    bool ours;
};

constexpr Name kNames[] = {
    {"127.0.0.1", "", true},
    {"127.0.0.1", "localhost", true},
    {"127.0.0.1", "LocalHost:8080", true},
    {"127.0.0.1", "127.0.0.1:8080", true},
    {"127.0.0.1", "127.8.9.10", true},
    {"127.0.0.1", "[::1]:8080", true},
    {"127.0.0.1", "calls.example.org", true},
    {"127.0.0.1", "Calls.Example.org:8443", true},
    {"127.0.0.1", "evil.example", false},
    {"127.0.0.1", "localhost.evil.example", false},
    {"127.0.0.1", "127.0.0.1.evil.example", false},
    {"127.0.0.1", "evil.calls.example.org", false},
    {"127.0.0.1", "192.168.1.2", false},
    {"127.0.0.1", "[::1", true},
    {"127.0.0.1", "[", false},
    {"127.0.0.1", ":80", false},
    {"192.168.1.2", "192.168.1.2:8080", true},
    {"192.168.1.2", "192.168.1.3", false},
    {"0.0.0.0", "192.168.1.2:8080", true},
    {"0.0.0.0", "evil.example", false},
    {"::", "[fd00::1]:80", true},
};

struct Page {
    const char* origin;
    const char* host;
    bool allowed;
};

constexpr Page kPages[] = {
    {"http://localhost:8080", "localhost:8080", true},
    {"http://localhost:3000", "localhost:8080", false},
    {"http://evil.example", "evil.example", false},
    {"http://evil.example", "localhost:8080", false},
    {"https://good.example", "localhost:8080", true},
    {"https://good.example", "evil.example", false},
    // A proxy has put the address that it connects to into Host.
    {"https://calls.example.org", "127.0.0.1:8080", true},
    {"https://calls.example.org:9000", "127.0.0.1:8080", false},
    {"null", "localhost:8080", false},
    {"null", "", false},
};

} // namespace

START_TEST(names_that_are_ours) {
    for (const Name& row : kNames) {
        const Origins origins({row.listen, {"calls.example.org"}, {}});
        ck_assert_msg(origins.isOurs(row.host) == row.ours, "%s on %s", row.host, row.listen);
    }
}

END_TEST

START_TEST(pages_that_may_ask) {
    const Origins origins({"127.0.0.1", {"calls.example.org"}, {"https://good.example"}});
    for (const Page& row : kPages)
        ck_assert_msg(origins.allow(row.origin, row.host) == row.allowed, "%s at %s", row.origin,
                      row.host);
}

END_TEST

int main() {
    return mullion::test::runSuite("origins", {names_that_are_ours, pages_that_may_ask});
}
