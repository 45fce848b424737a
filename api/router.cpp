#include "api/router.h"

#include <algorithm>

#include "src/base/gref.h"
#include "src/base/ids.h"

namespace mullion::api {

namespace {

bool isParameter(const std::string& segment) {
    return segment.starts_with('{');
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (!isParameter(pattern[i]) && pattern[i] != path[i]) return false;
    return true;
}

/// The media type without its parameters, in lower case.
std::string mediaType(const std::string& header) {
    std::string type = header.substr(0, header.find(';'));
    while (!type.empty() && type.back() == ' ')
        type.pop_back();
    for (char& c : type)
        c = g_ascii_tolower(c);
    return type;
}

bool isOneOf(const std::string& type, const std::vector<std::string>& allowed) {
    return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& known) {
        return known.ends_with('/') ? type.starts_with(known) : type == known;
    });
}

std::string listed(const std::vector<std::string>& types) {
    std::string list;
    for (const std::string& type : types)
        list += (list.empty() ? "" : " or ") + type + (type.ends_with('/') ? "*" : "");
    return list;
}

} // namespace

std::vector<std::string> splitPath(const std::string& path) {
    std::vector<std::string> segments;
    std::size_t start = path.starts_with('/') ? 1 : 0;
    for (std::size_t end; (end = path.find('/', start)) != std::string::npos; start = end + 1)
        segments.push_back(path.substr(start, end - start));
    segments.push_back(path.substr(start));
    return segments;
}

void Router::add(const std::string& method, const std::string& pattern, Access access,
                 Handler handler, BodyRule body) {
    routes_.push_back(
        {method, pattern, splitPath(pattern), access, std::move(handler), std::move(body)});
}

std::size_t Router::bodyLimit(const Request& request) const {
    const auto segments = splitPath(request.path);
    for (const Route& route : routes_)
        if (route.method == request.method && route.body.maxBytes > BodyRule::kMaxBody &&
            matches(route.segments, segments) &&
            (route.access == Access::Everybody || gate_.knows(request)))
            return route.body.maxBytes;
    return BodyRule::kMaxBody;
}

std::vector<std::string> Router::list() const {
    std::vector<std::string> list;
    for (const Route& route : routes_)
        list.push_back(route.method + ' ' + route.pattern);
    return list;
}

Result<void> Router::check(const Route& route, Request& request) const {
    if (route.access != Access::Everybody) request.who = TRY(gate_.identify(request, route.access));
    const auto segments = splitPath(request.path);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (!isParameter(route.segments[i])) continue;
        const GCharPtr decoded(g_uri_unescape_string(segments[i].c_str(), "/"));
        const std::string name = route.segments[i].substr(1, route.segments[i].size() - 2);
        if (!decoded || !isValidId(decoded.get()))
            return Error{ErrorCode::NotFound, "no such " + name, name};
        request.parameters[name] = decoded.get();
    }
    if (request.rawBody.empty()) return {};
    const std::string type = mediaType(request.header("content-type"));
    if (!isOneOf(type, route.body.types))
        return Error{ErrorCode::UnsupportedMedia, "bodies must be " + listed(route.body.types)};
    if (type != "application/json") return {};
    request.body = TRY(parseJson(request.rawBody, BodyRule::kMaxBody));
    if (!request.body.is_object())
        return Error{ErrorCode::BadRequest, "the body must be a JSON object"};
    return {};
}

void Router::handle(Request request, const Respond& respond) const {
    request.address = gate_.addressOf(request.address, request.header("x-forwarded-for"));
    if (const auto admitted = gate_.admit(request.address); !admitted)
        return respond(problem(admitted.error()));
    const auto segments = splitPath(request.path);
    // RFC 9110, 9.3.2: HEAD is GET whose content is not sent; the server leaves it out.
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    std::string allowed;
    for (const Route& route : routes_) {
        if (!matches(route.segments, segments)) continue;
        if (route.method != method) {
            allowed += (allowed.empty() ? "" : ", ") + route.method;
            continue;
        }
        if (const auto checked = check(route, request); !checked)
            return respond(problem(checked.error()));
        return route.handler(request, respond);
    }
    if (!allowed.empty()) {
        // The interface has no code of its own for this: it is a request that makes no sense.
        const Error error{ErrorCode::BadRequest, request.method + " is not possible here"};
        Response response = problem(error);
        Json body = Json::parse(response.body);
        body["status"] = response.status = 405;
        response.body = toText(body);
        response.headers.emplace_back("Allow", allowed);
        return respond(std::move(response));
    }
    const Respond refined = [respond](Response response) {
        if (response.status == 404) response = problem({ErrorCode::NotFound, "nothing is here"});
        respond(std::move(response));
    };
    const bool isApi = request.path == "/api" || request.path.starts_with("/api/");
    if (fallback_ && method == "GET" && !isApi) return fallback_(request, refined);
    refined({404});
}

} // namespace mullion::api
