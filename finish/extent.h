#pragma once

#include <cstdint>
#include <string>

#include "src/base/result.h"

namespace mullion::finish {

enum class Container { Mp4, Webm };

/// How much of a file is whole.
struct Extent {
    Container container = Container::Mp4;
    /// Bytes from the beginning that may be read.
    std::uint64_t bytes = 0;
    /// Something at its end is cut off, or nothing that the container knows.
    bool isTorn = false;
};

/// Walks a file's outer structure, without what is in it. `fd` stays the caller's; `path` is for
/// errors.
///
/// MP4 (ISO/IEC 14496-12) ends with the last fragment whose `mdat` is whole, or, in a file with one
/// index, anywhere in its `mdat`. WebM (RFC 8794, RFC 9559) ends anywhere: its reader finds the
/// last whole block by itself, and the next cluster after a broken one.
/// @return UnsupportedMedia: neither of them; NotFound: cannot be read.
Result<Extent> extentOf(int fd, std::uint64_t size, const std::string& path);

} // namespace mullion::finish
