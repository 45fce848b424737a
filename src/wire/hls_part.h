#pragma once

#include <cstdint>

#include <string>

#include "src/base/json.h"
#include "src/base/result.h"

namespace mullion::wire {

/// A piece of an HLS segment (a Partial Segment of draft-pantos-hls-rfc8216bis), which lies at
/// `offset` in the segment's file. The process that makes them writes each as a line of JSON into
/// `parts.jsonl` beside the segments, and tells it: whoever missed what was told reads the file.
struct HlsPart {
    /// The number of its segment (the media sequence number), whose file is `SEGMENT.m4s`.
    std::int64_t segment = 0;
    /// Which `INIT.mp4` its segment needs; another one is a discontinuity.
    std::int64_t init = 0;
    std::int64_t offset = 0;
    std::int64_t bytes = 0;
    std::int64_t durationMs = 0;
    /// A decoder can begin with it.
    bool independent = false;
    /// The segment ends with it.
    bool last = false;
    /// Of a segment's first: what its init file is, as RFC 6381 has it; else empty.
    std::string codecs = {};
    /// When what it shows was, in ms since 1970.
    std::int64_t startedAtMs = 0;

    bool operator==(const HlsPart&) const = default;
};

Json toJson(const HlsPart& part);
/// @return BadRequest for anything else.
Result<HlsPart> hlsPartFromJson(const Json& json);

/// The names of the files of a broadcast by HLS, in its folder.
std::string hlsSegmentFile(std::int64_t segment);
/// A part of it by itself, as its address has it; no file has this name.
std::string hlsPartFile(std::int64_t segment, std::size_t part);
std::string hlsInitFile(std::int64_t init);
inline constexpr const char* kHlsPartsFile = "parts.jsonl";

} // namespace mullion::wire
