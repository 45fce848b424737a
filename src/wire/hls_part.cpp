#include "src/wire/hls_part.h"

#include "src/base/json_values.h"

namespace mullion::wire {

namespace {

constexpr std::int64_t kMany = std::int64_t{1} << 53;

} // namespace

Json toJson(const HlsPart& part) {
    return {{"segment", part.segment},
            {"init", part.init},
            {"offset", part.offset},
            {"bytes", part.bytes},
            {"duration_ms", part.durationMs},
            {"independent", part.independent},
            {"last", part.last},
            {"codecs", part.codecs},
            {"started_at_ms", part.startedAtMs}};
}

Result<HlsPart> hlsPartFromJson(const Json& json) {
    JsonReader reader(json);
    const auto number = [&](const char* field) {
        const auto value = reader.optionalInteger(field, 0, kMany);
        if (!value) reader.refuse(field, std::string("`") + field + "` is missing");
        return value.value_or(0);
    };
    HlsPart part;
    part.segment = number("segment");
    part.init = number("init");
    part.offset = number("offset");
    part.bytes = number("bytes");
    part.durationMs = number("duration_ms");
    part.independent = reader.optionalBool("independent").value_or(false);
    part.last = reader.optionalBool("last").value_or(false);
    part.codecs = reader.string("codecs", 0, 128);
    part.startedAtMs = number("started_at_ms");
    TRY(reader.finish());
    return part;
}

std::string hlsSegmentFile(std::int64_t segment) {
    return std::to_string(segment) + ".m4s";
}

std::string hlsPartFile(std::int64_t segment, std::size_t part) {
    return std::to_string(segment) + '.' + std::to_string(part) + ".m4s";
}

std::string hlsInitFile(std::int64_t init) {
    return "init." + std::to_string(init) + ".mp4";
}

} // namespace mullion::wire
