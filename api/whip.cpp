// WHIP (RFC 9725) and WHEP: who publishes into a call, and who watches one, by HTTP alone.
#include "api/routes.h"
#include "api/watchers.h"
#include "src/base/ids.h"

namespace mullion::api {

namespace {

constexpr const char* kSdp = "application/sdp";
constexpr const char* kFragment = "application/trickle-ice-sdpfrag";
constexpr std::size_t kMaxSdp = 64 * 1024;

/// Answers an offer once it is answered.
HttpLegs::Answered answerWithSdp(const std::string& location, const std::string& tag,
                                 const Respond& respond) {
    return [location, tag, respond](const Result<std::string>& sdp) {
        if (!sdp) return respond(problem(sdp.error()));
        respond({201, kSdp, *sdp, {{"Location", location}, {"ETag", '"' + tag + '"'}}});
    };
}

Result<void> checkOffer(const Request& request) {
    if (request.rawBody.empty()) return Error{ErrorCode::BadRequest, "an SDP offer is needed"};
    if (request.rawBody.size() > kMaxSdp)
        return Error{ErrorCode::TooLarge, "the offer is too long"};
    return {};
}

/// As whom a publisher is in the call: his token's user, and each session of its own.
Principal publisherOf(const Request& request, const Call* call, const std::string& id) {
    Principal publisher = request.who;
    publisher.userId = request.who.userId + ':' + id;
    // Who is in the call, or is asked into it, may bring a second camera.
    const Participant* self = call ? call->find(request.who.userId) : nullptr;
    if (call && self && isConcerned(self->state)) publisher.roles[call->id] = name(self->role);
    return publisher;
}

void publish(Context& context, const Request& request, const Respond& respond) {
    if (const auto good = checkOffer(request); !good) return respond(problem(good.error()));
    const std::string callId = request.parameter("id");
    const std::string id = newId();
    const Principal publisher = publisherOf(request, context.registry.find(callId), id);
    if (!isValidId(publisher.userId))
        return respond(problem({ErrorCode::BadRequest, "the user's id is too long for WHIP"}));
    context.registry.join(
        publisher, callId,
        [=, &context, sdp = request.rawBody, owner = request.who.userId](const Result<Json>& in) {
            if (!in) return respond(problem(in.error()));
            const Call* call = context.registry.find(callId);
            if (!call) return respond(problem({ErrorCode::WrongState, "the call is over"}));
            const auto offered = context.legs.offer(*call, {"", publisher.userId}, id, sdp, "");
            if (!offered) {
                context.registry.leave(publisher, callId, [](const auto&) {});
                return respond(problem(offered.error()));
            }
            context.legs.http().await(
                id, {callId, publisher.userId, owner}, sdp,
                answerWithSdp("/api/webrtc/call/" + callId + "/whip/" + id, id, respond));
        });
}

void beginWatching(Context& context, const Request& request, const std::string& broadcastId,
                   const Respond& respond) {
    if (const auto good = checkOffer(request); !good) return respond(problem(good.error()));
    const std::string callId = request.parameter("id");
    const std::string id = newId();
    if (const auto offered = context.legs.watch(callId, id, request.rawBody); !offered)
        return respond(problem(offered.error()));
    const std::string& sig = request.queryValue("sig");
    context.legs.http().await(
        id, {callId, "", request.who.userId, broadcastId}, request.rawBody,
        answerWithSdp(request.path + '/' + id + (sig.empty() ? "" : "?sig=" + sig), id, respond));
}

void watchCall(Context& context, const Request& request, const Respond& respond) {
    context.registry.checkWatcher(request.who, request.parameter("id"),
                                  [&context, request, respond](const Result<Json>& allowed) {
                                      if (!allowed) return respond(problem(allowed.error()));
                                      beginWatching(context, request, "", respond);
                                  });
}

/// Whether the broadcast goes on, and whoever asks may watch it.
Result<void> mayWatch(Context& context, const Request& request) {
    const BroadcastRecord* record =
        TRY(context.broadcasts.find(request.parameter("id"), request.parameter("broadcast_id")));
    TRY(checkWatcher(context, request, *record));
    if (record->isOver()) return Error{ErrorCode::WrongState, "the broadcast is over"};
    return {};
}

void watchBroadcast(Context& context, const Request& request, const Respond& respond) {
    if (const auto allowed = mayWatch(context, request); !allowed)
        return respond(problem(allowed.error()));
    beginWatching(context, request, request.parameter("broadcast_id"), respond);
}

/// The session that the path names, if whoever asks may use it.
Result<const HttpLegs::Leg*> sessionFor(Context& context, const Request& request, bool publishes) {
    const HttpLegs::Leg* leg = context.legs.http().find(request.parameter("session_id"));
    if (!leg || leg->callId != request.parameter("id") || leg->watches() == publishes)
        return Error{ErrorCode::NotFound, "no such session, or it is over"};
    const auto broadcast = request.parameters.find("broadcast_id");
    // Who knows the session of a broadcast has begun it, or was given it.
    if (broadcast != request.parameters.end()) {
        if (leg->broadcastId != broadcast->second)
            return Error{ErrorCode::NotFound, "no such session, or it is over"};
        return leg;
    }
    if (!request.who.isPrivileged() && leg->owner != request.who.userId)
        return Error{ErrorCode::NotAllowed, "the session is somebody else's"};
    return leg;
}

Handler trickleHandler(Context& context, bool publishes) {
    return [&context, publishes](const Request& request, const Respond& respond) {
        const auto leg = sessionFor(context, request, publishes);
        if (!leg) return respond(problem(leg.error()));
        const auto added =
            context.legs.http().addCandidates(request.parameter("session_id"), request.rawBody);
        if (added) return respond({204, "", ""});
        Response refused = problem(added.error());
        // RFC 9725, 4.3.3: ICE cannot be restarted here.
        if (added.error().code == ErrorCode::UnsupportedMedia) {
            Json body = Json::parse(refused.body);
            body["status"] = refused.status = 422;
            refused.body = toText(body);
        }
        respond(std::move(refused));
    };
}

Handler endHandler(Context& context, bool publishes) {
    return [&context, publishes](const Request& request, const Respond& respond) {
        const auto leg = sessionFor(context, request, publishes);
        if (!leg) return respond(problem(leg.error()));
        const std::string id = request.parameter("session_id");
        if ((*leg)->watches()) {
            context.legs.http().close(id, "left");
            return respond(Response::json(200, Json::object()));
        }
        Principal publisher = request.who;
        publisher.userId = (*leg)->userId;
        context.registry.leave(publisher, (*leg)->callId, [respond](const Result<Json>& left) {
            respond(left ? Response::json(200, Json::object()) : problem(left.error()));
        });
    };
}

} // namespace

void addWhipRoutes(Router& router, Context& context) {
    const auto add = [&](const std::string& path, Access access, bool publishes,
                         void (*begin)(Context&, const Request&, const Respond&)) {
        router.add("POST", path, access,
                   [&context, begin](const Request& request, const Respond& respond) {
                       begin(context, request, respond);
                   },
                   {{kSdp}});
        router.add("PATCH", path + "/{session_id}", access, trickleHandler(context, publishes),
                   {{kFragment}});
        router.add("DELETE", path + "/{session_id}", access, endHandler(context, publishes));
    };
    const std::string call = "/api/webrtc/call/{id}";
    add(call + "/whip", Access::Token, true, publish);
    add(call + "/whep", Access::Token, false, watchCall);
    add(call + "/broadcasts/{broadcast_id}/whep", Access::Anybody, false, watchBroadcast);
}

} // namespace mullion::api
