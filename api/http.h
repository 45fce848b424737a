#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/ranges.h"
#include "src/auth/principal.h"
#include "src/base/descriptor.h"
#include "src/base/json_values.h"
#include "src/base/result.h"

/// The words that the REST handlers speak; libsoup stays behind http_server.
namespace mullion::api {

/// A request whose size, token and JSON have been checked.
struct Request {
    std::string method;
    /// As sent, percent-encoded.
    std::string path;
    /// What stands for `{name}` in the route's pattern; ids are valid ones.
    std::map<std::string, std::string> parameters = {};
    std::map<std::string, std::string> query = {};
    /// By lower-case name.
    std::map<std::string, std::string> headers = {};
    /// As received; handlers read `body`.
    std::string rawBody = {};
    /// An empty object where none was sent.
    Json body = Json::object();
    /// Who asks; empty on routes that are open to all.
    Principal who = {};
    /// The client's, also where it came through a proxy of ours.
    std::string address = {};

    /// A header or parameter of the query, empty where there is none.
    const std::string& header(const std::string& name) const;
    const std::string& queryValue(const std::string& name) const;

    /// The value that stands for `{name}`.
    const std::string& parameter(const std::string& name) const { return parameters.at(name); }
};

/// A part of a file as the body of an answer.
struct FileBody {
    std::shared_ptr<const Descriptor> descriptor = {};
    ByteRange range = {};
};

struct Response {
    int status = 200;
    std::string contentType = "application/json";
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    /// In place of `body`.
    std::optional<FileBody> file = {};

    static Response json(int status, const Json& body);
};

/// Takes the answer, once, now or later.
using Respond = std::function<void(Response)>;
using Handler = std::function<void(const Request&, const Respond&)>;

/// The one place where reasons become statuses of HTTP.
int statusOf(ErrorCode code);

/// An RFC 9457 problem document.
Response problem(const Error& error);

/// Answers with `status` and the object, or with the problem.
std::function<void(Result<Json>)> answerWith(int status, const Respond& respond);

} // namespace mullion::api
