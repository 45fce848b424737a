#include "finish/extent.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <unistd.h>

#include "src/base/system_error.h"

namespace mullion::finish {

namespace {

/// Where something of a file is, its header included.
struct Piece {
    std::uint32_t id = 0;
    std::uint64_t headerSize = 0;
    /// Nothing: until what it is in ends.
    std::optional<std::uint64_t> size = 0;
};

/// What the walk needs of the file at a place; fewer bytes at its end.
constexpr std::size_t kHeaderBytes = 16;

class Bytes {
public:
    Bytes(int fd, const std::string& path)
        : fd_(fd)
        , path_(path) {}

    Result<std::span<const std::uint8_t>> at(std::uint64_t offset) {
        ssize_t got = 0;
        do
            got = pread(fd_, bytes_.data(), bytes_.size(), static_cast<off_t>(offset));
        while (got < 0 && errno == EINTR);
        if (got < 0) return readError(errno, path_);
        return std::span<const std::uint8_t>(bytes_.data(), static_cast<std::size_t>(got));
    }

private:
    int fd_;
    const std::string& path_;
    std::array<std::uint8_t, kHeaderBytes> bytes_ = {};
};

std::uint64_t bigEndian(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes)
        value = value << 8 | byte;
    return value;
}

constexpr std::uint32_t fourCc(const char (&text)[5]) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i)
        value = value << 8 | static_cast<std::uint8_t>(text[i]);
    return value;
}

/// ISO/IEC 14496-12, 4.2. @return nothing for what is no box.
std::optional<Piece> boxFrom(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < 8) return {};
    const auto id = static_cast<std::uint32_t>(bigEndian(bytes.subspan(4, 4)));
    const std::uint64_t size = bigEndian(bytes.first(4));
    if (id == 0) return {};
    if (size == 0) return Piece{id, 8, std::nullopt};
    if (size != 1) return size < 8 ? std::nullopt : std::optional(Piece{id, 8, size});
    if (bytes.size() < 16) return {};
    const std::uint64_t large = bigEndian(bytes.subspan(8, 8));
    return large < 16 ? std::nullopt : std::optional(Piece{id, 16, large});
}

/// RFC 8794, sections 5 and 6. @return nothing for what is no element.
std::optional<Piece> elementFrom(std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return {};
    const auto idBytes = static_cast<std::size_t>(std::countl_zero(bytes[0])) + 1;
    if (idBytes > 4 || bytes.size() <= idBytes) return {};
    const auto id = static_cast<std::uint32_t>(bigEndian(bytes.first(idBytes)));
    const auto rest = bytes.subspan(idBytes);
    const auto sizeBytes = static_cast<std::size_t>(std::countl_zero(rest[0])) + 1;
    if (sizeBytes > 8 || rest.size() < sizeBytes) return {};
    const std::uint64_t unknown = (std::uint64_t{1} << (7 * sizeBytes)) - 1;
    const std::uint64_t size = bigEndian(rest.first(sizeBytes)) & unknown;
    const std::uint64_t header = idBytes + sizeBytes;
    if (size == unknown) return Piece{id, header, std::nullopt};
    return Piece{id, header, header + size};
}

Result<Extent> mp4Extent(Bytes& bytes, std::uint64_t size) {
    std::uint64_t whole = 0;
    std::uint64_t at = 0;
    bool hasIndex = false;
    bool hasFragments = false;
    while (at < size) {
        const auto box = boxFrom(TRY(bytes.at(at)));
        const bool fits = box && box->size.value_or(size - at) <= size - at;
        if (!fits) {
            // One index for all: what is there of its samples plays.
            const bool plays = box && box->id == fourCc("mdat") && hasIndex && !hasFragments;
            return Extent{Container::Mp4, plays ? size : whole, true};
        }
        at += box->size.value_or(size - at);
        hasIndex |= box->id == fourCc("moov");
        hasFragments |= box->id == fourCc("moof");
        if (box->id != fourCc("moof")) whole = at;
    }
    return Extent{Container::Mp4, whole, whole != size};
}

Result<Extent> webmExtent(Bytes& bytes, std::uint64_t size) {
    constexpr std::uint32_t kSegment = 0x18538067;
    constexpr std::uint32_t kCluster = 0x1F43B675;
    std::uint64_t at = 0;
    bool isTorn = false;
    while (at < size) {
        const auto element = elementFrom(TRY(bytes.at(at)));
        if (!element) return Extent{Container::Webm, size, true};
        // A cut file with one index is only shorter than its segment says.
        const bool descend = element->id == kSegment || element->id == kCluster;
        isTorn |= element->size ? *element->size > size - at : !descend;
        if (isTorn && !descend) break;
        at += descend ? element->headerSize : *element->size;
    }
    return Extent{Container::Webm, size, isTorn || at != size};
}

} // namespace

Result<Extent> extentOf(int fd, std::uint64_t size, const std::string& path) {
    constexpr std::uint32_t kEbml = 0x1A45DFA3;
    Bytes bytes(fd, path);
    const auto first = TRY(bytes.at(0));
    if (first.size() >= 8 && bigEndian(first.subspan(4, 4)) == fourCc("ftyp"))
        return mp4Extent(bytes, size);
    if (first.size() >= 4 && bigEndian(first.first(4)) == kEbml) return webmExtent(bytes, size);
    return Error{ErrorCode::UnsupportedMedia,
                 path + ": nothing in it plays: it is neither MP4 nor WebM"};
}

} // namespace mullion::finish
