#include "api/ranges.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include <glib.h>

namespace mullion::api {

namespace {

/// A number, the largest for one beyond it, or nothing for what is none.
std::optional<std::int64_t> numberIn(std::string_view text) {
    std::int64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.starts_with('-') || rest != text.data() + text.size()) return {};
    if (error == std::errc::result_out_of_range) return std::numeric_limits<std::int64_t>::max();
    if (error != std::errc()) return {};
    return number;
}

} // namespace

RangeRequest RangeRequest::parse(const std::string& header, std::int64_t size) {
    // Units are the same in any case (14.1).
    constexpr std::string_view kUnit = "bytes=";
    const RangeRequest whole{Kind::Whole, {0, size}};
    const std::string_view text = header;
    if (g_ascii_strncasecmp(header.c_str(), kUnit.data(), kUnit.size()) != 0) return whole;
    const std::string_view range = text.substr(kUnit.size());
    const auto dash = range.find('-');
    if (dash == std::string_view::npos) return whole;
    const auto first = numberIn(range.substr(0, dash));
    const auto last = numberIn(range.substr(dash + 1));
    const bool isSuffix = dash == 0;
    const bool isOpen = dash + 1 == range.size();
    if (isSuffix ? !last : !first || (!isOpen && (!last || *last < *first))) return whole;
    if (isSuffix) {
        const std::int64_t length = std::min(*last, size);
        if (length == 0) return {Kind::Unsatisfiable, {}};
        return {Kind::Part, {size - length, length}};
    }
    if (*first >= size) return {Kind::Unsatisfiable, {}};
    const std::int64_t end = isOpen ? size : std::min(*last, size - 1) + 1;
    return {Kind::Part, {*first, end - *first}};
}

} // namespace mullion::api
