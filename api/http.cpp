#include "api/http.h"

#include <algorithm>

#include "src/base/error_names.h"

namespace mullion::api {

namespace {

const std::string kNone;

const std::string& valueIn(const std::map<std::string, std::string>& map, const std::string& name) {
    const auto found = map.find(name);
    return found == map.end() ? kNone : found->second;
}

const char* titleOf(ErrorCode code) {
    switch (code) {
    case ErrorCode::BadRequest:
        return "The request is malformed";
    case ErrorCode::Unauthenticated:
        return "No valid access token";
    case ErrorCode::NotAllowed:
        return "Not allowed";
    case ErrorCode::NotFound:
        return "Not found";
    case ErrorCode::NotMember:
        return "Not a member of this call";
    case ErrorCode::WrongState:
        return "Not possible in this state";
    case ErrorCode::Conflict:
        return "Conflict";
    case ErrorCode::CallFull:
        return "The call is full";
    case ErrorCode::Locked:
        return "The call is locked";
    case ErrorCode::Busy:
        return "Busy";
    case ErrorCode::TooLarge:
        return "Too large";
    case ErrorCode::TooManyRequests:
        return "Too many requests";
    case ErrorCode::UnsupportedMedia:
        return "Unsupported media type";
    case ErrorCode::AtCapacity:
        return "At capacity";
    case ErrorCode::StorageFull:
        return "Storage is full";
    case ErrorCode::Unavailable:
        return "Unavailable";
    case ErrorCode::Internal:
        return "Internal error";
    }
    return "";
}

} // namespace

const std::string& Request::header(const std::string& name) const {
    return valueIn(headers, name);
}

const std::string& Request::queryValue(const std::string& name) const {
    return valueIn(query, name);
}

Response Response::json(int status, const Json& body) {
    return {status, "application/json", toText(body), {}};
}

int statusOf(ErrorCode code) {
    switch (code) {
    case ErrorCode::BadRequest:
        return 400;
    case ErrorCode::Unauthenticated:
        return 401;
    case ErrorCode::NotAllowed:
    case ErrorCode::NotMember:
        return 403;
    case ErrorCode::NotFound:
        return 404;
    case ErrorCode::WrongState:
    case ErrorCode::Conflict:
    case ErrorCode::CallFull:
    case ErrorCode::Busy:
        return 409;
    case ErrorCode::Locked:
        return 423;
    case ErrorCode::TooLarge:
        return 413;
    case ErrorCode::UnsupportedMedia:
        return 415;
    case ErrorCode::TooManyRequests:
        return 429;
    case ErrorCode::AtCapacity:
    case ErrorCode::Unavailable:
        return 503;
    case ErrorCode::StorageFull:
        return 507;
    case ErrorCode::Internal:
        return 500;
    }
    return 500;
}

Response problem(const Error& error) {
    const int status = statusOf(error.code);
    Json body = {{"type", std::string("urn:mullion:problem:") + name(error.code)},
                 {"title", titleOf(error.code)},
                 {"status", status},
                 {"detail", error.message},
                 {"code", name(error.code)}};
    if (!error.field.empty()) body["field"] = error.field;
    Response response{status, "application/problem+json", toText(body), {}};
    if (error.code == ErrorCode::Unauthenticated)
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (status == 503 || status == 429)
        response.headers.emplace_back("Retry-After", std::to_string(std::max(1, error.retryAfter)));
    return response;
}

std::function<void(Result<Json>)> answerWith(int status, const Respond& respond) {
    return [status, respond](const Result<Json>& result) {
        respond(result ? Response::json(status, *result) : problem(result.error()));
    };
}

} // namespace mullion::api
