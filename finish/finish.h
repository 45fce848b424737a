#pragma once

#include "finish/arguments.h"

namespace mullion::finish {

/// Does what `--help` says. @return the line of JSON for stdout.
Result<std::string> finish(const Arguments& arguments);

} // namespace mullion::finish
