// What is not about a call: tokens for development, ICE servers, health, the description.
#include <limits>

#include "api/openapi.h"
#include "api/routes.h"
#include "src/base/ids.h"

namespace mullion::api {

namespace {

constexpr std::chrono::hours kTokenLifetime{12};

void makeToken(Context& context, const Request& request, const Respond& respond) {
    JsonReader reader(request.body);
    Principal who;
    who.userId = reader.string("user_id", 1, 128);
    who.name = reader.optionalString("name", 1, 128).value_or(who.userId);
    who.expiresAt = now() + kTokenLifetime;
    if (!isValidId(who.userId))
        reader.refuse("user_id", "`user_id` may have letters, digits and . _ : @ -");
    if (!isPrintable(who.name)) reader.refuse("name", "`name` has control characters");
    if (const auto read = reader.finish(); !read) return respond(problem(read.error()));
    const auto token = context.tokens.issue(who);
    if (!token) return respond(problem(token.error()));
    respond(Response::json(200, {{"token", *token},
                                 {"user_id", who.userId},
                                 {"expires_at", formatTimestamp(who.expiresAt)}}));
}

std::string metrics(const Context& context) {
    std::string text;
    const auto add = [&text](const char* name, const char* kind, const char* help, auto value) {
        text.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
        text.append(name).append(" ").append(kind).append("\n");
        text.append(name).append(" ").append(std::to_string(value)).append("\n");
    };
    add("mullion_calls", "gauge", "Calls that ring or run.", context.registry.activeCount());
    add("mullion_legs", "gauge", "Peer connections of clients.", context.legs.count());
    const MediaTotals totals = context.registry.mediaTotals();
    add("mullion_encoders", "gauge", "Encodings of a composite that are being made.",
        totals.encoders);
    add("mullion_received_bits_per_second", "gauge", "From all clients.", totals.bitrateUp);
    add("mullion_sent_bits_per_second", "gauge", "To all clients.", totals.bitrateDown);
    add("mullion_worst_mos", "gauge",
        "Of the leg and direction that sound worst, 1 to 4.5; NaN while there is none.",
        totals.worstMos.value_or(std::numeric_limits<double>::quiet_NaN()));
    add("mullion_key_frames_asked_total", "counter", "Key frames that clients asked for.",
        totals.keyFramesAsked);
    add("mullion_connections", "gauge", "Connections that are open, WebSockets among them.",
        context.connections.open());
    add("mullion_refused_connections_total", "counter", "Connections cut as too many were open.",
        context.connections.refused());
    add("mullion_sessions", "gauge", "Devices connected or away for a moment.",
        context.hub.sessionCount());
    add("mullion_slow_clients_total", "counter", "WebSockets closed as they were not read.",
        context.hub.slowClients());
    add("mullion_refused_messages_total", "counter",
        "Offers and candidates refused while their call had no process.",
        context.legs.refusedMessages());
    add("mullion_call_process_deaths_total", "counter", "Call processes that ended unasked.",
        context.deaths());
    const StoreState store = context.storeState();
    add("mullion_store_healthy", "gauge", "Whether writes reach the store at once.",
        store.healthy ? 1 : 0);
    add("mullion_store_waiting_writes", "gauge", "Writes that have not reached the store yet.",
        store.waiting);
    const Webhooks::Figures told = context.webhooks();
    add("mullion_webhooks_sent_total", "counter", "Events that receivers have taken.", told.sent);
    add("mullion_webhooks_failed_total", "counter", "Tries that failed.", told.failed);
    add("mullion_webhooks_dropped_total", "counter",
        "Events given up: too old, too many or refused for good.", told.dropped);
    add("mullion_webhooks_waiting", "gauge", "Events that are still to be taken.", told.waiting);
    const PushSender::Figures pushed = context.push.figures();
    add("mullion_pushes_sent_total", "counter", "Messages that push services have taken.",
        pushed.sent);
    add("mullion_pushes_failed_total", "counter", "Tries that failed.", pushed.failed);
    add("mullion_pushes_dropped_total", "counter",
        "Messages given up: refused, too late or too many.", pushed.dropped);
    add("mullion_push_subscriptions_gone_total", "counter",
        "Subscriptions that their push services had ended.", pushed.gone);
    add("mullion_pushes_waiting", "gauge", "Messages that are still to be taken.", pushed.waiting);
    if (!context.uploader) return text;
    const Uploader::Figures uploads = context.uploader->figures();
    add("mullion_uploads_waiting", "gauge", "Recordings that the storage does not have whole yet.",
        uploads.waiting);
    add("mullion_uploads_erasing", "gauge", "Erased recordings that the storage still has.",
        uploads.erasing);
    add("mullion_uploaded_bytes_total", "counter", "Of recordings, to the storage.",
        uploads.uploadedBytes);
    add("mullion_upload_failures_total", "counter", "Tries that failed.", uploads.failures);
    return text;
}

} // namespace

void addServiceRoutes(Router& router, Context& context) {
    const std::string base = "/api/webrtc";
    if (context.devTokens)
        router.add("POST", base + "/token", Access::Everybody,
                   [&context](const Request& request, const Respond& respond) {
                       makeToken(context, request, respond);
                   });
    router.add("GET", base + "/ice-servers", Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   respond(
                       Response::json(200, context.iceServers.describe(request.who.userId, now())));
               });
    router.add("GET", base + "/openapi.json", Access::Everybody,
               [](const Request&, const Respond& respond) {
                   respond({200, "application/json", kOpenApi, {}});
               });
    router.add("GET", base + "/asyncapi.json", Access::Everybody,
               [](const Request&, const Respond& respond) {
                   respond({200, "application/json", kAsyncApi, {}});
               });
    router.add("GET", "/healthz", Access::Everybody, [](const Request&, const Respond& respond) {
        respond(Response::json(200, {{"status", "ok"}, {"version", MULLION_VERSION}}));
    });
    router.add("GET", "/readyz", Access::Everybody,
               [&context](const Request&, const Respond& respond) {
                   if (!context.isReady())
                       return respond(
                           problem({ErrorCode::Unavailable, "no process is ready to mix a call"}));
                   // A sick store is told, but takes no call away: calls go on without it.
                   const bool healthy = context.storeState().healthy;
                   respond(Response::json(
                       200, {{"status", "ready"}, {"store", healthy ? "healthy" : "sick"}}));
               });
    router.add("GET", "/metrics", Access::Everybody,
               [&context](const Request&, const Respond& respond) {
                   respond({200, "text/plain; version=0.0.4", metrics(context), {}});
               });
}

} // namespace mullion::api
