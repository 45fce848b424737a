// Broadcasts: begun and ended in a call, and those by HLS watched.
#include <algorithm>
#include <charconv>
#include <regex>

#include "api/file_answer.h"
#include "api/led_call.h"
#include "api/routes.h"
#include "api/watchers.h"

namespace mullion::api {

namespace {

/// As long as somebody watches an evening's broadcast.
constexpr std::chrono::hours kUrlLives{12};

constexpr const char* kPlaylistType = "application/vnd.apple.mpegurl";
constexpr const char* kMaster = "index.m3u8";
constexpr const char* kMedia = "media.m3u8";
/// What the top rung and the sound take together, for players that choose by it.
constexpr int kBandwidth = 2'500'000;

std::string pathOf(const BroadcastRecord& record) {
    return "/api/webrtc/call/" + record.callId + "/broadcasts/" + record.id + '/';
}

/// The name by which the client reached us, without the port.
std::string hostOf(const Request& request) {
    const std::string& host = request.header("host");
    const auto port = host.rfind(':');
    return port == std::string::npos || host.back() == ']' ? host : host.substr(0, port);
}

/// Where others come and take it.
std::vector<std::string> urlsOf(const Context& context, const Request& request,
                                const BroadcastRecord& record) {
    const std::string port = std::to_string(record.port);
    switch (record.kind) {
    case wire::BroadcastKind::Hls: {
        // Good by itself: those who watch need not be anybody here.
        const Timestamp expiry = now() + kUrlLives;
        const Principal anybody{.scope = Scope::Service, .expiresAt = expiry};
        const std::string sig =
            record.isPublic ? "" : context.signedUrls.sign(pathOf(record), anybody, expiry);
        const std::string origin = originOf(context, request);
        return {origin + pathOf(record) + kMaster + (sig.empty() ? "" : "?sig=" + sig),
                origin + "/watch/" + record.id + "?call=" + record.callId +
                    (sig.empty() ? "" : "&sig=" + sig)};
    }
    case wire::BroadcastKind::Srt:
        return {"srt://" + hostOf(request) + ':' + port + "?mode=caller"};
    case wire::BroadcastKind::Rtsp:
        return {"rtsp://" + (record.key.empty() ? "" : "viewer:" + record.key + '@') +
                hostOf(request) + ':' + port + "/live"};
    case wire::BroadcastKind::Rtmp:
        return {};
    }
    return {};
}

Json shown(const Context& context, const Request& request, const BroadcastRecord& record) {
    Json json = toJson(record, record.isOver() ? std::vector<std::string>()
                                               : urlsOf(context, request, record));
    json["viewers"] = viewersOf(context, record);
    return json;
}

/// The interface's body: `{kind, url?, passphrase?, public?, playlist?, video?}`.
Result<Broadcasts::Request> requestFrom(const Request& request, const Call& call) {
    JsonReader reader(request.body);
    Broadcasts::Request wanted;
    const auto kind = reader.optionalOneOf("kind", {"hls", "rtmp", "srt", "rtsp"});
    if (!kind) reader.refuse("kind", "`kind` must be one of: hls, rtmp, srt, rtsp");
    wanted.url = reader.optionalString("url", 1, 2048).value_or("");
    wanted.passphrase = reader.optionalString("passphrase", 1, 128).value_or("");
    wanted.isPublic = reader.optionalBool("public").value_or(false);
    wanted.keepsAll =
        reader.optionalOneOf("playlist", {"live", "event"}).value_or("live") == "event";
    TRY(reader.finish());
    wanted.kind = *wire::broadcastKindFromName(*kind);
    wanted.video = call.video;
    wanted.startedBy = request.who.userId;
    return wanted;
}

void start(Context& context, const Request& request, const Respond& respond) {
    const auto call = ledCall(context, request);
    if (!call) return refuseLedCall(context, request, call.error(), respond);
    const auto wanted = requestFrom(request, **call);
    if (!wanted) return respond(problem(wanted.error()));
    if ((*call)->status != CallStatus::Active)
        return respond(problem({ErrorCode::WrongState, "the call has not been answered"}));
    const auto begun = context.broadcasts.start((*call)->id, *wanted);
    if (!begun) return respond(problem(begun.error()));
    respond(Response::json(201, shown(context, request, **begun)));
}

void list(Context& context, const Request& request, const Respond& respond) {
    const auto call = ledCall(context, request);
    if (!call) return refuseLedCall(context, request, call.error(), respond);
    Json all = Json::array();
    for (const BroadcastRecord* record : context.broadcasts.of((*call)->id))
        all.push_back(shown(context, request, *record));
    respond(Response::json(200, {{"broadcasts", std::move(all)}}));
}

using Find = Result<const BroadcastRecord*> (Broadcasts::*)(const std::string&, const std::string&);

/// Answers with a broadcast that `find` finds, or ends.
Handler oneHandler(Context& context, Find find) {
    return [&context, find](const Request& request, const Respond& respond) {
        if (const auto read = requireNoFields(request); !read)
            return respond(problem(read.error()));
        const auto call = ledCall(context, request);
        if (!call) return refuseLedCall(context, request, call.error(), respond);
        const auto found =
            (context.broadcasts.*find)((*call)->id, request.parameter("broadcast_id"));
        if (found && (*found)->isOver()) context.legs.http().closeWatchers((*found)->id);
        respond(found ? Response::json(200, shown(context, request, **found))
                      : problem(found.error()));
    };
}

/// A number of the query; -1 where it is not there. @return BadRequest.
Result<std::int64_t> numberFrom(const Request& request, const char* name) {
    const std::string& text = request.queryValue(name);
    if (text.empty()) return std::int64_t{-1};
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
        return Error{ErrorCode::BadRequest, std::string("`") + name + "` must be a number", name};
    return value;
}

/// Every player may load what is signed or public, from whichever page.
Response forAnyPage(Response response) {
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    return response;
}

/// The master playlist, once it is known what there is.
void sendMaster(HlsStream& stream, const std::string& query, const Respond& respond) {
    stream.ask({}, query, [&stream, query, respond](const Result<std::string>& media) {
        if (!media) return respond(forAnyPage(problem(media.error())));
        const std::string text =
            "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(kBandwidth) +
            ",CODECS=\"" + stream.codecs() + "\"\n" + kMedia + query + '\n';
        respond(forAnyPage({200, kPlaylistType, text, {{"Cache-Control", "no-cache"}}}));
    });
}

void sendMedia(HlsStream& stream, const Request& request, const std::string& query,
               const Respond& respond) {
    const auto segment = numberFrom(request, "_HLS_msn");
    const auto part = numberFrom(request, "_HLS_part");
    for (const auto* number : {&segment, &part})
        if (!*number) return respond(forAnyPage(problem(number->error())));
    if (*segment < 0 && *part >= 0)
        return respond(forAnyPage(
            problem({ErrorCode::BadRequest, "`_HLS_part` needs `_HLS_msn`", "_HLS_part"})));
    stream.onViewer(request.address + ' ' + request.header("user-agent"));
    stream.ask({*segment, *part}, query, [respond](const Result<std::string>& text) {
        if (!text) return respond(forAnyPage(problem(text.error())));
        respond(forAnyPage({200, kPlaylistType, *text, {{"Cache-Control", "no-cache"}}}));
    });
}

/// What an address in a playlist names: `12.m4s`, `12.3.m4s` and `init.0.mp4`. Nothing else of the
/// folder is for others.
struct MediaFile {
    const char* type = nullptr;
    std::int64_t segment = -1;
    /// -1: the whole segment.
    std::int64_t part = -1;

    static std::optional<MediaFile> parse(const std::string& name) {
        static const std::regex kPattern(R"((\d{1,15})(?:\.(\d{1,6}))?\.m4s|init\.\d{1,15}\.mp4)");
        std::smatch match;
        if (!std::regex_match(name, match, kPattern)) return {};
        if (!match[1].matched) return MediaFile{"video/mp4"};
        return MediaFile{"video/iso.segment", std::stoll(match[1]),
                         match[2].matched ? std::stoll(match[2]) : -1};
    }
};

/// Media never changes once it is there.
Response kept(Response response) {
    for (auto& [name, value] : response.headers)
        if (name == "Cache-Control") value = "max-age=60";
    return forAnyPage(std::move(response));
}

void sendFile(HlsStream& stream, const Request& request, const std::string& name,
              const Respond& respond) {
    const auto file = MediaFile::parse(name);
    if (!file) return respond(forAnyPage(problem({ErrorCode::NotFound, "no such file"})));
    if (file->part < 0)
        return respond(kept(answerWithFile(request, stream.folder() + '/' + name, file->type, "")));
    // Players ask for the next part before it is there.
    stream.askPart({file->segment, file->part}, [&stream, file, respond](const auto& part) {
        if (!part) return respond(forAnyPage(problem(part.error())));
        respond(kept(answerWithBytes(stream.folder() + '/' + wire::hlsSegmentFile(part->segment),
                                     {part->offset, part->bytes}, file->type)));
    });
}

void watch(Context& context, const Request& request, const Respond& respond) {
    const auto found =
        context.broadcasts.find(request.parameter("id"), request.parameter("broadcast_id"));
    if (!found) return respond(forAnyPage(problem(found.error())));
    const BroadcastRecord& record = **found;
    if (const auto allowed = checkWatcher(context, request, record); !allowed)
        return respond(forAnyPage(problem(allowed.error())));
    HlsStream* stream = context.broadcasts.stream(record.id);
    const std::string& file = request.parameter("file");
    if (!stream)
        return respond(forAnyPage(problem({ErrorCode::NotFound, "this broadcast is not by HLS"})));
    const std::string& sig = request.queryValue("sig");
    const std::string query = sig.empty() ? "" : "?sig=" + sig;
    if (file == kMaster) return sendMaster(*stream, query, respond);
    if (file == kMedia) return sendMedia(*stream, request, query, respond);
    sendFile(*stream, request, file, respond);
}

} // namespace

Result<void> checkWatcher(const Context& context, const Request& request,
                          const BroadcastRecord& record) {
    if (record.isPublic || request.who.isPrivileged()) return {};
    if (request.who.userId.empty())
        return Error{ErrorCode::Unauthenticated, "a token or a signed address is needed"};
    const Call* call = context.registry.find(record.callId);
    const Participant* participant = call ? call->find(request.who.userId) : nullptr;
    if (!request.who.mayUse(record.callId) || !participant || !isPresent(participant->state))
        return Error{ErrorCode::NotAllowed,
                     "only who is in the call may watch without a signature"};
    return {};
}

int viewersOf(const Context& context, const BroadcastRecord& record) {
    return record.viewers + context.legs.http().watchersOf(record.id);
}

void addBroadcastRoutes(Router& router, Context& context) {
    const std::string all = "/api/webrtc/call/{id}/broadcasts";
    const std::string one = all + "/{broadcast_id}";
    router.add("POST", all, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   start(context, request, respond);
               });
    router.add("GET", all, Access::Token,
               [&context](const Request& request, const Respond& respond) {
                   list(context, request, respond);
               });
    router.add("GET", one, Access::Token, oneHandler(context, &Broadcasts::find));
    router.add("DELETE", one, Access::Token, oneHandler(context, &Broadcasts::stop));
    router.add("GET", one + "/{file}", Access::Anybody,
               [&context](const Request& request, const Respond& respond) {
                   watch(context, request, respond);
               });
}

} // namespace mullion::api
