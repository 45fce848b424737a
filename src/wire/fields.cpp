#include "src/wire/fields.h"

namespace mullion::wire {

namespace {

/// The largest that every reader of JSON keeps exact.
constexpr std::int64_t kMaxCount = std::int64_t{1} << 53;

} // namespace

void Reader::integer(const char* field, int& value, int min, int max) {
    const auto found = json_.optionalInteger(field, min, max);
    if (!found) json_.refuse(field, std::string("`") + field + "` is missing");
    value = static_cast<int>(found.value_or(min));
}

void Reader::count(const char* field, std::int64_t& value) {
    value = json_.optionalInteger(field, 0, kMaxCount).value_or(0);
}

void Reader::count(const char* field, int& value) {
    value = static_cast<int>(json_.optionalInteger(field, 0, INT32_MAX).value_or(0));
}

void Reader::strings(const char* field, std::vector<std::string>& values) {
    for (const Json& entry : json_.any(field)) {
        if (entry.is_string())
            values.push_back(entry.get<std::string>());
        else
            json_.refuse(field, std::string("`") + field + "` must hold strings");
    }
}

void Reader::canvas(Canvas& canvas) {
    nested("canvas", json_.any("canvas"), [&](JsonReader& json) { canvas = readCanvas(json); });
}

void Reader::layout(Layout& layout) {
    nested("layout", json_.any("layout"), [&](JsonReader& json) { layout = readLayout(json); });
}

void Reader::programme(Programme& programme) {
    nested("programme", json_.any("programme"),
           [&](JsonReader& json) { programme = readProgramme(json); });
}

void Reader::hlsPart(HlsPart& part) {
    auto read = hlsPartFromJson(json_.any("part"));
    if (read)
        part = std::move(*read);
    else
        json_.refuse("part", read.error().message);
}

void Reader::nested(const char* field, const Json& json,
                    const std::function<void(JsonReader&)>& read) {
    JsonReader inner(json);
    read(inner);
    if (const auto result = inner.finish(); !result) json_.refuse(field, result.error().message);
}

} // namespace mullion::wire
