#pragma once

#include <string>
#include <string_view>

namespace mullion {

/// error: someone must act. warning: degraded. info: lifecycle. debug: a decision.
enum class LogLevel { Error, Warning, Info, Debug };

/// How lines look: for people, or one JSON object each.
enum class LogFormat { Text, Json };

/// Sets level and format for the process. By default Info, and Text where stderr is a terminal.
void configureLog(LogLevel level, LogFormat format);

/// One category of lines, a module each. Thread-safe; a line reaches stderr in one write.
class Log {
public:
    /// `category` must outlive the process (a literal).
    constexpr explicit Log(const char* category)
        : category_(category) {}

    /// `context` names what the line is about, such as "call=… leg=…"; empty where there is none.
    void error(std::string_view context, std::string_view message) const;
    void warning(std::string_view context, std::string_view message) const;
    void info(std::string_view context, std::string_view message) const;
    void debug(std::string_view context, std::string_view message) const;

private:
    void write(LogLevel level, std::string_view context, std::string_view message) const;

    const char* category_;
};

/// The level by its name in configuration, or Info for an unknown one.
LogLevel logLevelFromName(std::string_view name);

} // namespace mullion
