#pragma once

#include <chrono>
#include <functional>

#include "api/hub.h"
#include "api/router.h"
#include "src/auth/tokens.h"
#include "src/auth/turn.h"
#include "src/call/legs.h"
#include "src/call/registry.h"

namespace mullion::api {

/// What the handlers work with; everything outlives the router.
struct Context {
    CallRegistry& registry;
    Legs& legs;
    Hub& hub;
    const Tokens& tokens;
    const IceServers& iceServers;
    /// Whether POST /token exists.
    bool devTokens = false;
    /// The most that `max_participants` may be.
    int maxParticipants = 50;
    /// Whether calls find a process, for /readyz.
    std::function<bool()> isReady = {};
    /// Processes that died, for /metrics.
    std::function<int()> deaths = {};
    /// For /readyz and /metrics.
    std::function<StoreState()> storeState = {};
};

/// All routes: a file a noun.
void addRoutes(Router& router, Context& context);
void addCallRoutes(Router& router, Context& context);
void addPictureRoutes(Router& router, Context& context);
void addParticipantRoutes(Router& router, Context& context);
void addServiceRoutes(Router& router, Context& context);

/// Reads nothing but checks that the body has nothing.
Result<void> requireNoFields(const Request& request);

/// Whether a title or name is fit to be shown: valid UTF-8 without control characters. JSON has
/// checked the former.
bool isPrintable(const std::string& text);

} // namespace mullion::api
