#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "src/base/descriptor.h"
#include "src/base/result.h"

/// What is too large for a line, as a file in memory (memfd_create) that nobody can change any
/// more: its descriptor is passed in its place. Thread-safe.
namespace mullion::wire {

/// A sealed file with this content. @return Unavailable.
Result<Descriptor> makeSealedFile(std::string_view content);

/// What a sealed file of at most `max` bytes holds. @return BadRequest for any other file: one that
/// is not sealed may be none in memory, and block, or change while it is read.
Result<std::string> readSealedFile(const Descriptor& file, std::size_t max);

} // namespace mullion::wire
