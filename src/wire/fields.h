#pragma once

#include <cstddef>
#include <cstdint>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/json_values.h"
#include "src/wire/hls_part.h"
#include "src/wire/layout.h"
#include "src/wire/names.h"
#include "src/wire/programme.h"

/// Messages and JSON, both ways by one list. `fields(archive, message)` tells each field of a
/// message to the archive, by name and limits: a Writer puts it into an object, a Reader takes it
/// from one. What a part of a message consists of is told by a `fields` of its own.
namespace mullion::wire {

/// The longest id of anything.
inline constexpr std::size_t kMaxId = 128;

/// Makes the object.
class Writer {
public:
    /// `json` gets the fields.
    explicit Writer(Json& json)
        : json_(json) {}

    void string(const char* field, const std::string& value, std::size_t /*min*/,
                std::size_t /*max*/) {
        json_[field] = value;
    }

    void id(const char* field, const std::string& value) { json_[field] = value; }

    void word(const char* field, const std::string& value,
              std::initializer_list<std::string_view> /*allowed*/) {
        json_[field] = value;
    }

    template <typename Enum, std::size_t N>
    void word(const char* field, Enum value, const Names<Enum, N>& names) {
        json_[field] = nameIn(names, value);
    }

    void flag(const char* field, bool value) { json_[field] = value; }

    void integer(const char* field, int value, int /*min*/, int /*max*/) { json_[field] = value; }

    void count(const char* field, std::int64_t value) { json_[field] = value; }

    void number(const char* field, double value, double /*min*/, double /*max*/) {
        json_[field] = value;
    }

    void strings(const char* field, const std::vector<std::string>& values) {
        json_[field] = values;
    }

    template <typename Part>
    void part(const char* field, Part& part) {
        Writer inner(json_[field] = Json::object());
        fields(inner, part);
    }

    template <typename Part>
    void list(const char* field, std::vector<Part>& parts) {
        Json& list = json_[field] = Json::array();
        for (Part& part : parts) {
            Writer inner(list.emplace_back(Json::object()));
            fields(inner, part);
        }
    }

    // What the API has too.

    void canvas(const Canvas& canvas) { json_["canvas"] = toJson(canvas); }

    void layout(const Layout& layout) { json_["layout"] = toJson(layout); }

    void mode(LayoutMode mode) { json_["mode"] = name(mode); }

    void source(PictureSource source) { json_["source"] = name(source); }

    void programme(const Programme& programme) { json_["programme"] = toJson(programme); }

    void hlsPart(const HlsPart& part) { json_["part"] = toJson(part); }

    void tiles(const std::vector<Tile>& tiles) {
        Json& list = json_["tiles"] = Json::array();
        for (const Tile& tile : tiles)
            list.push_back(toJson(tile));
    }

private:
    Json& json_;
};

/// Takes the fields out. The first mistake is told by the JsonReader's finish().
class Reader {
public:
    explicit Reader(JsonReader& json)
        : json_(json) {}

    /// Mandatory, of `min` to `max` bytes.
    void string(const char* field, std::string& value, std::size_t min, std::size_t max) {
        value = json_.string(field, min, max);
    }

    /// Mandatory, not empty.
    void id(const char* field, std::string& value) { string(field, value, 1, kMaxId); }

    /// One of `allowed`; stays as it is where it is missing.
    void word(const char* field, std::string& value,
              std::initializer_list<std::string_view> allowed) {
        if (auto word = json_.optionalOneOf(field, allowed)) value = std::move(*word);
    }

    template <typename Enum, std::size_t N>
    void word(const char* field, Enum& value, const Names<Enum, N>& names) {
        value = oneOf(json_, field, names, value);
    }

    /// False where it is missing.
    void flag(const char* field, bool& value) { value = json_.optionalBool(field).value_or(false); }

    /// Mandatory.
    void integer(const char* field, int& value, int min, int max);

    /// Not negative; 0 where it is missing.
    void count(const char* field, std::int64_t& value);
    void count(const char* field, int& value);

    /// Stays as it is where it is missing.
    void number(const char* field, double& value, double min, double max) {
        value = json_.optionalNumber(field, min, max).value_or(value);
    }

    void strings(const char* field, std::vector<std::string>& values);

    template <typename Part>
    void part(const char* field, Part& part) {
        nested(field, json_.any(field), [&](JsonReader& json) {
            Reader inner(json);
            fields(inner, part);
        });
    }

    template <typename Part>
    void list(const char* field, std::vector<Part>& parts) {
        for (const Json& entry : json_.any(field))
            nested(field, entry, [&](JsonReader& json) {
                Reader inner(json);
                fields(inner, parts.emplace_back());
            });
    }

    void canvas(Canvas& canvas);
    void layout(Layout& layout);
    void programme(Programme& programme);
    void hlsPart(HlsPart& part);

    void mode(LayoutMode& mode) { mode = readMode(json_); }

    void source(PictureSource& source) { source = readSource(json_); }

    void tiles(std::vector<Tile>& tiles) { tiles = readTiles(json_, "tiles"); }

private:
    void nested(const char* field, const Json& json, const std::function<void(JsonReader&)>& read);

    JsonReader& json_;
};

} // namespace mullion::wire
