#include "src/storage/checksums.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "src/base/descriptor.h"
#include "src/base/gref.h"
#include "src/base/system_error.h"

namespace mullion {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

/// MD5 and SHA-256 of what is added.
class Sum {
public:
    Sum() {
        EVP_DigestInit_ex(md5_.get(), EVP_md5(), nullptr);
        EVP_DigestInit_ex(sha256_.get(), EVP_sha256(), nullptr);
    }

    void add(const char* bytes, std::size_t size) {
        EVP_DigestUpdate(md5_.get(), bytes, size);
        EVP_DigestUpdate(sha256_.get(), bytes, size);
    }

    Checksums end() { return {endOf(md5_.get()), hexOf(endOf(sha256_.get()))}; }

private:
    using Context = GPtr<EVP_MD_CTX, EVP_MD_CTX_free>;

    static std::string endOf(EVP_MD_CTX* context) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        EVP_DigestFinal_ex(context, digest, &size);
        return {reinterpret_cast<const char*>(digest), size};
    }

    Context md5_{EVP_MD_CTX_new()};
    Context sha256_{EVP_MD_CTX_new()};
};

} // namespace

std::string hexOf(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text.append({kDigits[byte >> 4], kDigits[byte & 15]});
    }
    return text;
}

std::string base64Of(std::string_view bytes) {
    const GCharPtr text(
        g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size()));
    return text.get();
}

Checksums checksumsOf(std::string_view bytes) {
    Sum sum;
    sum.add(bytes.data(), bytes.size());
    return sum.end();
}

std::string sha256Of(std::string_view bytes) {
    return checksumsOf(bytes).sha256;
}

std::string FileChecksums::etagOfParts() const {
    std::string all;
    for (const Checksums& part : parts)
        all += part.md5;
    return hexOf(checksumsOf(all).md5) + '-' + std::to_string(parts.size());
}

Result<FileChecksums> fileChecksums(const std::string& path, std::int64_t partSize) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return readError(errno, path);
    posix_fadvise(file.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
    FileChecksums sums{0, partSize};
    Sum whole;
    Sum part;
    std::int64_t inPart = 0;
    std::string block(kBlock, '\0');
    for (;;) {
        const auto wanted = std::min<std::int64_t>(kBlock, partSize - inPart);
        const ssize_t got = read(file.number(), block.data(), static_cast<std::size_t>(wanted));
        if (got < 0) return Error{ErrorCode::Unavailable, readError(errno, path).message};
        const auto size = static_cast<std::size_t>(got);
        whole.add(block.data(), size);
        part.add(block.data(), size);
        sums.bytes += got;
        inPart += got;
        const bool isEnd = got == 0;
        if (inPart == partSize || (isEnd && (inPart > 0 || sums.parts.empty()))) {
            sums.parts.push_back(part.end());
            part = Sum();
            inPart = 0;
        }
        if (isEnd) break;
    }
    sums.whole = whole.end();
    return sums;
}

} // namespace mullion
