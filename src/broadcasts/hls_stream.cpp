#include "src/broadcasts/hls_stream.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include "src/base/json_values.h"

namespace mullion {

namespace {

using namespace std::chrono_literals;

/// Three target durations, as long as a server may keep a player waiting (6.2.5.2).
constexpr auto kPatience = 6s;
constexpr auto kTick = 500ms;
/// Who has not asked for so long has gone; players ask once a part or once a segment.
constexpr auto kViewerStays = 8s;
constexpr std::size_t kMaxLine = 1024;

} // namespace

HlsStream::HlsStream(std::string folder, bool keepsAll)
    : folder_(std::move(folder))
    , playlist_(keepsAll) {}

HlsStream::~HlsStream() {
    for (const Waiting& player : std::exchange(waiting_, {}))
        player.done(Error{ErrorCode::NotFound, "the broadcast is over"});
}

void HlsStream::load() {
    std::ifstream file(folder_ + '/' + wire::kHlsPartsFile);
    for (std::string line; std::getline(file, line);) {
        const auto json = parseJson(line, kMaxLine);
        // The last line may be half of one.
        const auto part = json ? wire::hlsPartFromJson(*json) : json.error();
        if (part) playlist_.add(*part);
    }
    removeExpired();
}

void HlsStream::add(const wire::HlsPart& part) {
    playlist_.add(part);
    removeExpired();
    serve();
}

void HlsStream::breakOff() {
    playlist_.breakOff();
    serve();
}

void HlsStream::end() {
    playlist_.end();
    serve();
}

void HlsStream::removeExpired() {
    for (const std::int64_t segment : playlist_.takeExpired())
        std::remove((folder_ + '/' + wire::hlsSegmentFile(segment)).c_str());
}

bool HlsStream::isThere(const Wish& wish) const {
    return wish.segment < 0 ? playlist_.isReady() : playlist_.has(wish.segment, wish.part);
}

void HlsStream::ask(const Wish& wish, const std::string& query, Told told) {
    await(wish, [this, query, told = std::move(told)](const Result<void>& there) {
        if (!there) return told(there.error());
        told(playlist_.text(query));
    });
}

void HlsStream::askPart(const Wish& wish, Found found) {
    await(wish, [this, wish, found = std::move(found)](const Result<void>& there) {
        if (!there) return found(there.error());
        const wire::HlsPart* part = playlist_.part(wish.segment, wish.part);
        if (!part) return found(Error{ErrorCode::NotFound, "there is no such part any more"});
        found(*part);
    });
}

void HlsStream::await(const Wish& wish, std::function<void(Result<void>)> done) {
    if (wish.segment >= 0 && playlist_.isAhead(wish.segment))
        return done(Error{ErrorCode::BadRequest, "that segment is too far ahead", "_HLS_msn"});
    if (isThere(wish)) return done({});
    waiting_.push_back({wish, std::move(done), std::chrono::steady_clock::now() + kPatience});
    if (!clock_)
        clock_ = every(kTick, [this] {
            serve();
            return true;
        });
}

/// Tells those for whom it is there, or will not be in time.
void HlsStream::serve() {
    const auto time = std::chrono::steady_clock::now();
    std::vector<Waiting> served;
    std::erase_if(waiting_, [&](Waiting& player) {
        if (!isThere(player.wish) && player.until > time) return false;
        served.push_back(std::move(player));
        return true;
    });
    if (waiting_.empty()) clock_ = Source();
    for (const Waiting& player : served) {
        if (isThere(player.wish))
            player.done({});
        else
            player.done(Error{ErrorCode::Unavailable, "nothing more has come of the broadcast"});
    }
}

void HlsStream::onViewer(const std::string& who) {
    seen_[who] = std::chrono::steady_clock::now();
}

int HlsStream::viewers() {
    const auto since = std::chrono::steady_clock::now() - kViewerStays;
    std::erase_if(seen_, [since](const auto& entry) { return entry.second < since; });
    return static_cast<int>(seen_.size());
}

} // namespace mullion
