#pragma once

#include <string>
#include <vector>

#include "src/base/json_values.h"

namespace mullion::test {

struct Ran {
    int exitCode = 0;
    std::string out = {};
    std::string errors = {};
};

/// Runs a program of the path to its end, which has to come within a minute.
Ran run(std::vector<std::string> words);

/// Runs mullion-finish, the one that MULLION_FINISH names.
Ran finish(std::vector<std::string> arguments);

/// How many lines of stderr are not about the progress.
std::ptrdiff_t complaintsIn(const std::string& errors);

/// Runs mullion-finish and reads its line; fails the test unless it exits with 0.
Json finished(std::vector<std::string> arguments);

std::string contentOf(const std::string& path);
void writeFile(const std::string& path, std::string_view content);

} // namespace mullion::test
