#include "api/ranges.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace mullion::api {

namespace {

/// A number, or nothing for what is no or too large a one.
std::optional<std::int64_t> numberIn(std::string_view text) {
    std::int64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || rest != text.data() + text.size() || number < 0) return {};
    return number;
}

} // namespace

RangeRequest RangeRequest::parse(const std::string& header, std::int64_t size) {
    constexpr std::string_view kUnit = "bytes=";
    const RangeRequest whole{Kind::Whole, {0, size}};
    const std::string_view text = header;
    if (!text.starts_with(kUnit)) return whole;
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
