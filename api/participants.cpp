// Who is in a call: listed, muted, given a role, removed.
#include "api/routes.h"

namespace mullion::api {

namespace {

Result<ParticipantChange> changeFrom(const Request& request) {
    JsonReader reader(request.body);
    ParticipantChange change;
    change.audioMuted = reader.optionalBool("audio_muted");
    change.videoMuted = reader.optionalBool("video_muted");
    if (const auto role = reader.optionalOneOf("role", {"host", "participant", "viewer"}))
        change.role = roleFromName(*role);
    change.volume = reader.optionalNumber("volume", 0, 2);
    change.spotlight = reader.optionalBool("spotlight");
    change.noiseSuppression = reader.optionalBool("noise_suppression");
    change.autoGain = reader.optionalBool("auto_gain");
    TRY(reader.finish());
    return change;
}

} // namespace

void addParticipantRoutes(Router& router, Context& context) {
    const std::string path = "/api/webrtc/call/{id}/participants";
    CallRegistry& registry = context.registry;
    router.add(
        "GET", path, Access::Token, [&registry](const Request& request, const Respond& respond) {
            registry.show(
                request.who, request.parameter("id"), [respond](const Result<Json>& call) {
                    if (!call) return respond(problem(call.error()));
                    respond(Response::json(200, {{"participants", (*call)["participants"]}}));
                });
        });
    router.add("PATCH", path + "/{user_id}", Access::Token,
               [&registry](const Request& request, const Respond& respond) {
                   const auto change = changeFrom(request);
                   if (!change) return respond(problem(change.error()));
                   registry.changeParticipant(request.who, request.parameter("id"),
                                              request.parameter("user_id"), *change,
                                              answerWith(200, respond));
               });
    router.add("POST", path + "/{user_id}/ask-unmute", Access::Token,
               [&registry](const Request& request, const Respond& respond) {
                   JsonReader reader(request.body);
                   UnmuteWish wish;
                   wish.audio = reader.optionalBool("audio").value_or(wish.audio);
                   wish.video = reader.optionalBool("video").value_or(wish.video);
                   if (const auto read = reader.finish(); !read)
                       return respond(problem(read.error()));
                   registry.askToUnmute(request.who, request.parameter("id"),
                                        request.parameter("user_id"), wish,
                                        answerWith(200, respond));
               });
    router.add("DELETE", path + "/{user_id}", Access::Token,
               [&registry](const Request& request, const Respond& respond) {
                   if (const auto read = requireNoFields(request); !read)
                       return respond(problem(read.error()));
                   registry.removeParticipant(request.who, request.parameter("id"),
                                              request.parameter("user_id"),
                                              answerWith(200, respond));
               });
}

} // namespace mullion::api
