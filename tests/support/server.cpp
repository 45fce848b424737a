#include "tests/support/server.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/check_framework.h"

namespace mullion::test {

namespace {

std::string programFrom(const char* variable) {
    const char* path = std::getenv(variable);
    ck_assert_msg(path, "%s names no program", variable);
    return path;
}

/// The line that says where it listens, from its log.
std::string readUrl(int fd) {
    std::string log;
    char block[4096];
    for (ssize_t size; (size = read(fd, block, sizeof block)) > 0;) {
        log.append(block, static_cast<std::size_t>(size));
        const auto line = log.find("listening on ");
        const auto start = log.find("http", line);
        const auto end = log.find_first_of("\"\n", start);
        if (line != std::string::npos && end != std::string::npos)
            return log.substr(start, end - start);
    }
    ck_abort_msg("mulliond ended: %s", log.c_str());
    return "";
}

} // namespace

std::string refusalOf(const std::vector<std::string>& options) {
    const TemporaryDir dir;
    const std::string program = programFrom("MULLIOND");
    std::vector<const char*> words = {program.c_str(), "--port", "0", "--data-dir",
                                      dir.path().c_str()};
    for (const std::string& option : options)
        words.push_back(option.c_str());
    words.push_back(nullptr);
    char* raw = nullptr;
    int status = 0;
    ck_assert(g_spawn_sync(nullptr, const_cast<char**>(words.data()), nullptr, G_SPAWN_DEFAULT,
                           nullptr, nullptr, nullptr, &raw, &status, nullptr));
    const GCharPtr said(raw);
    ck_assert_int_ne(status, 0);
    return raw;
}

Server::Server(const Variables& settings)
    : settings_(settings) {
    start();
}

Server::~Server() {
    stop(SIGINT);
}

void Server::start() {
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    const std::string mulliond = programFrom("MULLIOND");
    const std::string fakeCall = programFrom("FAKE_CALL");
    // Where none is named recordings are not finished.
    const char* fakeFinish = std::getenv("FAKE_FINISH");
    pid_ = fork();
    if (pid_ == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        for (const auto& [name, value] : settings_)
            setenv(name.c_str(), value.c_str(), 1);
        execl(mulliond.c_str(), mulliond.c_str(), "--port", "0", "--data-dir", dir_.path().c_str(),
              "--call-binary", fakeCall.c_str(), "--finish-binary",
              fakeFinish ? fakeFinish : "/bin/false", "--log-format", "json", nullptr);
        _exit(127);
    }
    close(ends[1]);
    url_ = readUrl(ends[0]);
    // Kept open, read or not: the log of a test fits into the pipe. Its end must not kill mulliond.
    log_ = ends[0];
    fcntl(log_, F_SETPIPE_SZ, 1 << 20);
    fcntl(log_, F_SETFD, FD_CLOEXEC);
    fcntl(log_, F_SETFL, O_NONBLOCK);
}

std::string Server::log() const {
    std::string text;
    char block[4096];
    for (ssize_t size; (size = read(log_, block, sizeof block)) > 0;)
        text.append(block, static_cast<std::size_t>(size));
    return text;
}

int Server::stop(int signal) {
    if (pid_ == 0) return 0;
    kill(pid_, signal);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
}

void Server::restart(int signal) {
    stop(signal);
    start();
}

std::vector<std::pair<int, Json>> Server::callLog() const {
    std::vector<std::pair<int, Json>> lines;
    std::ifstream file(dir_.path() + "/mullion-call.log");
    for (std::string line; std::getline(file, line);) {
        const auto space = line.find(' ');
        if (space == std::string::npos) continue;
        auto json = parseJson(line.substr(space + 1), 1 << 20);
        if (json) lines.emplace_back(std::atoi(line.c_str()), std::move(*json));
    }
    return lines;
}

int Server::processOf(const std::string& callId) const {
    int pid = 0;
    for (const auto& [process, message] : callLog())
        if (message["type"] == "start_call" && message["call_id"] == callId) pid = process;
    return pid;
}

Answer request(const Server& server, const std::string& method, const std::string& path,
               const std::map<std::string, std::string>& headers, const std::string& body) {
    const auto session = GRef<SoupSession>::adopt(soup_session_new());
    const auto message =
        GRef<SoupMessage>::adopt(soup_message_new(method.c_str(), (server.url() + path).c_str()));
    ck_assert_msg(static_cast<bool>(message), "not a URL: %s", path.c_str());
    for (const auto& [name, value] : headers)
        soup_message_headers_append(soup_message_get_request_headers(message.get()), name.c_str(),
                                    value.c_str());
    if (!body.empty()) {
        const GBytesPtr bytes(g_bytes_new(body.data(), body.size()));
        const auto type = headers.find("Content-Type");
        soup_message_set_request_body_from_bytes(
            message.get(), type == headers.end() ? nullptr : type->second.c_str(), bytes.get());
    }
    GError* raw = nullptr;
    const GBytesPtr content(
        soup_session_send_and_read(session.get(), message.get(), nullptr, &raw));
    const GErrorPtr error(raw);
    ck_assert_msg(content != nullptr, "%s %s: %s", method.c_str(), path.c_str(),
                  error ? error->message : "");
    Answer answer;
    answer.status = static_cast<int>(soup_message_get_status(message.get()));
    gsize size = 0;
    const auto* data = static_cast<const char*>(g_bytes_get_data(content.get(), &size));
    auto json = parseJson({data, size}, 1 << 24);
    answer.body = json ? std::move(*json) : Json(std::string(data, size));
    SoupMessageHeadersIter iterator;
    soup_message_headers_iter_init(&iterator, soup_message_get_response_headers(message.get()));
    for (const char *name, *value; soup_message_headers_iter_next(&iterator, &name, &value);)
        answer.headers[name] = value;
    return answer;
}

int metric(const Server& server, const std::string& name) {
    const std::string text = request(server, "GET", "/metrics").body.get<std::string>();
    const auto at = text.find('\n' + name + ' ');
    ck_assert_msg(at != std::string::npos, "no %s", name.c_str());
    return std::stoi(text.substr(at + name.size() + 2));
}

User::User(const Server& server, std::string id)
    : server_(server)
    , id_(std::move(id)) {
    const Answer answer =
        request(server, "POST", "/api/webrtc/token", {{"Content-Type", "application/json"}},
                toText({{"user_id", id_}, {"name", "Name of " + id_}}));
    ck_assert_int_eq(answer.status, 200);
    token_ = answer.body["token"].get<std::string>();
}

Answer User::ask(const std::string& method, const std::string& path, const Json& body) const {
    std::map<std::string, std::string> headers = {{"Authorization", "Bearer " + token_}};
    if (!body.is_null()) headers["Content-Type"] = "application/json";
    return request(server_, method, "/api/webrtc" + path, headers,
                   body.is_null() ? "" : toText(body));
}

} // namespace mullion::test
