#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace mullion::test {

/// A folder below /tmp for all tests of a program, each of which has a process of its own. It
/// belongs into main(), where Check's assertions are not allowed.
class SharedFolder {
public:
    SharedFolder() {
        char pattern[] = "/tmp/mullion-test-XXXXXX";
        if (const char* made = mkdtemp(pattern)) path_ = made;
    }

    ~SharedFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    SharedFolder(const SharedFolder&) = delete;
    SharedFolder& operator=(const SharedFolder&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

} // namespace mullion::test
