// What was said in a call.
#include "api/routes.h"

namespace mullion::api {

void addChatRoutes(Router& router, Context& context) {
    const std::pair<const char*, Utterance::Kind> lists[] = {
        {"chat", Utterance::Kind::Message}, {"reactions", Utterance::Kind::Reaction}};
    for (const auto& [name, kind] : lists)
        router.add("GET", std::string("/api/webrtc/call/{id}/") + name, Access::Token,
                   [&context, kind = kind](const Request& request, const Respond& respond) {
                       const auto limit = pageLimit(request);
                       if (!limit) return respond(problem(limit.error()));
                       context.registry.showChat(request.who, request.parameter("id"),
                                                 {kind, request.queryValue("cursor"), *limit},
                                                 answerWith(200, respond));
                   });
}

} // namespace mullion::api
