// Recordings: begun and ended in a call, listed, loaded and erased.
#include <algorithm>
#include <charconv>
#include <unistd.h>

#include "api/file_answer.h"
#include "api/led_call.h"
#include "api/routes.h"
#include "src/call/rights.h"

namespace mullion::api {

namespace {

/// As long as somebody watches an evening's recording.
constexpr std::chrono::hours kUrlLives{6};

const std::string kRecordings = "/api/webrtc/recordings";

/// As the interface shows it to `who`, with addresses that his browser can load for a while.
Json shown(const Context& context, const Request& request, const Recording& recording) {
    const Timestamp expiry = SignedUrls::expiryFor(request.who, now() + kUrlLives);
    return toJson(recording, [&](const std::string& path) {
        return originOf(context, request) + path +
               "?sig=" + context.signedUrls.sign(path, request.who, expiry);
    });
}

/// Whether `who` may see a recording: services, and those who were hosts of its call.
bool maySee(const Principal& who, const Recording& recording) {
    const auto& hosts = recording.hosts;
    return who.isPrivileged() || (who.mayUse(recording.callId) &&
                                  std::find(hosts.begin(), hosts.end(), who.userId) != hosts.end());
}

/// @return NotFound; NotAllowed for somebody else's.
Result<Recording*> recordingFor(const Context& context, const Request& request) {
    Recording* recording = context.archive.find(request.parameter("recording_id"));
    if (!recording) return Error{ErrorCode::NotFound, "no such recording"};
    if (!maySee(request.who, *recording))
        return Error{ErrorCode::NotAllowed, "only hosts of its call may use the recording"};
    return recording;
}

Recordings::Done answerWithRecording(const Context& context, const Request& request, int status,
                                     const Respond& respond) {
    return [&context, request, status, respond](const Result<const Recording*>& recording) {
        if (!recording) return respond(problem(recording.error()));
        respond(Response::json(status, shown(context, request, **recording)));
    };
}

void start(const Context& context, const Request& request, const Respond& respond) {
    JsonReader reader(request.body);
    const auto word = reader.optionalOneOf("format", {"mp4", "webm"});
    const bool tracks = reader.optionalBool("tracks").value_or(false);
    if (const auto read = reader.finish(); !read) return respond(problem(read.error()));
    const auto call = ledCall(context, request);
    if (!call) return refuseLedCall(context, request, call.error(), respond);
    if ((*call)->status != CallStatus::Active)
        return respond(problem({ErrorCode::WrongState, "the call has not been answered"}));
    const auto format = word ? wire::recordingFormatFromName(*word) : std::nullopt;
    context.recordings.start((*call)->id, {format, (*call)->video, tracks}, request.who.userId,
                             hostsOf(**call), answerWithRecording(context, request, 201, respond));
}

using Action = void (Recordings::*)(const std::string&, const Recordings::Done&);

Handler actionHandler(const Context& context, Action action) {
    return [&context, action](const Request& request, const Respond& respond) {
        if (const auto read = requireNoFields(request); !read)
            return respond(problem(read.error()));
        const auto call = ledCall(context, request);
        if (!call) return refuseLedCall(context, request, call.error(), respond);
        (context.recordings.*action)((*call)->id,
                                     answerWithRecording(context, request, 200, respond));
    };
}

void list(const Context& context, const Request& request, const Respond& respond) {
    Archive::Query query;
    query.callId = request.queryValue("call_id");
    query.status = request.queryValue("status");
    query.cursor = request.queryValue("cursor");
    if (!request.who.isPrivileged()) query.host = request.who.userId;
    query.mayUse = [&request](const std::string& callId) { return request.who.mayUse(callId); };
    if (!query.status.empty() && !recordingStatusFromName(query.status))
        return respond(problem({ErrorCode::BadRequest, "no such status", "status"}));
    const auto limit = pageLimit(request);
    if (!limit) return respond(problem(limit.error()));
    // One more tells whether there is another page.
    query.limit = static_cast<std::size_t>(*limit) + 1;
    const auto page = context.archive.list(query);
    if (!page) return respond(problem(page.error()));
    Json recordings = Json::array();
    Json next;
    for (const Recording* recording : *page) {
        if (recordings.size() == static_cast<std::size_t>(*limit)) {
            next = recordings.back()["id"];
            break;
        }
        recordings.push_back(shown(context, request, *recording));
    }
    respond(Response::json(
        200, {{"recordings", std::move(recordings)}, {"next_cursor", std::move(next)}}));
}

/// Sends the client to where the file is. He asks there for the same range.
void redirect(const Context& context, const Request& request, const Recording& recording, int index,
              const Respond& respond) {
    if (!context.uploader)
        return respond(problem(
            {ErrorCode::Unavailable, "the file is in a storage, and this server has none now"}));
    Response response{307, "", "", {}};
    response.headers = {{"Location", context.uploader->urlOf(recording, index, request.method)},
                        {"Cache-Control", "no-store"}};
    respond(std::move(response));
}

void sendPart(const Context& context, const Request& request, const Respond& respond) {
    const auto recording = recordingFor(context, request);
    if (!recording) return respond(problem(recording.error()));
    const std::string& text = request.queryValue("part");
    int index = 1;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (!text.empty() && (error != std::errc() || rest != text.data() + text.size()))
        return respond(problem({ErrorCode::BadRequest, "`part` must be a number", "part"}));
    const auto& parts = (*recording)->parts;
    const auto part = std::find_if(parts.begin(), parts.end(), [index](const RecordedPart& known) {
        return known.index == index && known.isFinished();
    });
    if (part == parts.end())
        return respond(problem({ErrorCode::NotFound, "no such part, or it is not finished"}));
    const std::string path = context.archive.fileOf(**recording, index);
    if ((*recording)->status == RecordingStatus::Stored && access(path.c_str(), R_OK) != 0)
        return redirect(context, request, **recording, index, respond);
    respond(answerWithFile(request, path, mediaTypeOf(**recording, index), part->sha256));
}

/// What is there beside the files, such as the preview picture.
Handler besideHandler(const Context& context, const char* suffix, const char* type) {
    return [&context, suffix, type](const Request& request, const Respond& respond) {
        const auto recording = recordingFor(context, request);
        if (!recording) return respond(problem(recording.error()));
        respond(answerWithFile(request, context.archive.stemOf(**recording) + suffix, type, ""));
    };
}

} // namespace

void addRecordingRoutes(Router& router, Context& context) {
    const std::string call = "/api/webrtc/call/{id}/recording";
    const std::string one = kRecordings + "/{recording_id}";
    router.add("POST", call, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   start(context, request, respond);
               });
    router.add("POST", call + "/pause", Access::Token, actionHandler(context, &Recordings::pause));
    router.add("POST", call + "/resume", Access::Token,
               actionHandler(context, &Recordings::resume));
    router.add("DELETE", call, Access::Token, actionHandler(context, &Recordings::stop));
    router.add("GET", kRecordings, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   list(context, request, respond);
               });
    router.add("GET", one, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   const auto recording = recordingFor(context, request);
                   respond(recording ? Response::json(200, shown(context, request, **recording))
                                     : problem(recording.error()));
               });
    router.add("GET", one + "/file", Access::TokenOrSignature,
               [&context](const Request& request, const Respond& respond) {
                   sendPart(context, request, respond);
               });
    router.add("GET", one + "/preview.jpg", Access::TokenOrSignature,
               besideHandler(context, ".jpg", "image/jpeg"));
    router.add("GET", one + "/waveform.json", Access::TokenOrSignature,
               besideHandler(context, ".waveform.json", "application/json"));
    router.add("DELETE", one, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   const auto recording = recordingFor(context, request);
                   if (!recording) return respond(problem(recording.error()));
                   context.recordings.erase((*recording)->id, [respond](const Result<void>& done) {
                       respond(done ? Response::json(200, Json::object()) : problem(done.error()));
                   });
               });
}

} // namespace mullion::api
