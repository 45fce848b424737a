#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "src/base/main_loop.h"
#include "src/recordings/archive.h"
#include "src/storage/file_upload.h"

namespace mullion {

/// Brings recordings to a storage, one file after the other, and takes erased ones out of it.
/// Main-bound.
///
/// There is one task at a time, so that nothing is sent that is being erased. What fails is tried
/// again for ever, after a delay that doubles; meanwhile the others go on. How far it has come is
/// in the recording's document.
class Uploader {
public:
    struct Options {
        S3Client::Options s3 = {};
        std::string bucket = {};
        /// What all keys begin with.
        std::string prefix = {};
        std::int64_t partSize = std::int64_t{16} << 20;
        bool keepLocal = false;
        std::chrono::milliseconds firstRetry{1000};
        std::chrono::milliseconds lastRetry = std::chrono::minutes(5);
    };

    struct Figures {
        /// Recordings that are not stored yet, and those erased that the storage has still.
        std::size_t waiting = 0;
        std::size_t erasing = 0;
        std::int64_t uploadedBytes = 0;
        std::int64_t failures = 0;
    };

    /// `archive` outlives it. `onStored` is called when all files of a recording have come.
    Uploader(Options options, Archive& archive);
    ~Uploader();

    void attach(std::function<void(Recording&)> onStored) { onStored_ = std::move(onStored); }

    bool keepsLocal() const { return options_.keepLocal; }

    /// Uploads what of the recording is not stored yet.
    void add(const std::string& id);
    /// The recording is to be erased: nothing of it is sent any more.
    void stop(const std::string& id);
    /// Takes what is in the storage of an erased recording out of it, by the text of remainsOf().
    void erase(const std::string& id, const std::string& remains);

    /// What has to be done where the recording is erased; empty: nothing.
    static std::string remainsOf(const Recording& recording);

    /// A URL of one of its files for a quarter of an hour.
    std::string urlOf(const Recording& recording, int index, const std::string& method) const;

    /// Scheme and host of those URLs, which pages have to be allowed to load from.
    std::string origin() const { return client_.originOf(options_.bucket); }

    Figures figures() const;

private:
    struct Task {
        bool isErasure = false;
        int tries = 0;
        /// As g_get_monotonic_time().
        std::int64_t due = 0;
        /// Of an erasure: what is left.
        std::vector<std::pair<S3Place, std::string>> uploads = {};
        std::vector<S3Place> objects = {};
    };

    void startNext();
    void finish(bool done);
    void retry(const Error& error);
    void upload(Recording& recording);
    void plan(Recording& recording) const;
    void uploadNext(const std::string& id);
    FileUpload::Job jobFor(const Recording& recording, const StoredFile& file) const;
    void note(Recording& recording, const StoredFile& state);
    void onProgress(const std::string& id, const std::string& name, const PartsUpload& parts,
                    const std::function<void()>& next);
    void onUploaded(const std::string& id, const std::string& name,
                    const Result<std::int64_t>& bytes);
    void save(const Recording& recording, const std::function<void()>& next);
    void eraseNext();
    void abortNext(const S3Place& place, std::vector<std::string> ids);

    Options options_;
    Archive& archive_;
    std::function<void(Recording&)> onStored_ = {};
    /// By the recording's id, behind a letter for what is to be done.
    std::map<std::string, Task> tasks_ = {};
    /// The one that goes on; empty: none.
    std::string current_ = {};
    std::unique_ptr<FileUpload> file_ = {};
    /// What is sent of what is known of the current one.
    std::string document_ = {};
    /// Whether the last try failed, which was told.
    bool fails_ = false;
    Figures figures_ = {};
    Source timer_ = {};
    /// For answers of the archive.
    std::shared_ptr<Uploader*> self_ = std::make_shared<Uploader*>(this);
    S3Client client_;
    FileUpload::Thread thread_;
};

} // namespace mullion
