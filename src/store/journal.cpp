#include "src/store/journal.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <glib.h>

#include "src/base/gref.h"
#include "src/base/log.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

constexpr Log kLog("store");

constexpr std::size_t kChecksum = 16;

Error failure(const char* what) {
    return {errno == ENOSPC || errno == EDQUOT ? ErrorCode::StorageFull : ErrorCode::Unavailable,
            std::string("cannot ") + what + " the journal: " + g_strerror(errno)};
}

std::string checksumOf(std::string_view line) {
    const GCharPtr sum(g_compute_checksum_for_data(
        G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(line.data()), line.size()));
    return std::string(sum.get()).substr(0, kChecksum);
}

Result<std::string> readAll(int fd) {
    std::string text;
    char block[65536];
    for (;;) {
        const ssize_t size = read(fd, block, sizeof block);
        if (size < 0) return failure("read");
        if (size == 0) return text;
        text.append(block, static_cast<std::size_t>(size));
    }
}

/// The whole lines at the begin of `text`. @return where they end.
std::size_t split(const std::string& text, std::vector<std::string>& lines) {
    std::size_t start = 0;
    for (;;) {
        const std::size_t end = text.find('\n', start);
        if (end == std::string::npos || end - start <= kChecksum) return start;
        std::string line = text.substr(start + kChecksum + 1, end - start - kChecksum - 1);
        if (text.compare(start, kChecksum, checksumOf(line)) != 0) return start;
        lines.push_back(std::move(line));
        start = end + 1;
    }
}

} // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return failure("open");
    // From here on it is the object's to close.
    std::unique_ptr<Journal> journal(new Journal(fd, {}, 0));
    const std::string text = TRY(readAll(fd));
    const std::size_t end = split(text, journal->lines_);
    if (end < text.size())
        kLog.warning("", "the journal's last " + std::to_string(text.size() - end) +
                             " bytes were not written whole and are dropped");
    TRY(journal->cut(static_cast<std::int64_t>(end)));
    // The entry in the folder has to survive as well.
    const GCharPtr folder(g_path_get_dirname(path.c_str()));
    const int folderFd = ::open(folder.get(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folderFd >= 0) {
        fsync(folderFd);
        close(folderFd);
    }
    return journal;
}

Journal::Journal(int fd, std::vector<std::string> lines, std::int64_t end)
    : fd_(fd)
    , lines_(std::move(lines))
    , end_(end)
    , thread_([this](std::vector<Job> jobs) { work(std::move(jobs)); }) {}

Journal::~Journal() {
    // The thread is joined after this; its jobs are done before.
    thread_.finish();
    close(fd_);
}

std::vector<std::string> Journal::takeLines() {
    return std::exchange(lines_, {});
}

void Journal::append(std::string line, Done done) {
    std::string whole = checksumOf(line) + ' ' + line + '\n';
    thread_.post({std::move(whole), std::move(done)});
}

void Journal::clear(Done done) {
    thread_.post({"", std::move(done)});
}

void Journal::work(std::vector<Job> jobs) {
    for (std::size_t first = 0; first < jobs.size();) {
        std::size_t last = first + 1;
        if (!jobs[first].line.empty())
            while (last < jobs.size() && !jobs[last].line.empty())
                ++last;
        const Result<void> result = jobs[first].line.empty() ? cut(0) : write(jobs, first, last);
        for (std::size_t i = first; i < last; ++i)
            postToMain([done = std::move(jobs[i].done), result] { done(result); });
        first = last;
    }
}

Result<void> Journal::write(const std::vector<Job>& jobs, std::size_t first, std::size_t last) {
    std::string block;
    for (std::size_t i = first; i < last; ++i)
        block += jobs[i].line;
    std::size_t written = 0;
    while (written < block.size()) {
        const ssize_t size = pwrite(fd_, block.data() + written, block.size() - written,
                                    end_ + static_cast<std::int64_t>(written));
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) {
            const Error error = failure("write");
            // What is half there must not stand before the next line.
            (void)cut(end_);
            return error;
        }
        written += static_cast<std::size_t>(size);
    }
    if (fdatasync(fd_) != 0) return failure("write");
    end_ += static_cast<std::int64_t>(block.size());
    return {};
}

Result<void> Journal::cut(std::int64_t end) {
    if (ftruncate(fd_, end) != 0 || fdatasync(fd_) != 0) return failure("cut");
    end_ = end;
    return {};
}

} // namespace mullion
