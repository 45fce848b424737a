#include "src/data_dir.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "src/base/gref.h"

namespace mullion {

namespace {

/// Leaves room for a socket's name.
constexpr std::size_t kMaxRunDir = 60;

Error failed(const std::string& what) {
    return {ErrorCode::Unavailable, what + ": " + std::strerror(errno)};
}

/// Makes a folder for us alone, or checks that it is one.
Result<void> ensurePrivate(const std::string& path) {
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("cannot make " + path);

    struct stat info {};

    if (lstat(path.c_str(), &info) != 0) return failed("cannot use " + path);
    // In /tmp somebody else may have been there first.
    if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid())
        return Error{ErrorCode::Unavailable, path + " is not a folder of ours"};
    if ((info.st_mode & 077) != 0 && chmod(path.c_str(), 0700) != 0)
        return failed("cannot close " + path + " to others");
    return {};
}

} // namespace

Result<DataDir> DataDir::open(const std::string& path) {
    if (g_mkdir_with_parents(path.c_str(), 0700) != 0)
        return failed("cannot make the data folder " + path);
    const GPtr<char, std::free> real(realpath(path.c_str(), nullptr));
    if (!real) return failed("cannot use the data folder " + path);
    const std::string lockPath = std::string(real.get()) + "/lock";
    const int lock = ::open(lockPath.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return failed("cannot write to the data folder " + path);

    // One of POSIX: a child that has not yet become the program that it is started for would go on
    // holding another kind after we were killed.
    struct flock whole {};

    whole.l_type = F_WRLCK;
    if (fcntl(lock, F_SETLK, &whole) != 0) {
        close(lock);
        return Error{ErrorCode::Conflict, "another mulliond uses the data folder " + path +
                                              "; stop it, or choose another with --data-dir"};
    }
    return DataDir(real.get(), lock);
}

DataDir::DataDir(DataDir&& other) noexcept
    : path_(std::move(other.path_))
    , lock_(std::exchange(other.lock_, -1)) {}

DataDir::~DataDir() {
    if (lock_ >= 0) close(lock_);
}

Result<std::string> DataDir::runDir() const {
    std::string path = file("run");
    if (path.size() > kMaxRunDir) {
        const GCharPtr hash(g_compute_checksum_for_string(G_CHECKSUM_SHA256, path_.c_str(), -1));
        const char* runtime = std::getenv("XDG_RUNTIME_DIR");
        const std::string name = "/mullion-" + std::string(hash.get(), 16);
        path = (runtime && *runtime ? runtime : "/tmp") + name;
        if (path.size() > kMaxRunDir) path = "/tmp" + name;
    }
    TRY(ensurePrivate(path));
    return path;
}

} // namespace mullion
