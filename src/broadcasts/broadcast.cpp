#include "src/broadcasts/broadcast.h"

#include "src/base/json_values.h"

namespace mullion {

namespace {

constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxDocument = 64 * 1024;

} // namespace

std::string redacted(const std::string& url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos) return "";
    auto end = url.find_first_of("/?#", scheme + 3);
    if (end == std::string::npos) return url;
    // Of RTMP the application's name is no secret, what follows is.
    if (url[end] == '/') {
        const auto next = url.find_first_of("/?#", end + 1);
        if (next == std::string::npos) return url.substr(0, end + 1) + "…";
        end = next;
    }
    return url.substr(0, end) + url[end] + "…";
}

Json toJson(const BroadcastRecord& record, std::vector<std::string> urls) {
    if (record.isPushed()) urls = {redacted(record.url)};
    Json json = {{"id", record.id},
                 {"call_id", record.callId},
                 {"kind", wire::name(record.kind)},
                 {"status", wire::name(record.state)},
                 {"public", record.isPublic},
                 {"urls", std::move(urls)},
                 {"viewers", record.viewers},
                 {"bitrate", record.bitrate},
                 {"started_by", record.startedBy},
                 {"started_at", formatTimestamp(record.startedAt)},
                 {"ended_at", record.endedAt ? Json(formatTimestamp(*record.endedAt)) : Json()}};
    if (!record.reason.empty()) json["reason"] = record.reason;
    return json;
}

std::string toDocument(const BroadcastRecord& record) {
    return toText({{"id", record.id},
                   {"call_id", record.callId},
                   {"kind", wire::name(record.kind)},
                   {"video", record.video},
                   {"public", record.isPublic},
                   {"keeps_all", record.keepsAll},
                   {"url", record.url},
                   {"passphrase", record.passphrase},
                   {"port", record.port},
                   {"key", record.key},
                   {"started_by", record.startedBy},
                   {"started_at", formatTimestamp(record.startedAt)},
                   {"ended_at", record.endedAt ? Json(formatTimestamp(*record.endedAt)) : Json()},
                   {"state", wire::name(record.state)},
                   {"code", record.code},
                   {"reason", record.reason}});
}

Result<BroadcastRecord> broadcastFromDocument(const std::string& text) {
    const Json json = TRY(parseJson(text, kMaxDocument));
    JsonReader reader(json);
    BroadcastRecord record;
    record.id = reader.string("id", 1, kMaxText);
    record.callId = reader.string("call_id", 1, kMaxText);
    const auto kind = wire::broadcastKindFromName(reader.string("kind", 1, kMaxText));
    record.video = reader.optionalBool("video").value_or(true);
    record.isPublic = reader.optionalBool("public").value_or(false);
    record.keepsAll = reader.optionalBool("keeps_all").value_or(false);
    record.url = reader.string("url", 0, kMaxText);
    record.passphrase = reader.string("passphrase", 0, kMaxText);
    record.port = static_cast<int>(reader.optionalInteger("port", 0, 65535).value_or(0));
    record.key = reader.string("key", 0, kMaxText);
    record.startedBy = reader.string("started_by", 0, kMaxText);
    const auto startedAt = parseTimestamp(reader.string("started_at", 1, kMaxText));
    const auto endedAt = reader.optionalString("ended_at", 1, kMaxText);
    const auto state = wire::broadcastStateFromName(reader.string("state", 1, kMaxText));
    record.code = reader.string("code", 0, kMaxText);
    record.reason = reader.string("reason", 0, kMaxText);
    if (const auto read = reader.finish(); !read)
        return Error{ErrorCode::Internal, read.error().message};
    if (!kind || !state || !startedAt)
        return Error{ErrorCode::Internal, "not a broadcast's record"};
    record.kind = *kind;
    record.state = *state;
    record.startedAt = *startedAt;
    if (endedAt) record.endedAt = TRY(parseTimestamp(*endedAt));
    return record;
}

} // namespace mullion
