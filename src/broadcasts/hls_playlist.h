#pragma once

#include <cstdint>

#include <deque>
#include <string>
#include <vector>

#include "src/wire/hls_part.h"

namespace mullion {

/// The media playlist of a broadcast by HLS (RFC 8216, and draft-pantos-hls-rfc8216bis for low
/// latency): what is there of it, told as text. Plain data.
///
/// A player that wants low latency asks for the playlist that will have the next part; all others
/// see whole segments.
class HlsPlaylist {
public:
    /// Segments that the playlist has, and those that are still there for whoever is behind it.
    static constexpr std::size_t kWindow = 6;
    static constexpr std::size_t kKept = 12;

    /// `keepsAll`: nothing leaves it, so that who comes late can go back to the beginning.
    explicit HlsPlaylist(bool keepsAll)
        : keepsAll_(keepsAll) {}

    /// A part that is there already is passed over.
    void add(const wire::HlsPart& part);

    /// The segment that is not whole ends with what there is of it: whoever made it has died.
    void breakOff();

    /// Nothing comes any more.
    void end();

    bool isEmpty() const { return segments_.empty(); }

    /// Whether a player can begin: players take a list without a whole segment for an empty one.
    bool isReady() const { return ended_ || (!segments_.empty() && segments_.front().whole); }

    /// What the newest segment is, as RFC 6381 has it; empty while nothing is there.
    std::string codecs() const;

    /// Where another one goes on.
    std::int64_t nextSegment() const;
    std::int64_t nextInit() const;

    /// Whether the part (-1: the whole segment) is there, or never will be as all has ended.
    bool has(std::int64_t segment, std::int64_t part) const;
    /// Where a part lies in its segment's file; null where it is not there, or not any more.
    const wire::HlsPart* part(std::int64_t segment, std::int64_t part) const;
    /// Whether it is so far ahead that asking for it is a mistake.
    bool isAhead(std::int64_t segment) const;

    /// The playlist as it is; `query` (as `?sig=…`, or empty) stands behind each address in it.
    std::string text(const std::string& query) const;

    /// Segments that nobody will ask for any more; each once.
    std::vector<std::int64_t> takeExpired();

private:
    struct Segment {
        std::int64_t number = 0;
        std::int64_t init = 0;
        std::int64_t startedAtMs = 0;
        std::vector<wire::HlsPart> parts = {};
        bool whole = false;

        std::int64_t durationMs() const;
    };

    static void write(std::string& text, const Segment& segment, const std::string& query,
                      bool withParts);

    bool keepsAll_ = false;
    bool ended_ = false;
    std::deque<Segment> segments_ = {};
    /// How often the encoding changed before the first segment that the playlist has.
    std::int64_t discontinuities_ = 0;
    /// Those behind the window, whose files are there still.
    std::deque<std::int64_t> behind_ = {};
};

} // namespace mullion
