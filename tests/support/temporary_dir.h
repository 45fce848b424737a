#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/check_framework.h"

namespace mullion::test {

/// A folder below /tmp that goes with the test.
class TemporaryDir {
public:
    TemporaryDir() {
        char pattern[] = "/tmp/mullion-test-XXXXXX";
        ck_assert_ptr_nonnull(mkdtemp(pattern));
        path_ = pattern;
    }

    ~TemporaryDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    TemporaryDir(const TemporaryDir&) = delete;
    TemporaryDir& operator=(const TemporaryDir&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

} // namespace mullion::test
