// What is seen and how well: layout, rungs, figures.
#include <algorithm>

#include "api/routes.h"
#include "api/watchers.h"
#include "src/base/ids.h"

namespace mullion::api {

namespace {

Result<wire::Layout> layoutFrom(const Request& request) {
    JsonReader reader(request.body);
    if (reader.any("mode").is_null()) reader.refuse("mode", "`mode` is missing");
    wire::Layout layout = wire::readLayout(reader);
    std::vector<std::string> pinned;
    for (const std::string& user : layout.pinned) {
        if (!isValidId(user)) reader.refuse("pinned", "`pinned` must hold ids of users");
        // Naming somebody twice asks for nothing more.
        if (std::find(pinned.begin(), pinned.end(), user) == pinned.end()) pinned.push_back(user);
    }
    layout.pinned = std::move(pinned);
    for (const wire::Region& region : layout.regions)
        if (!region.userId.empty() && !isValidId(region.userId))
            reader.refuse("regions", "`user_id` of a region must be the id of a user");
    TRY(reader.finish());
    return layout;
}

Result<wire::RungChoice> rungFrom(const Request& request) {
    JsonReader reader(request.body);
    const auto rung = wire::rungFromName(reader.string("rung", 1, 16));
    if (!rung) reader.refuse("rung", "`rung` must be one of: auto, 1080p, 720p, 360p, 180p, audio");
    TRY(reader.finish());
    return *rung;
}

/// What takes the call's programme and how it goes: the recording, and what is on air.
Json outputsOf(Context& context, const std::string& callId) {
    Json outputs = Json::array();
    if (const Recording* recording = context.recordings.runningIn(callId)) {
        const auto figures = context.recordings.figuresIn(callId);
        outputs.push_back({{"id", recording->id},
                           {"kind", "recording"},
                           {"status", name(recording->status)},
                           {"bytes", figures.bytes},
                           {"bitrate", figures.bitrate}});
    }
    for (const BroadcastRecord* record : context.broadcasts.of(callId)) {
        Json output = {{"id", record->id},
                       {"kind", wire::name(record->kind)},
                       {"status", wire::name(record->state)},
                       {"viewers", viewersOf(context, *record)},
                       {"bitrate", record->bitrate}};
        if (!record->reason.empty()) output["reason"] = record->reason;
        outputs.push_back(std::move(output));
    }
    return outputs;
}

void showStats(Context& context, const Request& request, const Respond& respond) {
    const std::string& history = request.queryValue("history");
    if (!history.empty() && history != "true" && history != "false")
        return respond(
            problem({ErrorCode::BadRequest, "`history` must be true or false", "history"}));
    const std::string& id = request.parameter("id");
    context.registry.showStats(request.who, id, history == "true",
                               [&context, id, respond](Result<Json> stats) {
                                   if (!stats) return respond(problem(stats.error()));
                                   (*stats)["clients"] = context.hub.statsOf(id);
                                   (*stats)["outputs"] = outputsOf(context, id);
                                   (*stats)["watchers"] = context.legs.http().watchersIn(id);
                                   respond(Response::json(200, *stats));
                               });
}

} // namespace

void addPictureRoutes(Router& router, Context& context) {
    const std::string path = "/api/webrtc/call/{id}";
    CallRegistry& registry = context.registry;
    router.add("GET", path + "/layout", Access::Token,
               [&registry](const Request& request, const Respond& respond) {
                   registry.showLayout(request.who, request.parameter("id"),
                                       answerWith(200, respond));
               });
    router.add("PUT", path + "/layout", Access::Token,
               [&registry](const Request& request, const Respond& respond) {
                   const auto layout = layoutFrom(request);
                   if (!layout) return respond(problem(layout.error()));
                   registry.setLayout(request.who, request.parameter("id"), *layout,
                                      answerWith(200, respond));
               });
    router.add("PUT", path + "/participants/{user_id}/rung", Access::Token,
               [&registry](const Request& request, const Respond& respond) {
                   const auto rung = rungFrom(request);
                   if (!rung) return respond(problem(rung.error()));
                   registry.setRung(request.who, request.parameter("id"),
                                    request.parameter("user_id"), *rung, answerWith(200, respond));
               });
    router.add("GET", path + "/stats", Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   showStats(context, request, respond);
               });
}

} // namespace mullion::api
