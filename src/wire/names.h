#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/json.h"

namespace mullion::wire {

/// The words for the values of an enum.
template <typename Enum, std::size_t N>
using Names = std::array<std::pair<Enum, const char*>, N>;

template <typename Enum, std::size_t N>
const char* nameIn(const Names<Enum, N>& names, Enum value) {
    for (const auto& [known, name] : names)
        if (known == value) return name;
    return "";
}

template <typename Enum, std::size_t N>
std::optional<Enum> valueIn(const Names<Enum, N>& names, std::string_view name) {
    for (const auto& [value, known] : names)
        if (name == known) return value;
    return {};
}

/// The value that `field` names; `absent` where it is missing, refused where it is another word.
template <typename Enum, std::size_t N>
Enum oneOf(JsonReader& reader, const char* field, const Names<Enum, N>& names, Enum absent) {
    const auto word = reader.optionalString(field, 0, 64);
    if (!word) return absent;
    std::string choices;
    for (const auto& [value, name] : names) {
        if (*word == name) return value;
        choices.append(choices.empty() ? "" : ", ").append(name);
    }
    reader.refuse(field, std::string("`") + field + "` must be one of: " + choices);
    return absent;
}

} // namespace mullion::wire
