#include "src/base/timestamp.h"

#include <cstdio>
#include <ctime>
#include <memory>

#include <glib.h>

namespace mullion {

Timestamp now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

std::string formatTimestamp(Timestamp time) {
    const auto milliseconds = time.time_since_epoch().count();
    const std::time_t seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                  static_cast<int>(milliseconds % 1000));
    return text;
}

Result<Timestamp> parseTimestamp(std::string_view text) {
    const std::string copy(text);
    const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> parsed(
        g_date_time_new_from_iso8601(copy.c_str(), nullptr), g_date_time_unref);
    if (!parsed) return Error{ErrorCode::BadRequest, "not an RFC 3339 time: " + copy};
    return Timestamp(std::chrono::milliseconds(g_date_time_to_unix(parsed.get()) * 1000 +
                                               g_date_time_get_microsecond(parsed.get()) / 1000));
}

} // namespace mullion
