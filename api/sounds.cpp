// Files of sound that hosts play into their calls.
#include <charconv>

#include "api/led_call.h"
#include "api/routes.h"

namespace mullion::api {

namespace {

constexpr std::size_t kMaxSound = std::size_t{16} * 1024 * 1024;
constexpr double kMaxVolume = 2;

/// 1 where none is asked for.
Result<double> volumeFrom(const Request& request) {
    const std::string& text = request.queryValue("volume");
    if (text.empty()) return 1.0;
    double volume = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), volume);
    if (error != std::errc() || end != text.data() + text.size() || !(volume >= 0) ||
        volume > kMaxVolume)
        return Error{ErrorCode::BadRequest, "`volume` must be a number from 0 to 2", "volume"};
    return volume;
}

void play(Context& context, const Request& request, const Respond& respond) {
    const auto call = ledCall(context, request);
    if (!call) return refuseLedCall(context, request, call.error(), respond);
    const auto volume = volumeFrom(request);
    if (!volume) return respond(problem(volume.error()));
    if (request.rawBody.empty())
        return respond(problem({ErrorCode::BadRequest, "a file of sound is needed as the body"}));
    context.sounds.play(
        (*call)->id, request.rawBody, *volume, [respond](const Result<Sounds::Playing>& playing) {
            if (!playing) return respond(problem(playing.error()));
            const auto length = playing->duration.count();
            respond(Response::json(
                201,
                {{"id", playing->id},
                 {"duration", length > 0 ? Json(static_cast<double>(length) / 1e3) : Json()}}));
        });
}

void stop(Context& context, const Request& request, const Respond& respond) {
    const auto call = ledCall(context, request);
    if (!call) return refuseLedCall(context, request, call.error(), respond);
    const auto stopped = context.sounds.stop((*call)->id, request.parameter("sound_id"));
    respond(stopped ? Response::json(200, Json::object()) : problem(stopped.error()));
}

} // namespace

void addSoundRoutes(Router& router, Context& context) {
    const std::string path = "/api/webrtc/call/{id}/sounds";
    router.add("POST", path, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   play(context, request, respond);
               },
               {{"audio/"}, kMaxSound});
    router.add("DELETE", path + "/{sound_id}", Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   stop(context, request, respond);
               });
}

} // namespace mullion::api
