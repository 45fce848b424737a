#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include "src/auth/tokens.h"
#include "src/base/gref.h"

namespace mullion {

namespace {

Error failed(const std::string& what, const std::string& path) {
    return {ErrorCode::Unavailable, what + ' ' + path + ": " + std::strerror(errno)};
}

Result<std::string> readSecret(const std::string& path) {
    char* raw = nullptr;
    gsize size = 0;
    if (!g_file_get_contents(path.c_str(), &raw, &size, nullptr))
        return failed("cannot read", path);
    const GCharPtr text(raw);
    return std::string(g_strchomp(text.get()));
}

} // namespace

Result<std::string> loadOrCreateSecret(const std::string& path) {
    if (access(path.c_str(), F_OK) == 0) return readSecret(path);
    unsigned char bytes[32];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return failed("no random bytes for", path);
    const GCharPtr secret(g_base64_encode(bytes, sizeof bytes));
    // Written beside and renamed, so that a crash leaves no half of a secret.
    const std::string fresh = path + ".new";
    const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return failed("cannot write", fresh);
    const std::string text = std::string(secret.get()) + '\n';
    const bool written =
        write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
    close(fd);
    if (!written || rename(fresh.c_str(), path.c_str()) != 0) return failed("cannot write", path);
    return std::string(secret.get());
}

} // namespace mullion
