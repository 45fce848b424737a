#include "src/base/json_values.h"

#include <algorithm>
#include <cstdint>

namespace mullion {

namespace {

const Json kNull;

} // namespace

Result<Json> parseJson(std::string_view text, std::size_t maxBytes) {
    if (text.size() > maxBytes)
        return Error{ErrorCode::TooLarge,
                     "the message has more than " + std::to_string(maxBytes) + " bytes"};
    Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (value.is_discarded()) return Error{ErrorCode::BadRequest, "not valid JSON"};
    return value;
}

std::string toText(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

JsonReader::JsonReader(const Json& object)
    : object_(object) {
    if (!object.is_object()) error_ = Error{ErrorCode::BadRequest, "expected a JSON object"};
}

const Json* JsonReader::find(const char* name) {
    known_.push_back(name);
    if (error_) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void JsonReader::refuse(const char* name, std::string message) {
    if (!error_) error_ = Error{ErrorCode::BadRequest, std::move(message), name};
}

std::string JsonReader::string(const char* name, std::size_t min, std::size_t max) {
    auto value = optionalString(name, min, max);
    if (!value) refuse(name, std::string("`") + name + "` is missing");
    return value.value_or("");
}

std::optional<std::string> JsonReader::optionalString(const char* name, std::size_t min,
                                                      std::size_t max) {
    const Json* value = find(name);
    if (!value) return {};
    if (!value->is_string()) {
        refuse(name, std::string("`") + name + "` must be a string");
        return {};
    }
    const auto& text = value->get_ref<const std::string&>();
    if (text.size() < min || text.size() > max) {
        refuse(name, std::string("`") + name + "` must have " + std::to_string(min) + " to " +
                         std::to_string(max) + " bytes");
        return {};
    }
    return text;
}

std::optional<std::string>
JsonReader::optionalOneOf(const char* name, std::initializer_list<std::string_view> allowed) {
    auto value = optionalString(name, 0, 64);
    if (!value || std::find(allowed.begin(), allowed.end(), *value) != allowed.end()) return value;
    std::string choices;
    for (auto choice : allowed)
        choices.append(choices.empty() ? "" : ", ").append(choice);
    refuse(name, std::string("`") + name + "` must be one of: " + choices);
    return {};
}

std::optional<bool> JsonReader::optionalBool(const char* name) {
    const Json* value = find(name);
    if (!value) return {};
    if (value->is_boolean()) return value->get<bool>();
    refuse(name, std::string("`") + name + "` must be true or false");
    return {};
}

std::optional<std::int64_t> JsonReader::optionalInteger(const char* name, std::int64_t min,
                                                        std::int64_t max) {
    const Json* value = find(name);
    if (!value) return {};
    // An unsigned value beyond int64 would wrap to a negative one that can lie in the range.
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() ||
                       value->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
    if (fits) {
        const auto number = value->get<std::int64_t>();
        if (number >= min && number <= max) return number;
    }
    refuse(name, std::string("`") + name + "` must be a whole number from " + std::to_string(min) +
                     " to " + std::to_string(max));
    return {};
}

std::optional<double> JsonReader::optionalNumber(const char* name, double min, double max) {
    const Json* value = find(name);
    if (!value) return {};
    if (value->is_number()) {
        const auto number = value->get<double>();
        if (number >= min && number <= max) return number;
    }
    refuse(name, std::string("`") + name + "` must be a number from " + std::to_string(min) +
                     " to " + std::to_string(max));
    return {};
}

const Json& JsonReader::any(const char* name) {
    const Json* value = find(name);
    return value ? *value : kNull;
}

Result<void> JsonReader::finish() {
    if (!error_) {
        for (const auto& [name, value] : object_.items())
            if (std::find(known_.begin(), known_.end(), name) == known_.end())
                return Error{ErrorCode::BadRequest, "unknown field `" + name.substr(0, 64) + "`",
                             name.substr(0, 64)};
    }
    if (error_) return *error_;
    return {};
}

} // namespace mullion
