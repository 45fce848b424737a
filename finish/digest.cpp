#include "finish/digest.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "src/base/gref.h"
#include "src/base/system_error.h"

namespace mullion::finish {

Result<Digest> digestOf(const std::string& path, Progress& progress) {
    const GPtr<std::FILE, std::fclose> file(std::fopen(path.c_str(), "rbe"));
    if (!file) return readError(errno, path);
    std::error_code ignored;
    const auto size = static_cast<double>(std::filesystem::file_size(path, ignored));
    const GPtr<GChecksum, g_checksum_free> sum(g_checksum_new(G_CHECKSUM_SHA256));
    std::vector<guchar> block(std::size_t{1} << 20);
    Digest digest;
    while (const std::size_t got = std::fread(block.data(), 1, block.size(), file.get())) {
        g_checksum_update(sum.get(), block.data(), static_cast<gssize>(got));
        digest.bytes += got;
        progress.at(static_cast<double>(digest.bytes) / size);
    }
    if (std::ferror(file.get()) != 0) return readError(errno, path);
    digest.sha256 = g_checksum_get_string(sum.get());
    return digest;
}

} // namespace mullion::finish
