#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "src/base/batch_thread.h"
#include "src/base/result.h"

namespace mullion {

/// An image of a call.
struct StoredImage {
    /// Follows from its bytes, so that the same image has the same id.
    std::string id;
    int width = 0;
    int height = 0;
    /// Of the file here.
    std::int64_t bytes = 0;
};

/// The images that hosts gave to calls, each in a file `FOLDER/CALL/ID.png` until its call is over.
/// Main-bound; images are read and written on a thread of its own.
class ImageStore {
public:
    /// How many a call has at most.
    static constexpr std::size_t kMaxImages = 32;

    using Done = std::function<void(Result<StoredImage>)>;

    /// Nothing is read before load().
    explicit ImageStore(std::string folder);
    ~ImageStore();
    ImageStore(const ImageStore&) = delete;
    ImageStore& operator=(const ImageStore&) = delete;

    /// Takes up what is there; what is of other calls than `active` is removed.
    Result<void> load(const std::unordered_set<std::string>& active);

    /// Takes a PNG or JPEG. @return as toPng(); AtCapacity; StorageFull, Unavailable.
    void add(const std::string& callId, std::string image, const Done& done);

    /// Null where the call has no such image.
    const StoredImage* find(const std::string& callId, const std::string& id) const;

    /// By id.
    std::vector<StoredImage> list(const std::string& callId) const;

    void remove(const std::string& callId, const std::string& id);
    /// The call is over.
    void removeAll(const std::string& callId);

    /// Where the call's images are.
    std::string folderOf(const std::string& callId) const { return folder_ + '/' + callId; }

    std::string pathOf(const std::string& callId, const std::string& id) const {
        return folderOf(callId) + '/' + id + ".png";
    }

private:
    using Job = std::function<void()>;

    /// Takes up the images of a call.
    void take(const std::string& callId);
    /// Removes the folder of a call that is over.
    static void drop(const std::string& path);
    void onWritten(const std::string& callId, const Result<StoredImage>& written, const Done& done);

    std::string folder_;
    /// By call and id.
    std::map<std::string, std::map<std::string, StoredImage>> images_ = {};
    /// Of each call, those that are being read.
    std::map<std::string, std::size_t> coming_ = {};
    /// For callbacks that may come after the end.
    std::shared_ptr<ImageStore*> self_ = std::make_shared<ImageStore*>(this);
    BatchThread<Job> thread_{[](const std::vector<Job>& jobs) {
        for (const Job& job : jobs)
            job();
    }};
};

} // namespace mullion
