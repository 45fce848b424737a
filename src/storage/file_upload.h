#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "src/base/batch_thread.h"
#include "src/storage/s3_client.h"

namespace mullion {

/// An upload in parts that is under way, to be kept so that another program goes on with it.
struct PartsUpload {
    /// Empty: none.
    std::string id = {};
    std::int64_t partSize = 0;
    /// ETags of the parts that have come, by number from 1.
    std::map<int, std::string> etags = {};
};

/// Brings one file, or text, to a storage and compares what has come. Main-bound.
///
/// Checksums come first. What is there already with the same is left as it is; a small file goes at
/// once, a larger one in parts, of which those that have come are not sent again. A failure ends
/// it; the next upload goes on where this one was.
class FileUpload {
public:
    using Thread = BatchThread<std::function<void()>>;

    struct Job {
        S3Place place = {};
        std::string type = {};
        /// A file, or else `text`.
        std::string path = {};
        std::string text = {};
        /// What the file has to have; empty: anything.
        std::string sha256 = {};
        std::int64_t partSize = 0;
        PartsUpload parts = {};
    };

    struct Callbacks {
        /// The state to be kept; `next` is called once it is.
        std::function<void(const PartsUpload&, const std::function<void()>& next)> onProgress;
        /// Of a file that has come, its bytes. @return Unavailable, NotFound, Conflict where the
        /// file is not what it was, or stop() was called.
        std::function<void(const Result<std::int64_t>&)> onEnd;
    };

    /// `client` and `thread`, which reads the file, outlive it. It must live until onEnd or, where
    /// that never comes, until both are gone.
    FileUpload(S3Client& client, Thread& thread, Job job, Callbacks callbacks);

    void start();

    /// Ends it after the request that is under way.
    void stop() { stopped_ = true; }

    bool isStopped() const { return stopped_; }

private:
    /// What every answer goes through. @return whether to go on; else it has ended.
    bool goesOn();
    void fail(const Error& error);
    void onChecksums(Result<FileChecksums> sums);
    void look();
    void send();
    void sendWhole();
    void findParts();
    void beginParts();
    void sendNextPart();
    void completeParts();
    void compare();
    bool isSame(const S3Client::Object& object) const;
    Result<S3Payload> payload(std::size_t part) const;
    void keep(const std::function<void()>& next);

    S3Client& client_;
    Thread& thread_;
    Job job_;
    Callbacks callbacks_;
    FileChecksums sums_ = {};
    bool stopped_ = false;
    /// Gone when this is: for answers of the thread.
    std::shared_ptr<FileUpload*> self_ = std::make_shared<FileUpload*>(this);
};

} // namespace mullion
