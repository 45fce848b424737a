#include "src/notify/push_endpoints.h"

#include <algorithm>
#include <regex>

namespace mullion {

namespace {

constexpr std::size_t kMaxUrl = 2048;

/// Stricter than URLs are, so that nobody can read another host in it than we do: no user, no
/// escapes in the host, no addresses in brackets.
const std::regex& urlPattern() {
    static const std::regex pattern(
        R"((https?)://([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(:[1-9][0-9]{0,4})?(?:/[!-\[\]-~]*)?)");
    return pattern;
}

const std::regex& entryPattern() {
    static const std::regex pattern(
        R"(\*|(\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?)");
    return pattern;
}

const std::regex& loopbackPattern() {
    static const std::regex pattern(R"(http://(127\.0\.0\.1|localhost)(:[1-9][0-9]{0,4})?)");
    return pattern;
}

Error refusal(ErrorCode code, const char* message) {
    return {code, message, "endpoint"};
}

} // namespace

Result<PushEndpoints> PushEndpoints::create(std::vector<std::string> entries, bool allowsLoopback) {
    for (const std::string& entry : entries) {
        const bool isLoopback = std::regex_match(entry, loopbackPattern());
        if (isLoopback && !allowsLoopback)
            return Error{ErrorCode::BadRequest,
                         entry + " is for development, while listening on loopback alone"};
        if (!isLoopback && !std::regex_match(entry, entryPattern()))
            return Error{ErrorCode::BadRequest,
                         "no host, `*.DOMAIN`, `*` or http://127.0.0.1:PORT: " + entry};
    }
    return PushEndpoints(std::move(entries));
}

Result<PushEndpoints::Place> PushEndpoints::check(const std::string& url) const {
    std::smatch match;
    // The pattern is matched by recursion: only what is short.
    if (url.size() > kMaxUrl || !std::regex_match(url, match, urlPattern()))
        return refusal(ErrorCode::BadRequest, "`endpoint` must be the address of a push service");
    const std::string host = match[2];
    const std::string port = match[3] == ":443" ? "" : match[3].str();
    Place place{match[1].str() + "://" + host + port};
    const auto has = [this](const std::string& entry) {
        return std::find(entries_.begin(), entries_.end(), entry) != entries_.end();
    };
    if (match[1] == "http") {
        if (has(place.origin)) return place;
        return refusal(ErrorCode::BadRequest, "`endpoint` must be an https address");
    }
    if (has(host + port)) return place;
    for (auto dot = host.find('.'); dot != std::string::npos; dot = host.find('.', dot + 1))
        if (has('*' + host.substr(dot) + port)) return place;
    place.publicOnly = true;
    if (has("*") && port.empty()) return place;
    return refusal(ErrorCode::NotAllowed,
                   "this server sends to no such push service (push.endpoints)");
}

} // namespace mullion
