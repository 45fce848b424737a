#include "src/base/config.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "tests/support/suite.h"

using namespace mullion;

namespace {

Config makeConfig() {
    return Config({{"server.port", "8080", "port", "the port"},
                   {"server.names", "a, b", "", ""},
                   {"auth.dev_tokens", "false", "dev-tokens", "tokens for everyone"}});
}

Result<void> readFlags(Config& config, std::vector<std::string> arguments) {
    std::vector<char*> argv = {nullptr};
    for (auto& argument : arguments)
        argv.push_back(argument.data());
    return config.readFlags(static_cast<int>(argv.size()), argv.data());
}

} // namespace

START_TEST(later_sources_win) {
    char path[] = "/tmp/mullion-config-XXXXXX";
    const int fd = mkstemp(path);
    ck_assert_int_eq(dprintf(fd, "[server]\nport=1\n"), 16);
    close(fd);
    Config config = makeConfig();
    ck_assert(*config.integer("server.port", 0, 65535) == 8080);
    ck_assert(config.readFile(path).ok());
    ck_assert(*config.integer("server.port", 0, 65535) == 1);
    setenv("MULLION_SERVER_PORT", "2", 1);
    config.readEnvironment();
    ck_assert(*config.integer("server.port", 0, 65535) == 2);
    ck_assert(readFlags(config, {"--port=3", "--dev-tokens"}).ok());
    ck_assert(*config.integer("server.port", 0, 65535) == 3);
    ck_assert(config.flag("auth.dev_tokens"));
    unlink(path);
}

END_TEST

START_TEST(mistakes_are_named) {
    Config config = makeConfig();
    ck_assert(!readFlags(config, {"--prot", "1"}).ok());
    ck_assert(!readFlags(config, {"--port"}).ok());
    ck_assert(!readFlags(config, {"port"}).ok());
    ck_assert_int_eq(static_cast<int>(config.readFile("/nonexistent").error().code),
                     static_cast<int>(ErrorCode::NotFound));
    ck_assert(readFlags(config, {"--port", "many"}).ok());
    ck_assert(config.integer("server.port", 0, 65535).error().field == "server.port");
}

END_TEST

START_TEST(lists_are_trimmed) {
    const auto names = makeConfig().list("server.names");
    ck_assert_int_eq(names.size(), 2);
    ck_assert_str_eq(names[1].c_str(), "b");
}

END_TEST

int main() {
    return test::runSuite("base.config",
                          {later_sources_win, mistakes_are_named, lists_are_trimmed});
}
