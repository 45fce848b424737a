#include "src/broadcasts/broadcasts.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "src/base/ids.h"
#include "src/base/json_values.h"
#include "src/base/log.h"
#include "src/base/new_file.h"
#include "src/broadcasts/free_port.h"

namespace mullion {

namespace {

constexpr Log kLog("broadcasts");
constexpr const char* kRecordFile = "/broadcast.json";
constexpr auto kForgetInterval = std::chrono::seconds(10);
/// What SRT takes (SRTO_PASSPHRASE).
constexpr std::size_t kMinPassphrase = 10;
constexpr std::size_t kMaxPassphrase = 79;

std::string contextOf(const BroadcastRecord& record) {
    return "call=" + record.callId + " broadcast=" + record.id;
}

/// Whether it is `SCHEME://HOST…` with one of these schemes, and nothing that is not shown.
bool isAddress(const std::string& url, std::initializer_list<std::string_view> schemes) {
    const bool printable = std::all_of(url.begin(), url.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
    });
    if (!printable) return false;
    return std::any_of(schemes.begin(), schemes.end(), [&url](std::string_view scheme) {
        const std::string start = std::string(scheme) + "://";
        return url.starts_with(start) && url.size() > start.size() && url[start.size()] != '/' &&
               url[start.size()] != ':';
    });
}

Result<void> checkFields(const Broadcasts::Request& request) {
    using wire::BroadcastKind;
    const bool takesUrl = request.kind == BroadcastKind::Rtmp || request.kind == BroadcastKind::Srt;
    if (!takesUrl && !request.url.empty())
        return Error{ErrorCode::BadRequest,
                     "`url` is for what is pushed: rtmp, and srt as the caller", "url"};
    if (request.kind == BroadcastKind::Rtmp && !isAddress(request.url, {"rtmp", "rtmps"}))
        return Error{ErrorCode::BadRequest, "`url` must be like rtmp://host/app/key", "url"};
    if (request.kind == BroadcastKind::Srt && !request.url.empty() &&
        !isAddress(request.url, {"srt"}))
        return Error{ErrorCode::BadRequest, "`url` must be like srt://host:port", "url"};
    const auto length = request.passphrase.size();
    if (length > 0 && request.kind != BroadcastKind::Srt)
        return Error{ErrorCode::BadRequest, "`passphrase` is for srt", "passphrase"};
    if (length > 0 && (length < kMinPassphrase || length > kMaxPassphrase))
        return Error{ErrorCode::BadRequest, "`passphrase` must have 10 to 79 bytes", "passphrase"};
    if (request.keepsAll && request.kind != BroadcastKind::Hls)
        return Error{ErrorCode::BadRequest, "`playlist` is for hls", "playlist"};
    return {};
}

bool listens(const BroadcastRecord& record) {
    return record.kind == wire::BroadcastKind::Rtsp ||
           (record.kind == wire::BroadcastKind::Srt && !record.isPushed());
}

} // namespace

Broadcasts::Broadcasts(Options options, Calls& calls)
    : options_(std::move(options))
    , calls_(calls)
    , clock_(every(kForgetInterval, [this] {
        forgetOld();
        return true;
    })) {}

Broadcasts::~Broadcasts() = default;

Result<void> Broadcasts::check(const std::string& callId, const Request& request) const {
    TRY(checkFields(request));
    const auto& targets = options_.targets;
    if (!request.url.empty() && !targets.empty() &&
        std::none_of(targets.begin(), targets.end(),
                     [&](const std::string& allowed) { return request.url.starts_with(allowed); }))
        return Error{ErrorCode::NotAllowed, "this server does not push there (broadcasts.targets)",
                     "url"};
    if (!calls_.hasProcess(callId)) return Error{ErrorCode::WrongState, "nobody is in the call"};
    std::size_t running = 0;
    for (const auto& [id, other] : entries_) {
        const BroadcastRecord& record = other.record;
        if (record.callId != callId || record.isOver()) continue;
        ++running;
        if (!request.url.empty() && record.url == request.url)
            return Error{ErrorCode::Conflict, "the call is pushed there already", "url"};
    }
    if (running >= options_.maxPerCall)
        return Error{ErrorCode::AtCapacity, "the call has " + std::to_string(running) +
                                                " broadcasts already; stop one of them"};
    return {};
}

Result<int> Broadcasts::freePort() const {
    for (int port = options_.minPort; port <= options_.maxPort; ++port) {
        const bool taken = std::any_of(entries_.begin(), entries_.end(), [port](const auto& other) {
            return other.second.record.port == port && !other.second.record.isOver();
        });
        if (!taken && isPortFree(options_.listen, port)) return port;
    }
    return Error{ErrorCode::AtCapacity, "all ports are taken (broadcasts.min_port)"};
}

Result<const BroadcastRecord*> Broadcasts::start(const std::string& callId,
                                                 const Request& request) {
    TRY(check(callId, request));
    Entry entry;
    BroadcastRecord& record = entry.record;
    record.id = newId();
    record.callId = callId;
    record.kind = request.kind;
    record.video = request.video;
    record.isPublic = request.isPublic;
    record.keepsAll = request.keepsAll;
    record.url = request.url;
    record.passphrase = request.passphrase;
    record.startedBy = request.startedBy;
    record.startedAt = now();
    if (listens(record)) record.port = TRY(freePort());
    if (record.kind == wire::BroadcastKind::Rtsp && !record.isPublic) record.key = newId();
    if (record.kind == wire::BroadcastKind::Hls)
        entry.stream = std::make_unique<HlsStream>(folderOf(record), record.keepsAll);
    Entry& kept = entries_[record.id] = std::move(entry);
    save(kept.record);
    kLog.info(contextOf(kept.record), std::string("begins by ") + wire::name(kept.record.kind));
    sendStart(kept);
    tell(nullptr, kept);
    return &kept.record;
}

void Broadcasts::sendStart(const Entry& entry) {
    const BroadcastRecord& record = entry.record;
    wire::StartBroadcast message{record.id, record.kind, record.video, record.url,
                                 record.passphrase};
    if (entry.stream) {
        message.path = entry.stream->folder();
        message.firstSegment = entry.stream->nextSegment();
        message.firstInit = entry.stream->nextInit();
    }
    message.address = options_.listen;
    message.port = record.port;
    message.key = record.key;
    calls_.send(record.callId, message);
}

Broadcasts::Entry* Broadcasts::entry(const std::string& callId, const std::string& id) {
    const auto found = entries_.find(id);
    return found != entries_.end() && found->second.record.callId == callId ? &found->second
                                                                            : nullptr;
}

Result<const BroadcastRecord*> Broadcasts::find(const std::string& callId, const std::string& id) {
    Entry* found = entry(callId, id);
    if (!found) return Error{ErrorCode::NotFound, "no such broadcast, or it is long over"};
    if (found->stream) found->record.viewers = found->stream->viewers();
    return &found->record;
}

Result<const BroadcastRecord*> Broadcasts::stop(const std::string& callId, const std::string& id) {
    TRY(find(callId, id));
    Entry& found = *entry(callId, id);
    if (found.record.isOver()) return Error{ErrorCode::WrongState, "the broadcast is over"};
    calls_.send(callId, wire::StopBroadcast{id});
    // Its last segment is still to come; for those who watch the end comes with it.
    finish(found, wire::BroadcastState::Stopped, "", "");
    return &found.record;
}

std::vector<const BroadcastRecord*> Broadcasts::of(const std::string& callId) {
    std::vector<const BroadcastRecord*> found;
    for (auto& [id, entry] : entries_) {
        if (entry.record.callId != callId) continue;
        if (entry.stream) entry.record.viewers = entry.stream->viewers();
        found.push_back(&entry.record);
    }
    std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) {
        return std::tie(a->startedAt, a->id) < std::tie(b->startedAt, b->id);
    });
    return found;
}

HlsStream* Broadcasts::stream(const std::string& id) {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : found->second.stream.get();
}

std::size_t Broadcasts::count() const {
    return static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(),
                      [](const auto& entry) { return !entry.second.record.isOver(); }));
}

void Broadcasts::onStatus(const std::string& callId, const wire::BroadcastStatus& status) {
    Entry* found = entry(callId, status.id);
    if (!found) return;
    BroadcastRecord& record = found->record;
    const bool ended = status.state >= wire::BroadcastState::Failed;
    if (record.isOver()) {
        // The process has written the last of one that was stopped here.
        if (ended && found->stream) found->stream->end();
        return;
    }
    if (ended) {
        finish(*found, status.state, status.code, status.message);
        if (found->stream) found->stream->end();
        return;
    }
    record.viewers = status.viewers;
    record.bitrate = status.bitrate;
    const bool changed = record.state != status.state || record.reason != status.message;
    record.state = status.state;
    record.code = status.code;
    record.reason = status.message;
    if (!changed) return tell(nullptr, *found);
    const bool isFirst = status.state == wire::BroadcastState::Live && !record.wasLive;
    record.wasLive |= isFirst;
    save(record);
    kLog.info(contextOf(record),
              wire::name(record.state) + (record.reason.empty() ? "" : ": " + record.reason));
    tell(isFirst ? "broadcast:started" : "broadcast:updated", *found);
}

void Broadcasts::onPart(const std::string& callId, const wire::BroadcastPart& part) {
    Entry* found = entry(callId, part.id);
    if (found && found->stream) found->stream->add(part.part);
}

void Broadcasts::finish(Entry& entry, wire::BroadcastState state, const std::string& code,
                        const std::string& reason) {
    BroadcastRecord& record = entry.record;
    record.state = state;
    record.code = code;
    record.reason = reason;
    record.endedAt = now();
    record.viewers = record.bitrate = 0;
    save(record);
    const bool failed = state == wire::BroadcastState::Failed;
    kLog.info(contextOf(record), failed ? "failed: " + reason : "is over");
    tell(failed ? "broadcast:failed" : "broadcast:stopped", entry);
}

void Broadcasts::onCallOver(const std::string& callId) {
    for (auto& [id, entry] : entries_)
        if (entry.record.callId == callId && !entry.record.isOver())
            finish(entry, wire::BroadcastState::Stopped, "", "");
}

void Broadcasts::onCallStopped(const std::string& callId) {
    for (auto& [id, entry] : entries_)
        if (entry.record.callId == callId && entry.record.isOver() && entry.stream)
            entry.stream->end();
}

void Broadcasts::onRestarted(const std::string& callId) {
    onCallStopped(callId);
    for (auto& [id, entry] : entries_)
        if (entry.record.callId == callId && !entry.record.isOver()) goOn(entry);
}

/// Goes on in a new process, which begins another segment.
void Broadcasts::goOn(Entry& entry) {
    if (entry.stream) entry.stream->breakOff();
    entry.record.state = wire::BroadcastState::Retrying;
    entry.record.reason = "the call's media was started anew";
    entry.record.code = "unavailable";
    sendStart(entry);
    tell("broadcast:updated", entry);
}

void Broadcasts::tell(const char* type, const Entry& entry) {
    Json ofCall = Json::array();
    for (const BroadcastRecord* record : of(entry.record.callId))
        if (!record->isOver()) ofCall.push_back(toJson(*record));
    calls_.tell(type, entry.record, ofCall);
}

void Broadcasts::save(const BroadcastRecord& record) {
    disk_.post([folder = folderOf(record), text = toDocument(record)] {
        const auto write = [&]() -> Result<void> {
            std::error_code error;
            std::filesystem::create_directories(folder, error);
            if (error) return Error{ErrorCode::Unavailable, folder + ": " + error.message()};
            // It holds receivers' keys.
            std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
            auto file = TRY(NewFile::create(folder + kRecordFile));
            TRY(file.write(text));
            return file.commit();
        };
        if (const auto written = write(); !written) kLog.error("", written.error().message);
    });
}

/// Takes away what has been over for a while.
void Broadcasts::forgetOld() {
    const auto before = now() - options_.kept;
    std::erase_if(entries_, [&](const auto& known) {
        const BroadcastRecord& record = known.second.record;
        if (!record.isOver() || record.endedAt.value_or(record.startedAt) > before) return false;
        disk_.post([folder = folderOf(record)] {
            std::error_code error;
            std::filesystem::remove_all(folder, error);
            if (error) kLog.warning("", folder + ": " + error.message());
        });
        return true;
    });
}

Result<void> Broadcasts::load() {
    std::error_code error;
    std::filesystem::create_directories(options_.folder, error);
    if (error) return Error{ErrorCode::Unavailable, options_.folder + ": " + error.message()};
    for (const auto& folder : std::filesystem::directory_iterator(options_.folder, error)) {
        std::ifstream file(folder.path().string() + kRecordFile);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        auto record = broadcastFromDocument(text);
        if (!record || folder.path().filename() != record->id) {
            kLog.warning("", folder.path().string() + " is no broadcast of ours; it stays");
            continue;
        }
        Entry entry;
        entry.record = std::move(*record);
        if (entry.record.kind == wire::BroadcastKind::Hls) {
            entry.stream =
                std::make_unique<HlsStream>(folder.path().string(), entry.record.keepsAll);
            entry.stream->load();
        }
        entry.record.wasLive = entry.record.state == wire::BroadcastState::Live;
        const std::string id = entry.record.id;
        entries_[id] = std::move(entry);
    }
    if (error) return Error{ErrorCode::Unavailable, options_.folder + ": " + error.message()};
    return {};
}

void Broadcasts::resumeAfterStart(const std::unordered_set<std::string>& goingOn,
                                  const std::unordered_set<std::string>& adopted) {
    for (auto& [id, entry] : entries_) {
        BroadcastRecord& record = entry.record;
        if (record.isOver()) {
            // Whether the process has heard that it is to stop is not known.
            if (goingOn.contains(id)) calls_.send(record.callId, wire::StopBroadcast{id});
            if (entry.stream) entry.stream->end();
        } else if (goingOn.contains(id)) {
            tell(nullptr, entry);
        } else if (!adopted.contains(record.callId) && calls_.hasProcess(record.callId)) {
            goOn(entry);
        } else {
            finish(entry, wire::BroadcastState::Stopped, "", "the server was stopped meanwhile");
            if (entry.stream) entry.stream->end();
        }
    }
    forgetOld();
}

} // namespace mullion
