#pragma once

#include <span>
#include <string>

#include "src/base/result.h"

namespace mullion::finish {

/// What --help prints.
extern const char* const kHelp;

struct Arguments {
    std::string input;
    std::string output;
    /// Empty: not wanted.
    std::string preview = {};
    std::string waveform = {};
};

/// `words` without the program's name. @return BadRequest.
Result<Arguments> argumentsFrom(std::span<char* const> words);

} // namespace mullion::finish
