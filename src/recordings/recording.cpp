#include "src/recordings/recording.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "src/base/json_values.h"

namespace mullion {

namespace {

constexpr std::array<std::pair<RecordingStatus, const char*>, 7> kStatuses = {
    {{RecordingStatus::Recording, "recording"},
     {RecordingStatus::Paused, "paused"},
     {RecordingStatus::Mending, "mending"},
     {RecordingStatus::Ready, "ready"},
     {RecordingStatus::Uploading, "uploading"},
     {RecordingStatus::Stored, "stored"},
     {RecordingStatus::Failed, "failed"}}};

double seconds(std::int64_t ms) {
    return static_cast<double>(ms) / 1000;
}

Json timeOrNull(const std::optional<Timestamp>& time) {
    return time ? Json(formatTimestamp(*time)) : Json();
}

Json toJson(const RecordedPart& part) {
    Json json = {{"index", part.index},
                 {"bytes", part.bytes},
                 {"duration", seconds(part.durationMs)},
                 {"sha256", part.isFinished() ? Json(part.sha256) : Json()}};
    if (!isTrack(part.index)) return json;
    const auto& owner = part.owner;
    json["user_id"] = owner ? Json(owner->userId) : Json();
    json["source"] = owner ? Json(wire::name(owner->source)) : Json();
    json["started_at"] = owner ? Json(formatTimestamp(owner->startedAt)) : Json();
    return json;
}

/// The files of the programme, or those of tracks.
Json partsOf(const Recording& recording, bool ofTracks) {
    Json parts = Json::array();
    for (const RecordedPart& part : recording.parts)
        if (isTrack(part.index) == ofTracks) parts.push_back(toJson(part));
    return parts;
}

Result<std::optional<TrackOwner>> ownerFrom(JsonReader& reader) {
    const auto user = reader.optionalString("user_id", 1, 128);
    const auto source = reader.optionalString("source", 1, 64);
    const auto startedAt = reader.optionalString("started_at", 1, 64);
    const auto known = source ? wire::trackSourceFromName(*source) : std::nullopt;
    if (!user || !known || !startedAt) return std::optional<TrackOwner>();
    return std::optional(TrackOwner{*user, *known, TRY(parseTimestamp(*startedAt))});
}

/// Reads what partsOf() has written.
Result<void> takeParts(const Json& parts, Recording& recording) {
    if (parts.is_null()) return {};
    if (!parts.is_array()) return Error{ErrorCode::Internal, "a list is none"};
    for (const Json& entry : parts) {
        JsonReader reader(entry);
        RecordedPart& part = recording.part(
            static_cast<int>(reader.optionalInteger("index", 1, 1 << 20).value_or(1)));
        part.bytes = reader.optionalInteger("bytes", 0, INT64_MAX).value_or(0);
        part.durationMs =
            std::llround(reader.optionalNumber("duration", 0, 1e9).value_or(0) * 1000);
        part.sha256 = reader.optionalString("sha256", 0, 64).value_or("");
        if (isTrack(part.index)) part.owner = TRY(ownerFrom(reader));
        TRY(reader.finish());
    }
    return {};
}

/// What interface and document have in common.
Json commonOf(const Recording& recording) {
    Json json = {{"id", recording.id},
                 {"call_id", recording.callId},
                 {"status", name(recording.status)},
                 {"format", wire::name(recording.format)},
                 {"video", recording.video},
                 {"started_by", recording.startedBy},
                 {"started_at", formatTimestamp(recording.startedAt)},
                 {"ended_at", timeOrNull(recording.endedAt)},
                 {"duration", seconds(recording.durationMs())},
                 {"parts", partsOf(recording, false)}};
    if (recording.tracks) json["tracks"] = partsOf(recording, true);
    if (!recording.reason.empty()) json["reason"] = recording.reason;
    return json;
}

Json storageOf(const StoragePlace& place) {
    Json files = Json::array();
    for (const StoredFile& file : place.files) {
        Json entry = {{"name", file.name},
                      {"key", place.keyOf(file)},
                      {"bytes", file.bytes},
                      {"stored", file.isStored}};
        if (!file.parts.id.empty()) {
            entry["upload_id"] = file.parts.id;
            entry["part_size"] = file.parts.partSize;
            for (const auto& [number, etag] : file.parts.etags)
                entry["etags"][std::to_string(number)] = etag;
        }
        files.push_back(std::move(entry));
    }
    return {{"bucket", place.bucket}, {"stem", place.stem}, {"files", std::move(files)}};
}

Result<StoredFile> storedFileFrom(const Json& json) {
    JsonReader reader(json);
    StoredFile file;
    file.name = reader.string("name", 1, 64);
    (void)reader.any("key");
    file.bytes = reader.optionalInteger("bytes", 0, INT64_MAX).value_or(0);
    file.isStored = reader.optionalBool("stored").value_or(false);
    file.parts.id = reader.optionalString("upload_id", 1, 4096).value_or("");
    file.parts.partSize = reader.optionalInteger("part_size", 1, INT64_MAX).value_or(0);
    const Json& etags = reader.any("etags");
    TRY(reader.finish());
    if (!file.parts.id.empty() && file.parts.partSize == 0)
        return Error{ErrorCode::Internal, "an upload has parts of no size"};
    if (!etags.is_object()) return file;
    for (auto etag = etags.begin(); etag != etags.end(); ++etag) {
        const int number = std::atoi(etag.key().c_str());
        if (number < 1 || !etag->is_string())
            return Error{ErrorCode::Internal, "an upload has a part that is none"};
        file.parts.etags[number] = etag->get<std::string>();
    }
    return file;
}

Result<StoragePlace> storageFrom(const Json& json) {
    StoragePlace place;
    if (json.is_null()) return place;
    JsonReader reader(json);
    place.bucket = reader.string("bucket", 1, 256);
    place.stem = reader.string("stem", 1, 1024);
    const Json& files = reader.any("files");
    TRY(reader.finish());
    if (!files.is_array()) return Error{ErrorCode::Internal, "a list is none"};
    for (const Json& file : files)
        place.files.push_back(TRY(storedFileFrom(file)));
    return place;
}

Result<Timestamp> timeIn(JsonReader& reader, const char* field) {
    return parseTimestamp(reader.string(field, 1, 64));
}

} // namespace

std::int64_t Recording::durationMs() const {
    std::int64_t total = 0;
    for (const RecordedPart& part : parts)
        if (!isTrack(part.index)) total += part.durationMs;
    return total;
}

int Recording::nextIndex(bool ofTrack) const {
    int next = ofTrack ? kFirstTrack : 1;
    for (const RecordedPart& part : parts)
        if (isTrack(part.index) == ofTrack) next = std::max(next, part.index + 1);
    return next;
}

std::int64_t Recording::uploadedBytes() const {
    std::int64_t total = 0;
    for (const StoredFile& file : storage.files) {
        const auto parts = static_cast<std::int64_t>(file.parts.etags.size());
        total += file.isStored ? file.bytes : std::min(file.bytes, parts * file.parts.partSize);
    }
    return total;
}

bool Recording::isFinished(int index) const {
    return std::any_of(parts.begin(), parts.end(), [index](const RecordedPart& known) {
        return known.index == index && known.isFinished();
    });
}

RecordedPart& Recording::part(int index) {
    const auto place = std::find_if(parts.begin(), parts.end(), [index](const RecordedPart& known) {
        return known.index >= index;
    });
    if (place != parts.end() && place->index == index) return *place;
    return *parts.insert(place, RecordedPart{.index = index});
}

const char* name(RecordingStatus status) {
    for (const auto& [known, word] : kStatuses)
        if (known == status) return word;
    return "";
}

std::optional<RecordingStatus> recordingStatusFromName(std::string_view name) {
    for (const auto& [status, word] : kStatuses)
        if (name == word) return status;
    return {};
}

std::string endingOf(const Recording& recording, int index) {
    return std::to_string(index) + '.' + (isTrack(index) ? "mkv" : wire::name(recording.format));
}

const char* mediaTypeOf(const Recording& recording, int index) {
    if (isTrack(index)) return "video/x-matroska";
    const bool isMp4 = recording.format == wire::RecordingFormat::Mp4;
    if (recording.video) return isMp4 ? "video/mp4" : "video/webm";
    return isMp4 ? "audio/mp4" : "audio/webm";
}

Json toJson(const Recording& recording,
            const std::function<std::string(const std::string& path)>& urlOf) {
    const std::string base = "/api/webrtc/recordings/" + recording.id;
    Json json = commonOf(recording);
    const auto url = [&](bool isThere, const char* name) {
        return isThere && urlOf ? Json(urlOf(base + name)) : Json();
    };
    Json none = Json::array();
    // One address for all files: which of them is no part of what is signed.
    const Json file = url(!recording.parts.empty(), "/file");
    for (const char* list : {"parts", "tracks"})
        for (Json& part : json.contains(list) ? json[list] : none)
            part["url"] = file.is_null() || part["sha256"].is_null()
                              ? Json()
                              : Json(file.get<std::string>() +
                                     "&part=" + std::to_string(part["index"].get<int>()));
    if (recording.status == RecordingStatus::Uploading)
        json["uploaded"] = recording.uploadedBytes();
    json["preview_url"] = url(recording.hasPreview, "/preview.jpg");
    json["waveform_url"] = url(recording.hasWaveform, "/waveform.json");
    return json;
}

std::string toDocument(const Recording& recording) {
    Json json = commonOf(recording);
    json["hosts"] = recording.hosts;
    json["call"] = recording.call;
    json["layouts"] = recording.layouts;
    json["chat"] = recording.chat;
    json["preview"] = recording.hasPreview;
    json["waveform"] = recording.hasWaveform;
    if (!recording.storage.files.empty()) json["storage"] = storageOf(recording.storage);
    // Beside the files it is read by people.
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

Result<Recording> recordingFromDocument(const std::string& text) {
    const Json json = TRY(parseJson(text, kMaxRecordingDocument));
    JsonReader reader(json);
    Recording recording;
    recording.id = reader.string("id", 1, 128);
    recording.callId = reader.string("call_id", 1, 128);
    const auto status = recordingStatusFromName(reader.string("status", 1, 64));
    const auto format = wire::recordingFormatFromName(reader.string("format", 1, 64));
    if (!status || !format) return Error{ErrorCode::Internal, "no status or format of ours"};
    recording.status = *status;
    recording.format = *format;
    recording.video = reader.optionalBool("video").value_or(true);
    recording.startedBy = reader.string("started_by", 0, 128);
    recording.startedAt = TRY(timeIn(reader, "started_at"));
    if (const auto ended = reader.optionalString("ended_at", 1, 64))
        recording.endedAt = TRY(parseTimestamp(*ended));
    (void)reader.any("duration");
    recording.reason = reader.optionalString("reason", 0, 4096).value_or("");
    const Json& parts = reader.any("parts");
    const Json& tracks = reader.any("tracks");
    const Json& hosts = reader.any("hosts");
    recording.call = reader.any("call");
    recording.layouts = reader.any("layouts");
    recording.chat = reader.any("chat");
    if (!parts.is_array() || !hosts.is_array() || !recording.layouts.is_array() ||
        !recording.chat.is_array())
        return Error{ErrorCode::Internal, "a list is none"};
    if (!recording.call.is_null() && !recording.call.is_object())
        return Error{ErrorCode::Internal, "its call is none"};
    TRY(takeParts(parts, recording));
    TRY(takeParts(tracks, recording));
    recording.tracks = !tracks.is_null();
    for (const Json& host : hosts)
        if (host.is_string()) recording.hosts.push_back(host.get<std::string>());
    recording.hasPreview = reader.optionalBool("preview").value_or(false);
    recording.hasWaveform = reader.optionalBool("waveform").value_or(false);
    recording.storage = TRY(storageFrom(reader.any("storage")));
    TRY(reader.finish());
    return recording;
}

} // namespace mullion
