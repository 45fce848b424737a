#include "src/broadcasts/hls_playlist.h"

#include <algorithm>
#include <cstdio>

#include "src/base/timestamp.h"

namespace mullion {

namespace {

/// As HlsCutter keeps them.
constexpr const char* kHeader = "#EXTM3U\n"
                                "#EXT-X-VERSION:9\n"
                                "#EXT-X-TARGETDURATION:2\n"
                                "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.2\n"
                                "#EXT-X-PART-INF:PART-TARGET=0.4\n";

/// Parts are told of segments that are so young (three target durations).
constexpr std::size_t kSegmentsWithParts = 3;

/// Not 0, which hls.js 1.7 takes for no number: it loads such a segment over and over.
constexpr std::int64_t kFirstSegment = 1;

std::string seconds(std::int64_t milliseconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%03lld", static_cast<long long>(milliseconds / 1000),
                  static_cast<long long>(milliseconds % 1000));
    return text;
}

} // namespace

std::int64_t HlsPlaylist::Segment::durationMs() const {
    std::int64_t sum = 0;
    for (const wire::HlsPart& part : parts)
        sum += part.durationMs;
    return sum;
}

void HlsPlaylist::add(const wire::HlsPart& part) {
    if (!segments_.empty()) {
        const Segment& newest = segments_.back();
        const bool known = part.segment < newest.number ||
                           (part.segment == newest.number &&
                            (newest.whole ||
                             (!newest.parts.empty() && part.offset <= newest.parts.back().offset)));
        if (known) return;
    }
    if (segments_.empty() || segments_.back().number != part.segment) {
        breakOff();
        segments_.push_back({part.segment, part.init, part.startedAtMs});
    }
    segments_.back().parts.push_back(part);
    segments_.back().whole = part.last;
    if (keepsAll_) return;
    const auto whole = static_cast<std::size_t>(
        std::count_if(segments_.begin(), segments_.end(), [](const auto& s) { return s.whole; }));
    for (std::size_t count = whole; count > kWindow; --count) {
        if (segments_[0].init != segments_[1].init) ++discontinuities_;
        behind_.push_back(segments_.front().number);
        segments_.pop_front();
    }
}

void HlsPlaylist::breakOff() {
    if (!segments_.empty()) segments_.back().whole = true;
}

void HlsPlaylist::end() {
    breakOff();
    ended_ = true;
}

std::string HlsPlaylist::codecs() const {
    return segments_.empty() ? "" : segments_.back().parts.front().codecs;
}

std::int64_t HlsPlaylist::nextSegment() const {
    return segments_.empty() ? kFirstSegment : segments_.back().number + 1;
}

std::int64_t HlsPlaylist::nextInit() const {
    return segments_.empty() ? 0 : segments_.back().init + 1;
}

bool HlsPlaylist::has(std::int64_t segment, std::int64_t part) const {
    if (ended_) return true;
    if (segments_.empty()) return false;
    const Segment& newest = segments_.back();
    if (segment != newest.number) return segment < newest.number;
    // A part behind the last of its segment is the first of the next (6.2.5.2).
    return part < 0 ? newest.whole : part < static_cast<std::int64_t>(newest.parts.size());
}

const wire::HlsPart* HlsPlaylist::part(std::int64_t segment, std::int64_t part) const {
    for (const Segment& known : segments_)
        if (known.number == segment && part >= 0 &&
            part < static_cast<std::int64_t>(known.parts.size()))
            return &known.parts[static_cast<std::size_t>(part)];
    return nullptr;
}

bool HlsPlaylist::isAhead(std::int64_t segment) const {
    return !ended_ && segment > nextSegment() + 1;
}

void HlsPlaylist::write(std::string& text, const Segment& segment, const std::string& query,
                        bool withParts) {
    const std::string file = wire::hlsSegmentFile(segment.number) + query;
    text += "#EXT-X-PROGRAM-DATE-TIME:" +
            formatTimestamp(Timestamp(std::chrono::milliseconds(segment.startedAtMs))) + '\n';
    for (std::size_t i = 0; withParts && i < segment.parts.size(); ++i) {
        const wire::HlsPart& part = segment.parts[i];
        text += "#EXT-X-PART:DURATION=" + seconds(part.durationMs) + ",URI=\"" +
                wire::hlsPartFile(segment.number, i) + query + '"' +
                (part.independent ? ",INDEPENDENT=YES" : "") + '\n';
    }
    if (segment.whole) text += "#EXTINF:" + seconds(segment.durationMs()) + ",\n" + file + '\n';
}

std::string HlsPlaylist::text(const std::string& query) const {
    std::string text = kHeader;
    text += "#EXT-X-MEDIA-SEQUENCE:" +
            std::to_string(segments_.empty() ? kFirstSegment : segments_.front().number) + '\n';
    text += "#EXT-X-DISCONTINUITY-SEQUENCE:" + std::to_string(discontinuities_) + '\n';
    if (keepsAll_) text += "#EXT-X-PLAYLIST-TYPE:EVENT\n";
    std::int64_t init = -1;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const Segment& segment = segments_[i];
        if (segment.init != init) {
            if (init >= 0) text += "#EXT-X-DISCONTINUITY\n";
            text += "#EXT-X-MAP:URI=\"" + wire::hlsInitFile(segment.init) + query + "\"\n";
            init = segment.init;
        }
        write(text, segment, query, !ended_ && i + kSegmentsWithParts >= segments_.size());
    }
    if (ended_) return text + "#EXT-X-ENDLIST\n";
    // What a player may ask for before it is there.
    const bool goesOn = !segments_.empty() && !segments_.back().whole;
    text += "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"" +
            wire::hlsPartFile(goesOn ? segments_.back().number : nextSegment(),
                              goesOn ? segments_.back().parts.size() : 0) +
            query + "\"\n";
    return text;
}

std::vector<std::int64_t> HlsPlaylist::takeExpired() {
    std::vector<std::int64_t> expired;
    while (behind_.size() > kKept - kWindow) {
        expired.push_back(behind_.front());
        behind_.pop_front();
    }
    return expired;
}

} // namespace mullion
