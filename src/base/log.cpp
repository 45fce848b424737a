#include "src/base/log.h"

#include <atomic>
#include <unistd.h>

#include "src/base/json_values.h"
#include "src/base/timestamp.h"

namespace mullion {

namespace {

std::atomic<LogLevel> gLevel = LogLevel::Info;
std::atomic<LogFormat> gFormat = isatty(STDERR_FILENO) ? LogFormat::Text : LogFormat::Json;

const char* levelName(LogLevel level) {
    switch (level) {
    case LogLevel::Error:
        return "error";
    case LogLevel::Warning:
        return "warning";
    case LogLevel::Info:
        return "info";
    case LogLevel::Debug:
        return "debug";
    }
    return "";
}

/// Control characters of strangers must not write on a terminal.
std::string printable(std::string_view text) {
    std::string result(text);
    for (char& character : result)
        if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) character = ' ';
    return result;
}

} // namespace

void configureLog(LogLevel level, LogFormat format) {
    gLevel = level;
    gFormat = format;
}

LogLevel logLevelFromName(std::string_view name) {
    for (auto level : {LogLevel::Error, LogLevel::Warning, LogLevel::Debug})
        if (name == levelName(level)) return level;
    return LogLevel::Info;
}

void Log::error(std::string_view context, std::string_view message) const {
    write(LogLevel::Error, context, message);
}

void Log::warning(std::string_view context, std::string_view message) const {
    write(LogLevel::Warning, context, message);
}

void Log::info(std::string_view context, std::string_view message) const {
    write(LogLevel::Info, context, message);
}

void Log::debug(std::string_view context, std::string_view message) const {
    write(LogLevel::Debug, context, message);
}

void Log::write(LogLevel level, std::string_view context, std::string_view message) const {
    if (level > gLevel) return;
    const std::string time = formatTimestamp(now());
    std::string line;
    if (gFormat == LogFormat::Json) {
        Json object = {{"time", time}, {"level", levelName(level)}, {"category", category_}};
        if (!context.empty()) object["context"] = context;
        object["message"] = message;
        line = toText(object);
    } else {
        line = time.substr(11, 12) + ' ' + levelName(level) + ' ' + category_ + ": ";
        if (!context.empty()) line.append("[").append(printable(context)).append("] ");
        line += printable(message);
    }
    line += '\n';
    // A log that cannot be written has nobody left to tell.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace mullion
