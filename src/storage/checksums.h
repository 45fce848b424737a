#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"

namespace mullion {

/// The checksums of some bytes, as S3 wants them.
struct Checksums {
    /// 16 bytes.
    std::string md5;
    /// In hexadecimal.
    std::string sha256;
};

/// Those of a file, whole and of each part of `partSize` bytes, of which the last may be shorter.
struct FileChecksums {
    std::int64_t bytes = 0;
    std::int64_t partSize = 0;
    Checksums whole = {};
    /// At least one.
    std::vector<Checksums> parts = {};

    /// What S3 makes the ETag of an object that came in these parts.
    std::string etagOfParts() const;
};

Checksums checksumsOf(std::string_view bytes);

/// Reads the file once, from the disk: not for main. @return NotFound, Unavailable.
Result<FileChecksums> fileChecksums(const std::string& path, std::int64_t partSize);

/// In lower-case hexadecimal.
std::string hexOf(std::string_view bytes);
std::string sha256Of(std::string_view bytes);
std::string base64Of(std::string_view bytes);

} // namespace mullion
