#include "pipelines/sdp/candidate.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <sstream>
#include <vector>

#include <gio/gio.h>

namespace mullion::sdp {

namespace {

constexpr std::size_t kMaxLine = 512;

bool isNumber(const std::string& text, unsigned long long max) {
    return !text.empty() && text.size() <= 10 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
           std::stoull(text) <= max;
}

bool isIceToken(const std::string& text) {
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return std::isalnum(c) || c == '+' || c == '/';
    });
}

bool isAddress(const std::string& text) {
    return g_hostname_is_ip_address(text.c_str());
}

} // namespace

Result<std::optional<std::string>> checkCandidate(const std::string& line) {
    const Error wrong{ErrorCode::BadRequest, "not an ICE candidate", "candidate"};
    std::string text = line.starts_with("a=") ? line.substr(2) : line;
    if (text.size() > kMaxLine || !text.starts_with("candidate:")) return wrong;
    if (std::any_of(text.begin(), text.end(), [](char c) { return c < 0x20 || c == 0x7f; }))
        return wrong;

    std::istringstream stream(text.substr(10));
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    // foundation component transport priority address port typ type …
    if (words.size() < 8 || words.size() > 32 || words[6] != "typ") return wrong;
    if (!isIceToken(words[0]) || !isNumber(words[1], 256) || !isNumber(words[3], UINT32_MAX) ||
        !isNumber(words[5], 65535))
        return wrong;
    std::transform(words[2].begin(), words[2].end(), words[2].begin(), ::tolower);
    const auto& type = words[7];
    if (type != "host" && type != "srflx" && type != "prflx" && type != "relay") return wrong;

    // Names are never looked up here: the process has no DNS and strangers choose the name.
    if (words[1] != "1" || words[2] != "udp" || words[5] == "0" || !isAddress(words[4]))
        return std::optional<std::string>();
    // Only what libnice needs goes on: no related address, generation, ufrag or network cost.
    std::string clean = "candidate:" + words[0];
    for (std::size_t i = 1; i < 8; ++i)
        clean += ' ' + words[i];
    if (type != "host") clean += " raddr 0.0.0.0 rport 9";
    return std::optional<std::string>(clean);
}

} // namespace mullion::sdp
