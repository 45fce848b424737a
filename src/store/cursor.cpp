#include "src/store/cursor.h"

#include <charconv>

#include "src/base/ids.h"

namespace mullion {

Result<Cursor> Cursor::parse(const std::string& text) {
    if (text.empty()) return Cursor{};
    Cursor cursor;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, cursor.createdMs);
    if (error != std::errc() || rest == end || *rest != '-' || cursor.createdMs < 0 ||
        !isValidId({rest + 1, end}))
        return Error{ErrorCode::BadRequest, "`cursor` is not one of ours", "cursor"};
    cursor.id.assign(rest + 1, end);
    return cursor;
}

std::string Cursor::text() const {
    return std::to_string(createdMs) + '-' + id;
}

} // namespace mullion
