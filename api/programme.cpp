// What a call's outputs show other than the call itself, and the images for it.
#include "api/file_answer.h"
#include "api/led_call.h"
#include "api/routes.h"

namespace mullion::api {

namespace {

constexpr std::size_t kMaxImage = std::size_t{8} * 1024 * 1024;

Json toJson(const StoredImage& image) {
    return {
        {"id", image.id}, {"width", image.width}, {"height", image.height}, {"bytes", image.bytes}};
}

/// The programme after a PATCH: what is named is replaced, by null taken away.
Result<wire::Programme> changed(const wire::Programme& before, const Json& patch) {
    Json merged = wire::toJson(before);
    merged.update(patch);
    JsonReader reader(merged);
    wire::Programme programme = wire::readProgramme(reader);
    TRY(reader.finish());
    for (const auto& caption :
         {programme.lowerThird, programme.slate ? std::optional(programme.slate->caption)
                                                : std::optional<wire::Caption>()})
        if (caption && (!isPrintable(caption->title) || !isPrintable(caption->subtitle)))
            return Error{ErrorCode::BadRequest, "a caption may not have control characters",
                         programme.lowerThird == caption ? "lower_third" : "slate"};
    return programme;
}

/// @return BadRequest where the programme names an image that the call does not have.
Result<void> checkImages(const ImageStore& images, const std::string& callId,
                         const wire::Programme& programme) {
    const auto check = [&](const char* field, const std::string& id) -> Result<void> {
        if (id.empty() || images.find(callId, id)) return {};
        return Error{ErrorCode::BadRequest, "the call has no image `" + id + '`', field};
    };
    TRY(check("background", programme.background));
    if (programme.logo) TRY(check("logo", programme.logo->image));
    if (programme.slate) TRY(check("slate", programme.slate->image));
    return {};
}

bool names(const wire::Programme& programme, const std::string& image) {
    return programme.background == image || (programme.logo && programme.logo->image == image) ||
           (programme.slate && programme.slate->image == image);
}

/// Answers with the call's programme as it is now.
CallRegistry::Done answerWithProgramme(const Respond& respond) {
    return [respond](const Result<Json>& call) {
        if (!call) return respond(problem(call.error()));
        const Json& programme = (*call)["programme"];
        respond(
            Response::json(200, programme.is_null() ? wire::toJson(wire::Programme{}) : programme));
    };
}

/// A handler for who leads an active call.
Handler ledHandler(Context& context,
                   std::function<void(const Call&, const Request&, const Respond&)> handle) {
    return [&context, handle = std::move(handle)](const Request& request, const Respond& respond) {
        const auto call = ledCall(context, request);
        if (!call) return refuseLedCall(context, request, call.error(), respond);
        handle(**call, request, respond);
    };
}

void change(Context& context, const Call& call, const Request& request, const Respond& respond) {
    const auto programme = changed(call.programme, request.body);
    if (!programme) return respond(problem(programme.error()));
    if (const auto known = checkImages(context.images, call.id, *programme); !known)
        return respond(problem(known.error()));
    context.registry.setProgramme(request.who, call.id, *programme, answerWithProgramme(respond));
}

void addImage(Context& context, const Call& call, const Request& request, const Respond& respond) {
    if (request.rawBody.empty())
        return respond(problem({ErrorCode::BadRequest, "an image is needed as the body"}));
    context.images.add(call.id, request.rawBody, [respond](const Result<StoredImage>& image) {
        respond(image ? Response::json(201, toJson(*image)) : problem(image.error()));
    });
}

void removeImage(Context& context, const Call& call, const Request& request,
                 const Respond& respond) {
    const std::string& id = request.parameter("image_id");
    if (!context.images.find(call.id, id))
        return respond(problem({ErrorCode::NotFound, "the call has no such image"}));
    if (names(call.programme, id))
        return respond(
            problem({ErrorCode::Conflict, "the programme shows it; take it out there first"}));
    context.images.remove(call.id, id);
    respond(Response::json(200, Json::object()));
}

} // namespace

void addProgrammeRoutes(Router& router, Context& context) {
    const std::string programme = "/api/webrtc/call/{id}/programme";
    const std::string images = "/api/webrtc/call/{id}/images";
    router.add("GET", programme, Access::Token,
               ledHandler(context, [](const Call& call, const Request&, const Respond& respond) {
                   respond(Response::json(200, wire::toJson(call.programme)));
               }));
    router.add(
        "PATCH", programme, Access::Token,
        ledHandler(context, [&context](const auto& call, const auto& request, const auto& respond) {
            change(context, call, request, respond);
        }));
    router.add("DELETE", programme, Access::Token,
               ledHandler(context, [&context](const Call& call, const Request& request,
                                              const Respond& respond) {
                   context.registry.setProgramme(request.who, call.id, {},
                                                 answerWithProgramme(respond));
               }));
    router.add("POST", images, Access::Token,
               ledHandler(context,
                          [&context](const auto& call, const auto& request, const auto& respond) {
                              addImage(context, call, request, respond);
                          }),
               {{"image/png", "image/jpeg"}, kMaxImage});
    router.add(
        "GET", images, Access::Token,
        ledHandler(context, [&context](const Call& call, const Request&, const Respond& respond) {
            Json list = Json::array();
            for (const StoredImage& image : context.images.list(call.id))
                list.push_back(toJson(image));
            respond(Response::json(200, {{"images", std::move(list)}}));
        }));
    router.add(
        "GET", images + "/{image_id}", Access::Token,
        ledHandler(context, [&context](const Call& call, const Request& request,
                                       const Respond& respond) {
            const std::string& id = request.parameter("image_id");
            if (!context.images.find(call.id, id))
                return respond(problem({ErrorCode::NotFound, "the call has no such image"}));
            respond(answerWithFile(request, context.images.pathOf(call.id, id), "image/png", id));
        }));
    router.add(
        "DELETE", images + "/{image_id}", Access::Token,
        ledHandler(context, [&context](const auto& call, const auto& request, const auto& respond) {
            removeImage(context, call, request, respond);
        }));
}

} // namespace mullion::api
