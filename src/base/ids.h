#pragma once

#include <string>
#include <string_view>

namespace mullion {

/// A new opaque id of 22 characters [0-9A-Za-z] with 128 bits from the kernel's random source.
/// Thread-safe. Aborts the process where the kernel gives no random bytes.
std::string newId();

/// Whether `text` may stand as an id from outside: 1 to `maxLength` bytes of [A-Za-z0-9._:@-],
/// so that it can be part of a path of a URL and of a log line as it is.
bool isValidId(std::string_view text, std::size_t maxLength = 128);

} // namespace mullion
