#pragma once

#include <string>

#include "api/http.h"

namespace mullion::api {

/// The answer with a file, or with the part of it that is asked for (RFC 9110, 14). `tag` names its
/// contents; empty: they have no name.
Response answerWithFile(const Request& request, const std::string& path, const char* type,
                        const std::string& tag);

/// The answer with some bytes of a file, which are all of what was asked for.
Response answerWithBytes(const std::string& path, const ByteRange& range, const char* type);

} // namespace mullion::api
