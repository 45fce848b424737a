// TLS, as curl sees it.
#include <filesystem>

#include "src/auth/self_signed.h"
#include "tests/support/run_until.h"
#include "tests/support/server.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

/// What curl says, headers and body; empty where it does not trust the certificate.
std::string curl(const std::string& trusted, const std::string& url, const char* more = "") {
    const std::string command =
        "curl -s -i --max-time 20 --cacert " + trusted + ' ' + more + ' ' + url;
    FILE* pipe = popen(command.c_str(), "r");
    ck_assert_ptr_nonnull(pipe);
    std::string text;
    char block[4096];
    for (std::size_t size; (size = fread(block, 1, sizeof block, pipe)) > 0;)
        text.append(block, size);
    pclose(pipe);
    return text;
}

bool has(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

} // namespace

START_TEST(own_certificate_serves_a_trial) {
    Server server(Server::Variables{{"MULLION_SERVER_SELF_SIGNED", "true"}});
    const std::string own = server.dataDir() + "/self-signed.pem";
    ck_assert(server.url().starts_with("https://127.0.0.1:"));
    std::string byName = server.url();
    byName.replace(byName.find("127.0.0.1"), 9, "localhost");
    for (const std::string& url : {server.url(), byName}) {
        const std::string answer = curl(own, url + "/healthz");
        ck_assert_msg(has(answer, "200 OK"), "%s", answer.c_str());
        // Nobody must be bound to a certificate that he trusts for a trial.
        ck_assert(!has(answer, "Strict-Transport-Security"));
    }
    const std::string socket =
        curl(own, server.url() + "/api/webrtc/ws",
             "-H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' "
             "-H 'Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng=='");
    ck_assert_msg(has(socket, "101 Switching Protocols"), "%s", socket.c_str());
    // It stays the same over restarts: people have accepted it.
    server.restart(SIGTERM);
    ck_assert(has(curl(own, server.url() + "/healthz"), "200 OK"));
}

END_TEST

START_TEST(certificate_is_taken_up_when_it_changes) {
    const TemporaryDir first, second, files;
    ck_assert(loadOrCreateSelfSigned(first.path(), {}).ok());
    ck_assert(loadOrCreateSelfSigned(second.path(), {}).ok());
    const auto install = [&](const TemporaryDir& from) {
        for (const char* name : {"/self-signed.key", "/self-signed.pem"}) {
            const std::string to = files.path() + name;
            std::filesystem::copy_file(from.path() + name, to + ".new");
            std::filesystem::rename(to + ".new", to);
        }
    };
    install(first);
    const Server server(
        Server::Variables{{"MULLION_SERVER_TLS_CERT", files.path() + "/self-signed.pem"},
                          {"MULLION_SERVER_TLS_KEY", files.path() + "/self-signed.key"}});
    const std::string url = server.url() + "/healthz";
    const std::string answer = curl(first.path() + "/self-signed.pem", url);
    ck_assert_msg(has(answer, "Strict-Transport-Security"), "%s", answer.c_str());
    ck_assert_str_eq(curl(second.path() + "/self-signed.pem", url), "");
    install(second);
    runUntil([&] { return has(curl(second.path() + "/self-signed.pem", url), "200 OK"); },
             "the new certificate");
}

END_TEST

int main() {
    return runSuite("tls",
                    {own_certificate_serves_a_trial, certificate_is_taken_up_when_it_changes});
}
