#include "src/storage/file_upload.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>

#include "src/base/log.h"
#include "src/base/main_loop.h"
#include "src/base/system_error.h"

namespace mullion {

namespace {

constexpr Log kLog("upload");
/// What S3 takes of one object.
constexpr std::int64_t kMaxParts = 10'000;

/// Whether an ETag is an MD5, or one of MD5s: those of storages that encrypt with keys of others
/// are not. What is sent has `Content-MD5` all the same, which the storage compares.
bool isMd5(const std::string& etag) {
    const auto end = etag.find_first_not_of("0123456789abcdef");
    return end == std::string::npos ? etag.size() == 32 : end == 32 && etag[32] == '-';
}

} // namespace

FileUpload::FileUpload(S3Client& client, Thread& thread, Job job, Callbacks callbacks)
    : client_(client)
    , thread_(thread)
    , job_(std::move(job))
    , callbacks_(std::move(callbacks)) {}

void FileUpload::start() {
    if (job_.path.empty()) {
        const auto bytes = static_cast<std::int64_t>(job_.text.size());
        const Checksums sums = checksumsOf(job_.text);
        return onChecksums(FileChecksums{bytes, bytes, sums, {sums}});
    }
    const std::int64_t partSize = job_.parts.id.empty() ? job_.partSize : job_.parts.partSize;
    thread_.post([weak = std::weak_ptr(self_), path = job_.path, partSize] {
        auto sums = fileChecksums(path, partSize);
        // So large a file needs larger parts than were asked for.
        if (sums && static_cast<std::int64_t>(sums->parts.size()) > kMaxParts)
            sums = fileChecksums(path, sums->bytes / (kMaxParts / 2));
        postToMain([weak, sums = std::move(sums)] {
            if (const auto self = weak.lock()) (*self)->onChecksums(sums);
        });
    });
}

bool FileUpload::goesOn() {
    if (!stopped_) return true;
    fail({ErrorCode::Conflict, "stopped"});
    return false;
}

void FileUpload::fail(const Error& error) {
    // It may go with this.
    const auto onEnd = callbacks_.onEnd;
    onEnd(error);
}

void FileUpload::onChecksums(Result<FileChecksums> sums) {
    if (!goesOn()) return;
    if (!sums) return fail(sums.error());
    sums_ = std::move(*sums);
    if (!job_.sha256.empty() && job_.sha256 != sums_.whole.sha256)
        return fail({ErrorCode::Conflict, job_.path + " is not what it was: its checksum differs"});
    look();
}

/// It may be there: the program may have died before that was written down.
void FileUpload::look() {
    client_.head(job_.place, [this](const auto& object) {
        if (!goesOn()) return;
        if (object && isSame(*object)) {
            const auto onEnd = callbacks_.onEnd;
            return onEnd(sums_.bytes);
        }
        // Who may not list is not told that nothing is there.
        if (!object && object.error().code != ErrorCode::NotFound &&
            object.error().code != ErrorCode::NotAllowed)
            return fail(object.error());
        send();
    });
}

bool FileUpload::isSame(const S3Client::Object& object) const {
    if (object.bytes != sums_.bytes || object.sha256 != sums_.whole.sha256) return false;
    return !isMd5(object.etag) || object.etag == hexOf(sums_.whole.md5) ||
           object.etag == sums_.etagOfParts();
}

void FileUpload::send() {
    if (sums_.parts.size() == 1) return sendWhole();
    if (!job_.parts.id.empty()) return findParts();
    beginParts();
}

Result<S3Payload> FileUpload::payload(std::size_t part) const {
    S3Payload payload;
    payload.sums = sums_.parts[part];
    payload.text = job_.text;
    if (job_.path.empty()) return payload;
    payload.file =
        std::make_shared<const Descriptor>(open(job_.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!*payload.file) return readError(errno, job_.path);
    payload.offset = static_cast<std::int64_t>(part) * sums_.partSize;
    payload.length = std::min(sums_.partSize, sums_.bytes - payload.offset);
    return payload;
}

void FileUpload::sendWhole() {
    auto body = payload(0);
    if (!body) return fail(body.error());
    client_.put(job_.place, std::move(*body), job_.type, [this](const auto& etag) {
        if (!goesOn()) return;
        if (!etag) return fail(etag.error());
        compare();
    });
}

/// Takes of what has come what is the same, whoever wrote it down.
void FileUpload::findParts() {
    client_.listParts(job_.place, job_.parts.id, [this](const auto& listed) {
        if (!goesOn()) return;
        if (!listed && listed.error().code == ErrorCode::NotFound) return beginParts();
        // A storage that cannot list them compares them when it puts them together.
        if (!listed && listed.error().code == ErrorCode::Internal) return sendNextPart();
        if (!listed) return fail(listed.error());
        std::map<int, std::string> same;
        for (const auto& [number, etag] : *listed) {
            if (number > static_cast<int>(sums_.parts.size())) continue;
            const auto known = job_.parts.etags.find(number);
            const bool isKnown = known != job_.parts.etags.end() && known->second == etag;
            const std::string md5 = hexOf(sums_.parts[static_cast<std::size_t>(number - 1)].md5);
            if (isMd5(etag) ? etag == md5 : isKnown) same[number] = etag;
        }
        job_.parts.etags = std::move(same);
        sendNextPart();
    });
}

void FileUpload::beginParts() {
    client_.begin(job_.place, job_.type, sums_.whole.sha256, [this](const auto& id) {
        if (!id) {
            if (goesOn()) fail(id.error());
            return;
        }
        // Kept also where it is stopped: whoever erases it has to know.
        job_.parts = {*id, sums_.partSize, {}};
        keep([this] { sendNextPart(); });
    });
}

void FileUpload::keep(const std::function<void()>& next) {
    callbacks_.onProgress(job_.parts, [this, next] {
        if (goesOn()) next();
    });
}

void FileUpload::sendNextPart() {
    int number = 1;
    while (job_.parts.etags.contains(number))
        ++number;
    if (number > static_cast<int>(sums_.parts.size())) return completeParts();
    auto body = payload(static_cast<std::size_t>(number - 1));
    if (!body) return fail(body.error());
    const std::string md5 = hexOf(body->sums.md5);
    client_.putPart(job_.place, job_.parts.id, number, std::move(*body),
                    [this, number, md5](const auto& etag) {
                        if (!goesOn()) return;
                        if (!etag) return fail(etag.error());
                        if (isMd5(*etag) && *etag != md5)
                            return fail({ErrorCode::Unavailable,
                                         "part " + std::to_string(number) +
                                             " did not come as it was sent: its checksum differs"});
                        job_.parts.etags[number] = *etag;
                        keep([this] { sendNextPart(); });
                    });
}

void FileUpload::completeParts() {
    client_.complete(job_.place, job_.parts.id, job_.parts.etags, [this](const auto& done) {
        if (!goesOn()) return;
        if (done) return compare();
        // What was put together is found by look(), and what cannot be is sent anew. Where the
        // storage is only away, the parts are there still.
        const Error& error = done.error();
        if (error.code == ErrorCode::NotFound ||
            error.message.find("InvalidPart") != std::string::npos)
            job_.parts = {};
        callbacks_.onProgress(job_.parts, [this, error] { fail(error); });
    });
}

void FileUpload::compare() {
    client_.head(job_.place, [this](const auto& object) {
        if (!goesOn()) return;
        if (!object) return fail(object.error());
        if (isSame(*object)) {
            const auto onEnd = callbacks_.onEnd;
            return onEnd(sums_.bytes);
        }
        kLog.error("", job_.place.key + " is not in the storage as it was sent; it is sent again");
        job_.parts = {};
        callbacks_.onProgress(job_.parts, [this] {
            fail({ErrorCode::Unavailable, "what came to the storage differs from what was sent"});
        });
    });
}

} // namespace mullion
