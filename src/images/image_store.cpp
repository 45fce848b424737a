#include "src/images/image_store.h"

#include <filesystem>
#include <fstream>

#include <glib.h>

#include "src/base/gref.h"
#include "src/base/log.h"
#include "src/base/main_loop.h"
#include "src/base/new_file.h"
#include "src/base/system_error.h"
#include "src/images/png.h"

namespace mullion {

namespace fs = std::filesystem;

namespace {

constexpr Log kLog("images");

/// Hexadecimal digits of SHA-256: enough that no two images of a call have the same.
constexpr std::size_t kIdLength = 24;

std::string idOf(const std::string& image) {
    const GCharPtr digest(g_compute_checksum_for_data(
        G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(image.data()), image.size()));
    return std::string(digest.get()).substr(0, kIdLength);
}

/// What the file at `path` is, by its beginning.
Result<StoredImage> read(const fs::path& path) {
    char start[24] = {};
    std::ifstream(path, std::ios::binary).read(start, sizeof start);
    const auto size = TRY(sizeOfPng({start, sizeof start}));
    std::error_code failed;
    const auto bytes = fs::file_size(path, failed);
    if (failed) return Error{ErrorCode::Unavailable, failed.message()};
    return StoredImage{path.stem().string(), size.width, size.height,
                       static_cast<std::int64_t>(bytes)};
}

/// On the thread.
Result<StoredImage> write(const std::string& folder, const std::string& id,
                          const std::string& image) {
    const PngImage png = TRY(toPng(image));
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) return writeError(failed.value(), folder);
    NewFile file = TRY(NewFile::create(folder + '/' + id + ".png"));
    TRY(file.write(png.bytes));
    TRY(file.commit());
    return StoredImage{id, png.width, png.height, static_cast<std::int64_t>(png.bytes.size())};
}

} // namespace

ImageStore::ImageStore(std::string folder)
    : folder_(std::move(folder)) {}

ImageStore::~ImageStore() = default;

Result<void> ImageStore::load(const std::unordered_set<std::string>& active) {
    std::error_code failed;
    if (!fs::exists(folder_, failed)) return {};
    auto calls = fs::directory_iterator(folder_, failed);
    for (; !failed && calls != fs::directory_iterator(); calls.increment(failed)) {
        const std::string callId = calls->path().filename().string();
        if (active.contains(callId))
            take(callId);
        else
            drop(calls->path().string());
    }
    if (failed) return readError(failed.value(), folder_);
    return {};
}

void ImageStore::take(const std::string& callId) {
    std::error_code failed;
    auto files = fs::directory_iterator(folderOf(callId), failed);
    for (; !failed && files != fs::directory_iterator(); files.increment(failed)) {
        if (files->path().extension() != ".png") continue;
        if (const auto image = read(files->path()); image)
            images_[callId][image->id] = *image;
        else
            kLog.warning("call=" + callId,
                         files->path().string() + " is left out: " + image.error().message);
    }
    if (failed) kLog.warning("call=" + callId, "its images: " + failed.message());
}

void ImageStore::drop(const std::string& path) {
    std::error_code failed;
    fs::remove_all(path, failed);
    if (failed) kLog.warning("", path + " cannot be removed: " + failed.message());
}

void ImageStore::add(const std::string& callId, std::string image, const Done& done) {
    const std::string id = idOf(image);
    if (const StoredImage* known = find(callId, id)) return done(*known);
    const std::size_t count = list(callId).size() + coming_[callId];
    if (count >= kMaxImages)
        return done(Error{ErrorCode::AtCapacity, "a call has 32 images at most; remove one"});
    ++coming_[callId];
    thread_.post([weak = std::weak_ptr(self_), folder = folderOf(callId), callId, id,
                  image = std::move(image), done] {
        const auto written = write(folder, id, image);
        postToMain([weak, callId, written, done] {
            if (const auto self = weak.lock()) (*self)->onWritten(callId, written, done);
        });
    });
}

void ImageStore::onWritten(const std::string& callId, const Result<StoredImage>& written,
                           const Done& done) {
    const auto coming = coming_.find(callId);
    if (coming == coming_.end()) return done(Error{ErrorCode::WrongState, "the call is over"});
    if (--coming->second == 0) coming_.erase(coming);
    if (written) images_[callId][written->id] = *written;
    done(written);
}

const StoredImage* ImageStore::find(const std::string& callId, const std::string& id) const {
    const auto call = images_.find(callId);
    if (call == images_.end()) return nullptr;
    const auto image = call->second.find(id);
    return image == call->second.end() ? nullptr : &image->second;
}

std::vector<StoredImage> ImageStore::list(const std::string& callId) const {
    std::vector<StoredImage> list;
    if (const auto call = images_.find(callId); call != images_.end())
        for (const auto& [id, image] : call->second)
            list.push_back(image);
    return list;
}

void ImageStore::remove(const std::string& callId, const std::string& id) {
    const auto call = images_.find(callId);
    if (call == images_.end() || call->second.erase(id) == 0) return;
    thread_.post([path = pathOf(callId, id)] {
        std::error_code ignored;
        fs::remove(path, ignored);
    });
}

void ImageStore::removeAll(const std::string& callId) {
    const bool had = images_.erase(callId) + coming_.erase(callId) > 0;
    if (!had) return;
    // After what is still to be written.
    thread_.post([folder = folderOf(callId)] {
        std::error_code ignored;
        fs::remove_all(folder, ignored);
    });
}

} // namespace mullion
