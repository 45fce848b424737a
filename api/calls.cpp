// The calls themselves: made, answered, left, ended, shown and listed.
#include <algorithm>

#include "api/routes.h"
#include "src/base/ids.h"

namespace mullion::api {

namespace {

std::optional<CanvasChange> canvasFrom(JsonReader& reader) {
    const Json& json = reader.any("canvas");
    if (json.is_null()) return {};
    JsonReader fields(json);
    const auto number = [&fields](const char* name, int max) -> std::optional<int> {
        const auto value = fields.optionalInteger(name, 1, max);
        return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
    };
    const CanvasChange change{number("width", 1920), number("height", 1920), number("fps", 30)};
    if (const auto read = fields.finish(); !read) reader.refuse("canvas", read.error().message);
    return change;
}

std::optional<std::string> titleFrom(JsonReader& reader, std::size_t min) {
    auto title = reader.optionalString("title", min, 256);
    if (title && !isPrintable(*title)) reader.refuse("title", "`title` has control characters");
    return title;
}

Result<NewCall> newCallFrom(const Request& request, int maxParticipants) {
    JsonReader reader(request.body);
    NewCall call;
    call.participants = usersFrom(reader, request.who.userId);
    if (call.participants.empty() && !reader.any("participants").empty())
        reader.refuse("participants", "you cannot call yourself; an empty list makes a room");
    call.video = reader.optionalOneOf("type", {"video", "audio"}).value_or("video") == "video";
    call.title = titleFrom(reader, 1);
    call.open = reader.optionalBool("open").value_or(false);
    call.permanent = reader.optionalBool("permanent").value_or(false);
    call.lobby = reader.optionalBool("lobby").value_or(false);
    call.maxParticipants =
        static_cast<int>(reader.optionalInteger("max_participants", 1, maxParticipants)
                             .value_or(std::min(call.maxParticipants, maxParticipants)));
    call.canvas = canvasFrom(reader).value_or(CanvasChange{}).appliedTo(call.canvas);
    call.record = reader.optionalBool("record").value_or(false);
    TRY(reader.finish());
    TRY(checkCanvas(call.canvas));
    call.idempotencyKey = request.header("idempotency-key");
    if (call.idempotencyKey.size() > 255)
        return Error{ErrorCode::BadRequest, "`Idempotency-Key` has more than 255 bytes"};
    call.fingerprint = std::hash<std::string>{}(toText(request.body));
    return call;
}

Result<CallChange> changeFrom(const Request& request, int maxParticipants) {
    JsonReader reader(request.body);
    CallChange change;
    change.title = titleFrom(reader, 0);
    // `null` takes the title away.
    if (request.body.contains("title") && request.body["title"].is_null()) change.title = "";
    change.locked = reader.optionalBool("locked");
    change.lobby = reader.optionalBool("lobby");
    if (const auto most = reader.optionalInteger("max_participants", 1, maxParticipants))
        change.maxParticipants = static_cast<int>(*most);
    change.canvas = canvasFrom(reader);
    TRY(reader.finish());
    return change;
}

Result<HistoryQuery> historyQueryFrom(const Request& request) {
    HistoryQuery query;
    query.cursor = request.queryValue("cursor");
    query.limit = TRY(pageLimit(request));
    return query;
}

/// The actions without a body.
using Action = void (CallRegistry::*)(const Principal&, const std::string&,
                                      const CallRegistry::Done&);

Handler actionHandler(Context& context, Action action) {
    return [&context, action](const Request& request, const Respond& respond) {
        if (const auto read = requireNoFields(request); !read)
            return respond(problem(read.error()));
        (context.registry.*action)(request.who, request.parameter("id"), answerWith(200, respond));
    };
}

void listAll(Context& context, const Request& request, const Respond& respond) {
    if (request.who.scope != Scope::Admin || request.who.calls)
        return respond(problem({ErrorCode::NotAllowed, "only `admin` sees everybody's calls"}));
    const std::string& status = request.queryValue("status");
    if (!status.empty() && !callStatusFromName(status))
        return respond(problem({ErrorCode::BadRequest, "no such status", "status"}));
    auto query = historyQueryFrom(request);
    if (!query) return respond(problem(query.error()));
    const bool active = status == "active" || status == "ringing";
    if (!active) {
        query->status = status;
        return context.registry.history(request.who, *query, answerWith(200, respond));
    }
    Json calls = Json::array();
    for (Json& call : context.registry.allActiveCalls())
        if (call["status"] == status) calls.push_back(std::move(call));
    respond(Response::json(200, {{"calls", std::move(calls)}, {"next_cursor", nullptr}}));
}

} // namespace

void addCallRoutes(Router& router, Context& context) {
    const std::string base = "/api/webrtc";
    CallRegistry& registry = context.registry;
    router.add("POST", base + "/call/initiate", Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   const auto call = newCallFrom(request, context.maxParticipants);
                   if (!call) return respond(problem(call.error()));
                   context.registry.initiate(request.who, *call, answerWith(201, respond));
               });
    const std::pair<const char*, Action> actions[] = {
        {"answer", &CallRegistry::answer},
        {"join", &CallRegistry::join},
        {"leave", &CallRegistry::leave},
        {"end", &CallRegistry::end},
    };
    for (const auto& [name, action] : actions)
        router.add("POST", base + "/call/{id}/" + name, Access::Token,
                   actionHandler(context, action));
    // Also by the notification that a push has shown, which has no token.
    router.add("POST", base + "/call/{id}/reject", Access::TokenOrSignedDeed,
               actionHandler(context, &CallRegistry::reject));
    router.add("POST", base + "/call/{id}/invite", Access::Token,
               [&registry](const Request& request, const Respond& respond) {
                   JsonReader reader(request.body);
                   const auto users = usersFrom(reader, request.who.userId);
                   if (users.empty())
                       reader.refuse("participants", "`participants` names nobody else");
                   if (const auto read = reader.finish(); !read)
                       return respond(problem(read.error()));
                   registry.invite(request.who, request.parameter("id"), users,
                                   answerWith(200, respond));
               });
    router.add("GET", base + "/call/{id}", Access::Token,
               [&registry](const Request& request, const Respond& respond) {
                   registry.show(request.who, request.parameter("id"), answerWith(200, respond));
               });
    router.add("PATCH", base + "/call/{id}", Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   const auto change = changeFrom(request, context.maxParticipants);
                   if (!change) return respond(problem(change.error()));
                   context.registry.change(request.who, request.parameter("id"), *change,
                                           answerWith(200, respond));
               });
    router.add("GET", base + "/calls", Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   listAll(context, request, respond);
               });
    router.add("GET", base + "/calls/active", Access::Token,
               [&registry](const Request& request, const Respond& respond) {
                   respond(Response::json(200, {{"calls", registry.activeCallsOf(request.who)},
                                                {"next_cursor", nullptr}}));
               });
    router.add("GET", base + "/calls/history", Access::Token,
               [&registry](const Request& request, const Respond& respond) {
                   auto query = historyQueryFrom(request);
                   if (!query) return respond(problem(query.error()));
                   query->userId = request.who.userId;
                   registry.history(request.who, *query, answerWith(200, respond));
               });
}

} // namespace mullion::api
