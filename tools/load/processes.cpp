#include "tools/load/processes.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include <unistd.h>

namespace mullion::load {

namespace {

namespace fs = std::filesystem;

constexpr const char* kListening = "0A";

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The fields of /proc/PID/stat behind the name, which may hold anything: proc(5) numbers the first
/// of them 3.
std::vector<std::string> statOf(int pid) {
    const std::string text = read("/proc/" + std::to_string(pid) + "/stat");
    const auto name = text.rfind(')');
    if (name == std::string::npos) return {};
    std::istringstream rest(text.substr(name + 1));
    std::vector<std::string> fields;
    for (std::string field; rest >> field;)
        fields.push_back(field);
    return fields;
}

std::vector<int> processes() {
    std::vector<int> pids;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator("/proc", failed)) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") == std::string::npos)
            pids.push_back(std::stoi(name));
    }
    return pids;
}

/// The inode of the socket that listens on `port`, as text; empty: none.
std::string listeningSocket(int port) {
    char wanted[8];
    std::snprintf(wanted, sizeof wanted, ":%04X", static_cast<unsigned>(port));
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::istringstream lines(read(table));
        for (std::string line; std::getline(lines, line);) {
            std::istringstream fields(line);
            std::string slot, local, remote, state, queues, timer, retries, user, timeout, inode;
            fields >> slot >> local >> remote >> state >> queues >> timer >> retries >> user >>
                timeout >> inode;
            if (state == kListening && local.ends_with(wanted)) return inode;
        }
    }
    return "";
}

bool holds(int pid, const std::string& socket) {
    std::error_code failed;
    for (const auto& entry :
         fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", failed)) {
        std::error_code gone;
        if (fs::read_symlink(entry.path(), gone) == socket) return true;
    }
    return false;
}

} // namespace

std::optional<double> cpuSecondsOf(int pid) {
    constexpr std::size_t kUser = 14 - 3;
    constexpr std::size_t kSystem = 15 - 3;
    const auto stat = statOf(pid);
    if (stat.size() <= kSystem) return {};
    return (std::stod(stat[kUser]) + std::stod(stat[kSystem])) /
           static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::optional<int> listenerOf(int port) {
    const std::string inode = listeningSocket(port);
    if (inode.empty()) return {};
    for (const int pid : processes())
        if (holds(pid, "socket:[" + inode + ']')) return pid;
    return {};
}

std::vector<int> callProcesses(int serverPid, const std::string& dataDir) {
    constexpr std::size_t kParent = 4 - 3;
    std::vector<int> found;
    for (const int pid : processes()) {
        const std::string command = read("/proc/" + std::to_string(pid) + "/cmdline");
        const std::string program = command.substr(0, command.find('\0'));
        if (!program.ends_with("mullion-call")) continue;
        const auto stat = statOf(pid);
        const bool isChild = stat.size() > kParent && stat[kParent] == std::to_string(serverPid);
        if (isChild || (!dataDir.empty() && command.find(dataDir) != std::string::npos))
            found.push_back(pid);
    }
    return found;
}

} // namespace mullion::load
