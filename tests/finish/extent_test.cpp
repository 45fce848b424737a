// How much of a file is whole, from its bytes.
#include "finish/extent.h"

#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::finish;
using namespace mullion::test;

namespace {

std::string box(const char* type, std::size_t contentSize) {
    const std::size_t size = contentSize + 8;
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(size >> shift);
    return bytes + type + std::string(contentSize, 'x');
}

std::string element(const std::string& id, std::size_t contentSize) {
    return id + static_cast<char>(0x80 | contentSize) + std::string(contentSize, 'x');
}

struct Row {
    const char* what;
    std::string bytes;
    std::size_t whole;
    bool isTorn;
};

const std::string kHead = box("ftyp", 8) + box("moov", 40);
const std::string kFragment = box("moof", 20) + box("mdat", 30);
const std::string kEbml = element("\x1A\x45\xDF\xA3", 8);
/// Its size is not known.
const std::string kSegment = "\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
const std::string kCluster = "\x1F\x43\xB6\x75\xFF";
const std::string kBlock = element("\xA3", 20);

std::vector<Row> rows() {
    using std::string;
    const string mp4 = kHead + kFragment + kFragment;
    const string webm = kEbml + kSegment + kCluster + kBlock + kBlock;
    const auto less = [](const string& bytes, std::size_t count) {
        return bytes.substr(0, bytes.size() - count);
    };
    return {
        {"MP4 of fragments", mp4, mp4.size(), false},
        {"its mdat is cut", less(mp4, 1), kHead.size() + kFragment.size(), true},
        {"its mdat is missing", less(mp4, 38), kHead.size() + kFragment.size(), true},
        {"its moof is cut", less(mp4, 40), kHead.size() + kFragment.size(), true},
        {"its box is cut", mp4 + string("\0\0", 2), mp4.size(), true},
        {"zeros follow", mp4 + string(100, '\0'), mp4.size(), true},
        {"a small box follows", mp4 + string("\0\0\0\7moof", 8), mp4.size(), true},
        {"a large box follows", mp4 + string("\0\0\0\1moof\xFF\0\0\0\0\0\0\0", 16), mp4.size(),
         true},
        {"no fragment is whole", less(kHead + kFragment, 1), kHead.size(), true},
        {"its moov is cut", less(kHead, 1), 16, true},
        {"MP4 of one index", kHead + box("mdat", 30), kHead.size() + 38, false},
        {"its mdat is cut", less(kHead + box("mdat", 30), 9), kHead.size() + 29, true},
        {"WebM", webm, webm.size(), false},
        {"its block is cut", less(webm, 1), webm.size() - 1, true},
        {"zeros follow", webm + string(100, '\0'), webm.size() + 100, true},
        {"its segment is longer", kEbml + string("\x18\x53\x80\x67\xA0", 5) + kCluster + kBlock,
         kEbml.size() + 5 + kCluster.size() + kBlock.size(), true},
    };
}

Result<Extent> extentOfBytes(const std::string& bytes) {
    const int fd = memfd_create("test", MFD_CLOEXEC);
    ck_assert_int_eq(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    auto extent = extentOf(fd, bytes.size(), "test");
    close(fd);
    return extent;
}

} // namespace

START_TEST(extent_is_what_is_whole) {
    for (const Row& row : rows()) {
        const auto extent = extentOfBytes(row.bytes);
        ck_assert_msg(extent.ok(), "%s", row.what);
        ck_assert_msg(extent->bytes == row.whole && extent->isTorn == row.isTorn,
                      "%s: %lu of %lu, torn %d", row.what,
                      static_cast<unsigned long>(extent->bytes),
                      static_cast<unsigned long>(row.whole), extent->isTorn);
    }
}

END_TEST

START_TEST(extent_of_something_else_is_refused) {
    for (const std::string bytes : {"", "x", "no container at all", "\x1A\x45\xDF"}) {
        const auto extent = extentOfBytes(bytes);
        ck_assert(!extent.ok());
        ck_assert(extent.error().code == ErrorCode::UnsupportedMedia);
    }
}

END_TEST

int main() {
    return runSuite("extent", {extent_is_what_is_whole, extent_of_something_else_is_refused});
}
