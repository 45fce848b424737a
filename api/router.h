#pragma once

#include <string>
#include <vector>

#include "api/gate.h"
#include "api/http.h"

namespace mullion::api {

/// What a route takes as the body of a request.
struct BodyRule {
    /// Media types; one that ends in `/` stands for all that begin so. JSON is read into
    /// Request::body, all else left in rawBody.
    std::vector<std::string> types = {"application/json"};
    /// More than kMaxBody only from those whose token is good, unless the route is everybody's.
    std::size_t maxBytes = kMaxBody;

    static constexpr std::size_t kMaxBody = std::size_t{64} * 1024;
};

/// Finds the handler of a request and checks what all handlers want checked: the method, the
/// access token, ids in the path, that a body is JSON. Main-bound.
class Router {
public:
    /// `gate` must outlive the router.
    explicit Router(Gate& gate)
        : gate_(gate) {}

    /// `pattern` is a path whose parts in braces match one segment each: `/call/{id}/end`.
    void add(const std::string& method, const std::string& pattern, Access access, Handler handler,
             BodyRule body = {});

    /// How long the body of this request may be, in bytes; asked when nothing but its headers has
    /// come.
    std::size_t bodyLimit(const Request& request) const;

    /// What answers GET requests that no route matches: the web files. A response with status 404
    /// becomes a problem document.
    void setFallback(Handler handler) { fallback_ = std::move(handler); }

    /// Answers by the handler, or with NotFound, 405 (with `Allow`), Unauthenticated,
    /// UnsupportedMedia or BadRequest.
    void handle(Request request, const Respond& respond) const;

    /// `METHOD pattern` of every route, for the test that compares them with openapi.yaml.
    std::vector<std::string> list() const;

private:
    struct Route {
        std::string method;
        std::string pattern;
        std::vector<std::string> segments;
        Access access;
        Handler handler;
        BodyRule body;
    };

    Result<void> check(const Route& route, Request& request) const;

    Gate& gate_;
    std::vector<Route> routes_ = {};
    Handler fallback_ = {};
};

/// The path in parts; empty parts stay, so that `//` matches nothing.
std::vector<std::string> splitPath(const std::string& path);

} // namespace mullion::api
