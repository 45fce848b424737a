#include "tests/finish/program.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "src/base/gref.h"
#include "tests/support/check_framework.h"

namespace mullion::test {

namespace {

std::string textOf(const GBytesPtr& bytes) {
    gsize size = 0;
    const auto* data = static_cast<const char*>(g_bytes_get_data(bytes.get(), &size));
    return data ? std::string(data, size) : std::string();
}

} // namespace

Ran run(std::vector<std::string> words) {
    words.insert(words.begin(), {"timeout", "60"});
    std::vector<const char*> argv;
    for (const std::string& word : words)
        argv.push_back(word.c_str());
    argv.push_back(nullptr);
    const auto flags = static_cast<GSubprocessFlags>(G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                     G_SUBPROCESS_FLAGS_STDERR_PIPE);
    const auto process = GRef<GSubprocess>::adopt(g_subprocess_newv(argv.data(), flags, nullptr));
    ck_assert_msg(static_cast<bool>(process), "%s cannot be started", words[2].c_str());
    GBytes* out = nullptr;
    GBytes* errors = nullptr;
    ck_assert(g_subprocess_communicate(process.get(), nullptr, nullptr, &out, &errors, nullptr));
    const int exitCode = g_subprocess_get_if_exited(process.get())
                             ? g_subprocess_get_exit_status(process.get())
                             : 128 + g_subprocess_get_term_sig(process.get());
    return {exitCode, textOf(GBytesPtr(out)), textOf(GBytesPtr(errors))};
}

Ran finish(std::vector<std::string> arguments) {
    const char* program = std::getenv("MULLION_FINISH");
    ck_assert_msg(program, "MULLION_FINISH names no program");
    arguments.insert(arguments.begin(), program);
    return run(std::move(arguments));
}

std::ptrdiff_t complaintsIn(const std::string& errors) {
    std::istringstream lines(errors);
    std::ptrdiff_t count = 0;
    for (std::string line; std::getline(lines, line);)
        count += !line.starts_with("{\"progress\":");
    return count;
}

Json finished(std::vector<std::string> arguments) {
    const std::string input = arguments.front();
    const Ran ran = finish(std::move(arguments));
    ck_assert_msg(ran.exitCode == 0, "%s: %d, %s", input.c_str(), ran.exitCode, ran.errors.c_str());
    const auto line = parseJson(ran.out, 10'000);
    ck_assert_msg(line.ok(), "%s", ran.out.c_str());
    return *line;
}

std::string contentOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    ck_assert_msg(file.good(), "%s cannot be read", path.c_str());
    return {std::istreambuf_iterator<char>(file), {}};
}

void writeFile(const std::string& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
}

} // namespace mullion::test
