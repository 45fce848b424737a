// A user: whether he can be reached, and his wish to be forgotten.
#include "api/routes.h"

namespace mullion::api {

namespace {

Json presenceOf(const std::string& userId, bool online, const std::optional<Timestamp>& seen) {
    return {{"user_id", userId},
            {"online", online},
            {"last_seen", seen ? Json(formatTimestamp(*seen)) : Json()}};
}

/// The hub knows who is here; the store, when he was last.
void showPresence(Context& context, const Request& request, const Respond& respond) {
    const std::string& user = request.parameter("user_id");
    if (!request.who.isPrivileged() && request.who.userId != user)
        return respond(problem({ErrorCode::NotAllowed, "only services see who is online"}));
    if (context.hub.isOnline(user))
        return respond(Response::json(200, presenceOf(user, true, now())));
    context.store.findPresence(user, [user, respond](const Result<Presence>& found) {
        if (!found && found.error().code != ErrorCode::NotFound)
            return respond(problem(found.error()));
        respond(Response::json(
            200, presenceOf(user, false, found ? std::optional(found->at) : std::nullopt)));
    });
}

} // namespace

void addUserRoutes(Router& router, Context& context) {
    const std::string path = "/api/webrtc/users/{user_id}";
    router.add("GET", path + "/presence", Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   showPresence(context, request, respond);
               });
    router.add("DELETE", path, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   if (const auto read = requireNoFields(request); !read)
                       return respond(problem(read.error()));
                   context.registry.eraseUser(request.who, request.parameter("user_id"),
                                              answerWith(200, respond));
               });
}

} // namespace mullion::api
