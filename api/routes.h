#pragma once

#include <chrono>
#include <functional>

#include "api/connections.h"
#include "api/hub.h"
#include "api/router.h"
#include "src/auth/signed_urls.h"
#include "src/auth/tokens.h"
#include "src/auth/turn.h"
#include "src/call/legs.h"
#include "src/call/links.h"
#include "src/call/registry.h"
#include "src/notify/push.h"
#include "src/notify/webhooks.h"
#include "src/recordings/uploader.h"

namespace mullion::api {

/// What the handlers work with; everything outlives the router.
struct Context {
    CallRegistry& registry;
    Legs& legs;
    Links& links;
    Store& store;
    Hub& hub;
    Recordings& recordings;
    Broadcasts& broadcasts;
    ImageStore& images;
    Sounds& sounds;
    Archive& archive;
    Push& push;
    const Connections& connections;
    const Tokens& tokens;
    const SignedUrls& signedUrls;
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
    /// For /metrics.
    std::function<Webhooks::Figures()> webhooks = {};
    /// Null where recordings stay here.
    const Uploader* uploader = nullptr;
    /// How clients reach us: `http` or `https`.
    std::function<std::string()> scheme = {};
};

/// All routes: a file a noun.
void addRoutes(Router& router, Context& context);
void addBroadcastRoutes(Router& router, Context& context);
void addCallRoutes(Router& router, Context& context);
void addChatRoutes(Router& router, Context& context);
void addLinkRoutes(Router& router, Context& context);
void addLobbyRoutes(Router& router, Context& context);
void addPictureRoutes(Router& router, Context& context);
void addParticipantRoutes(Router& router, Context& context);
void addProgrammeRoutes(Router& router, Context& context);
void addPushRoutes(Router& router, Context& context);
void addRecordingRoutes(Router& router, Context& context);
void addServiceRoutes(Router& router, Context& context);
void addSnapshotRoutes(Router& router, Context& context);
void addSoundRoutes(Router& router, Context& context);
void addWhipRoutes(Router& router, Context& context);
void addUserRoutes(Router& router, Context& context);

/// The `limit` of a page, 50 where none is asked for. @return BadRequest.
Result<int> pageLimit(const Request& request);

/// How the client reaches us, by the name under which we were asked: `https://host`.
std::string originOf(const Context& context, const Request& request);

/// User ids without `self` and without any that stand there twice; mistakes go to the reader.
std::vector<std::string> usersFrom(JsonReader& reader, const std::string& self);

/// Reads nothing but checks that the body has nothing.
Result<void> requireNoFields(const Request& request);

/// Whether a title or name is fit to be shown: valid UTF-8 without control characters. JSON has
/// checked the former.
bool isPrintable(const std::string& text);

} // namespace mullion::api
