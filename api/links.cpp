// Links into a call, and the tokens that guests get for them.
#include "api/routes.h"

namespace mullion::api {

namespace {

constexpr std::size_t kMinPin = 4;
constexpr std::size_t kMaxPin = 32;

Result<NewLink> newLinkFrom(const Request& request) {
    JsonReader reader(request.body);
    NewLink link;
    if (const auto role = reader.optionalOneOf("role", {"host", "participant", "viewer"}))
        link.role = *roleFromName(*role);
    if (const auto text = reader.optionalString("expires_at", 1, 64)) {
        const auto time = parseTimestamp(*text);
        if (!time)
            reader.refuse("expires_at", "`expires_at` is not a time of RFC 3339");
        else if (*time <= now())
            reader.refuse("expires_at", "`expires_at` is past");
        else
            link.expiresAt = *time;
    }
    link.pin = reader.optionalString("pin", kMinPin, kMaxPin);
    TRY(reader.finish());
    return link;
}

/// Where the page opens a link.
std::string urlOf(const Context& context, const Request& request, const Json& link) {
    return originOf(context, request) + "/call/" + link["call_id"].get<std::string>() +
           "?link=" + link["code"].get<std::string>();
}

Json withUrl(const Context& context, const Request& request, Json link) {
    link["url"] = urlOf(context, request, link);
    return link;
}

void redeem(Context& context, const Request& request, const std::string& callId,
            const Respond& respond) {
    JsonReader reader(request.body);
    const std::string name = reader.string("name", 1, 128);
    const std::string pin = reader.optionalString("pin", 0, kMaxPin).value_or("");
    if (!isPrintable(name)) reader.refuse("name", "`name` has control characters");
    if (const auto read = reader.finish(); !read) return respond(problem(read.error()));
    context.links.redeem(
        request.parameter("code"), callId, name, pin,
        [&context, respond](const Result<Principal>& guest) {
            if (!guest) return respond(problem(guest.error()));
            const auto token = context.tokens.issue(*guest);
            if (!token) return respond(problem(token.error()));
            respond(Response::json(200, {{"token", *token},
                                         {"user_id", guest->userId},
                                         {"call_id", guest->calls->front()},
                                         {"role", guest->roles.begin()->second},
                                         {"expires_at", formatTimestamp(guest->expiresAt)}}));
        });
}

} // namespace

void addLinkRoutes(Router& router, Context& context) {
    const std::string base = "/api/webrtc";
    const std::string path = base + "/call/{id}/links";
    router.add(
        "POST", path, Access::Token, [&context](const Request& request, const Respond& respond) {
            const auto wish = newLinkFrom(request);
            if (!wish) return respond(problem(wish.error()));
            context.links.create(request.who, request.parameter("id"), *wish,
                                 [&context, request, respond](const Result<Json>& link) {
                                     if (!link) return respond(problem(link.error()));
                                     respond(Response::json(201, withUrl(context, request, *link)));
                                 });
        });
    router.add("GET", path, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   context.links.list(request.who, request.parameter("id"),
                                      [&context, request, respond](Result<Json> list) {
                                          if (!list) return respond(problem(list.error()));
                                          for (Json& link : (*list)["links"])
                                              link = withUrl(context, request, std::move(link));
                                          respond(Response::json(200, *list));
                                      });
               });
    router.add("DELETE", path + "/{code}", Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   if (const auto read = requireNoFields(request); !read)
                       return respond(problem(read.error()));
                   context.links.revoke(request.who, request.parameter("id"),
                                        request.parameter("code"), answerWith(200, respond));
               });
    router.add("POST", path + "/{code}/token", Access::Everybody,
               [&context](const Request& request, const Respond& respond) {
                   redeem(context, request, request.parameter("id"), respond);
               });
    // A guest who was only told the code.
    router.add("POST", base + "/links/{code}/token", Access::Everybody,
               [&context](const Request& request, const Respond& respond) {
                   redeem(context, request, "", respond);
               });
}

} // namespace mullion::api
