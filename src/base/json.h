#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "src/base/result.h"

namespace mullion {

/// The header of a file that handles values, not only passes them on, is `src/base/json_values.h`:
/// the library takes seconds to compile.
using Json = nlohmann::json;

/// Parses one JSON text from outside without exceptions.
/// @return TooLarge above `maxBytes`, BadRequest for what is no JSON (RFC 8259) or is not UTF-8.
Result<Json> parseJson(std::string_view text, std::size_t maxBytes);

/// JSON on one line; bytes that are not UTF-8 become U+FFFD.
std::string toText(const Json& value);

/// Reads the fields of one JSON object strictly: wrong types, sizes and unknown names are errors
/// which name the field. Get every field, then ask finish().
///
/// The first mistake wins and later reads return defaults, so that a handler reads as a list of
/// its fields. Borrows the object.
class JsonReader {
public:
    /// `object` that is not an object makes every read, and finish(), fail.
    explicit JsonReader(const Json& object);

    /// Mandatory string of `min` to `max` bytes.
    std::string string(const char* name, std::size_t min, std::size_t max);
    /// The string, or nothing where the field is absent or null.
    std::optional<std::string> optionalString(const char* name, std::size_t min, std::size_t max);
    /// One of `allowed`, or nothing where the field is absent.
    std::optional<std::string> optionalOneOf(const char* name,
                                             std::initializer_list<std::string_view> allowed);
    std::optional<bool> optionalBool(const char* name);
    std::optional<std::int64_t> optionalInteger(const char* name, std::int64_t min,
                                                std::int64_t max);
    std::optional<double> optionalNumber(const char* name, double min, double max);
    /// The field as it is (object, array or anything), or null where absent; marks it as known.
    const Json& any(const char* name);

    /// Records a mistake that the caller found in `name`, unless there was one before.
    void refuse(const char* name, std::string message);

    /// Success if every read was right and the object has no field that was not read.
    Result<void> finish();

private:
    const Json* find(const char* name);

    const Json& object_;
    std::vector<std::string_view> known_ = {};
    std::optional<Error> error_ = {};
};

} // namespace mullion
