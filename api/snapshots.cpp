// Pictures of a call's canvas, also for pages that load them by a signed URL.
#include <charconv>

#include "api/routes.h"

namespace mullion::api {

namespace {

/// A page shows one for some minutes; it asks for another URL as it did for the first.
constexpr std::chrono::minutes kUrlLives{15};

constexpr int kMinWidth = 16;
constexpr int kMaxWidth = 1920;

std::string pathOf(const std::string& callId) {
    return "/api/webrtc/call/" + callId + "/snapshot.jpg";
}

/// 0 where none is asked for: that of the canvas.
Result<int> widthFrom(const Request& request) {
    const std::string& text = request.queryValue("width");
    if (text.empty()) return 0;
    int width = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
    if (error != std::errc() || end != text.data() + text.size() || width < kMinWidth ||
        width > kMaxWidth)
        return Error{ErrorCode::BadRequest, "`width` must be a number from 16 to 1920", "width"};
    return width;
}

void showSnapshot(Context& context, const Request& request, const Respond& respond) {
    const auto width = widthFrom(request);
    if (!width) return respond(problem(width.error()));
    const std::string& id = request.parameter("id");
    const auto answer = [respond](const Result<SnapshotRequests::Picture>& picture) {
        if (!picture) return respond(problem(picture.error()));
        respond({200, "image/jpeg", **picture, {{"Cache-Control", "no-store"}}});
    };
    context.registry.checkWatcher(
        request.who, id, [&context, id, width = *width, answer](const Result<Json>& allowed) {
            if (!allowed) return answer(allowed.error());
            context.legs.snapshots().take(id, width, answer);
        });
}

void signSnapshot(Context& context, const Request& request, const Respond& respond) {
    const std::string& id = request.parameter("id");
    const Timestamp expiry = SignedUrls::expiryFor(request.who, now() + kUrlLives);
    const std::string path = pathOf(id);
    const Json body = {{"url", originOf(context, request) + path +
                                   "?sig=" + context.signedUrls.sign(path, request.who, expiry)},
                       {"expires_at", formatTimestamp(expiry)}};
    context.registry.checkWatcher(request.who, id, [respond, body](const Result<Json>& allowed) {
        respond(allowed ? Response::json(200, body) : problem(allowed.error()));
    });
}

} // namespace

void addSnapshotRoutes(Router& router, Context& context) {
    router.add("GET", pathOf("{id}"), Access::TokenOrSignature,
               [&context](const Request& request, const Respond& respond) {
                   showSnapshot(context, request, respond);
               });
    router.add("GET", "/api/webrtc/call/{id}/snapshot", Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   signSnapshot(context, request, respond);
               });
}

} // namespace mullion::api
