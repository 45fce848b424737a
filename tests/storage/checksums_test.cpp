// Checksums of files and their parts.
#include <fstream>

#include "src/storage/checksums.h"
#include "tests/support/suite.h"
#include "tests/support/temporary_dir.h"

using namespace mullion;

namespace {

FileChecksums sumsOf(const std::string& text, std::int64_t partSize) {
    const test::TemporaryDir dir;
    std::ofstream(dir.path() + "/file") << text;
    const auto sums = fileChecksums(dir.path() + "/file", partSize);
    ck_assert(sums.ok());
    return *sums;
}

} // namespace

START_TEST(sums_are_those_of_md5sum_and_sha256sum) {
    const Checksums sums = checksumsOf("abc");
    ck_assert_str_eq(hexOf(sums.md5), "900150983cd24fb0d6963f7d28e17f72");
    ck_assert_str_eq(base64Of(sums.md5), "kAFQmDzST7DWlj99KOF/cg==");
    ck_assert_str_eq(sums.sha256,
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

END_TEST

START_TEST(file_is_cut_into_parts) {
    struct Row {
        std::size_t bytes;
        std::size_t parts;
    };

    for (const Row& row :
         {Row{0, 1}, {1, 1}, {999, 1}, {1000, 1}, {1001, 2}, {2000, 2}, {2001, 3}}) {
        std::string text;
        for (std::size_t i = 0; text.size() < row.bytes; ++i)
            text += std::to_string(i);
        text.resize(row.bytes);
        const FileChecksums sums = sumsOf(text, 1000);
        ck_assert_uint_eq(sums.parts.size(), row.parts);
        ck_assert_int_eq(sums.bytes, static_cast<std::int64_t>(row.bytes));
        ck_assert_str_eq(sums.whole.sha256, sha256Of(text));
        for (std::size_t part = 0; part < row.parts; ++part)
            ck_assert_str_eq(sums.parts[part].sha256, sha256Of(text.substr(part * 1000, 1000)));
    }
}

END_TEST

START_TEST(parts_larger_than_what_is_read_at_once_are_whole) {
    const std::string text(std::size_t{5} << 20, 'x');
    const FileChecksums sums = sumsOf(text, std::int64_t{3} << 20);
    ck_assert_uint_eq(sums.parts.size(), 2);
    ck_assert_str_eq(sums.parts[0].sha256, sha256Of(text.substr(0, std::size_t{3} << 20)));
    ck_assert_str_eq(sums.parts[1].sha256, sha256Of(text.substr(std::size_t{3} << 20)));
}

END_TEST

START_TEST(etag_is_the_md5_of_the_parts_md5s) {
    // printf 'ab' and 'c': `(printf ab | openssl md5 -binary; printf c | openssl md5 -binary) |
    // md5sum`
    const FileChecksums sums = sumsOf("abc", 2);
    const std::string both = checksumsOf("ab").md5 + checksumsOf("c").md5;
    ck_assert_str_eq(sums.etagOfParts(), hexOf(checksumsOf(both).md5) + "-2");
    ck_assert(!fileChecksums("/nowhere/at/all", 1000).ok());
}

END_TEST

int main() {
    return test::runSuite("storage.checksums",
                          {sums_are_those_of_md5sum_and_sha256sum, file_is_cut_into_parts,
                           parts_larger_than_what_is_read_at_once_are_whole,
                           etag_is_the_md5_of_the_parts_md5s});
}
