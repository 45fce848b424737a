// Who waits to be let in.
#include "api/routes.h"

namespace mullion::api {

void addLobbyRoutes(Router& router, Context& context) {
    const std::string path = "/api/webrtc/call/{id}/lobby";
    CallRegistry& registry = context.registry;
    router.add(
        "GET", path, Access::Token, [&registry](const Request& request, const Respond& respond) {
            registry.showLobby(request.who, request.parameter("id"), answerWith(200, respond));
        });
    using Action = void (CallRegistry::*)(const Principal&, const std::string&, const std::string&,
                                          const CallRegistry::Done&);
    const std::pair<const char*, Action> actions[] = {{"admit", &CallRegistry::admit},
                                                      {"deny", &CallRegistry::deny}};
    for (const auto& [name, action] : actions)
        router.add("POST", path + "/{user_id}/" + name, Access::Token,
                   [&registry, action = action](const Request& request, const Respond& respond) {
                       if (const auto read = requireNoFields(request); !read)
                           return respond(problem(read.error()));
                       (registry.*action)(request.who, request.parameter("id"),
                                          request.parameter("user_id"), answerWith(200, respond));
                   });
}

} // namespace mullion::api
