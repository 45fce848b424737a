#include "src/recordings/uploader.h"

#include <algorithm>
#include <filesystem>

#include "src/base/json_values.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("uploader");
constexpr std::chrono::minutes kUrlLives{15};
constexpr const char* kDocument = "json";

std::string uploadTask(const std::string& id) {
    return 'u' + id;
}

std::string erasureTask(const std::string& id) {
    return 'e' + id;
}

const char* typeOf(const Recording& recording, const std::string& name) {
    if (name == "jpg") return "image/jpeg";
    return name.ends_with(kDocument) ? "application/json"
                                     : mediaTypeOf(recording, std::atoi(name.c_str()));
}

} // namespace

Uploader::Uploader(Options options, Archive& archive)
    : options_(std::move(options))
    , archive_(archive)
    , client_(options_.s3)
    , thread_([](const std::vector<std::function<void()>>& jobs) {
        for (const auto& job : jobs)
            job();
    }) {}

Uploader::~Uploader() = default;

void Uploader::add(const std::string& id) {
    tasks_.try_emplace(uploadTask(id));
    startNext();
}

void Uploader::stop(const std::string& id) {
    if (current_ != uploadTask(id))
        tasks_.erase(uploadTask(id));
    else if (file_)
        file_->stop();
}

std::string Uploader::remainsOf(const Recording& recording) {
    const StoragePlace& place = recording.storage;
    if (place.files.empty()) return "";
    Json files = Json::array();
    for (const StoredFile& file : place.files)
        files.push_back({{"key", place.keyOf(file)}, {"upload_id", file.parts.id}});
    return toText({{"bucket", place.bucket}, {"files", std::move(files)}});
}

void Uploader::erase(const std::string& id, const std::string& remains) {
    const auto json = parseJson(remains, kMaxRecordingDocument);
    if (!json || !json->is_object())
        return kLog.error("recording=" + id, "what is left of it in the storage is unknown");
    Task task;
    task.isErasure = true;
    const std::string bucket = json->value("bucket", "");
    for (const Json& file : json->value("files", Json::array())) {
        const S3Place place{bucket, file.value("key", "")};
        task.uploads.emplace_back(place, file.value("upload_id", ""));
        task.objects.push_back(place);
    }
    tasks_[erasureTask(id)] = std::move(task);
    startNext();
}

std::string Uploader::urlOf(const Recording& recording, int index,
                            const std::string& method) const {
    const StoragePlace& place = recording.storage;
    return client_.presign(method, {place.bucket, place.stem + '.' + endingOf(recording, index)},
                           kUrlLives);
}

Uploader::Figures Uploader::figures() const {
    Figures figures = figures_;
    for (const auto& [name, task] : tasks_)
        ++(task.isErasure ? figures.erasing : figures.waiting);
    return figures;
}

/// Begins the task that is due, or waits for the first that will be.
void Uploader::startNext() {
    if (!current_.empty() || tasks_.empty()) return;
    const auto first =
        std::min_element(tasks_.begin(), tasks_.end(),
                         [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
    const std::int64_t left = first->second.due - g_get_monotonic_time();
    if (left > 0) {
        timer_ = after(std::chrono::milliseconds(left / 1000 + 1), [this] { startNext(); });
        return;
    }
    current_ = first->first;
    if (first->second.isErasure) return eraseNext();
    Recording* recording = archive_.find(current_.substr(1));
    if (!recording) return finish(true);
    upload(*recording);
}

/// Ends the current task, which stays where it is not done.
void Uploader::finish(bool done) {
    if (done) tasks_.erase(current_);
    current_.clear();
    // Not at once, so that a row of tasks does not become a row of calls.
    timer_ = after(std::chrono::milliseconds(0), [this] { startNext(); });
}

void Uploader::retry(const Error& error) {
    Task& task = tasks_.at(current_);
    ++figures_.failures;
    const std::string context = "recording=" + current_.substr(1);
    const bool isOurs = error.code == ErrorCode::NotFound || error.code == ErrorCode::Conflict;
    if (isOurs && task.tries == 0)
        kLog.error(context, error.message);
    else if (!isOurs && !std::exchange(fails_, true))
        // One line for all that fail in a row.
        kLog.warning(context, error.message + "; tried again until it works");
    else
        kLog.debug(context, error.message);
    const auto delay = std::min(
        options_.lastRetry, options_.firstRetry * (std::int64_t{1} << std::min(task.tries, 30)));
    ++task.tries;
    const double jitter = g_random_double_range(0.5, 1);
    task.due = g_get_monotonic_time() +
               static_cast<std::int64_t>(static_cast<double>(delay.count()) * 1000 * jitter);
    finish(false);
}

/// Writes down how far it has come before it goes on: also where that fails, as the storage knows.
void Uploader::save(const Recording& recording, const std::function<void()>& next) {
    archive_.save(recording, [weak = std::weak_ptr(self_), next](const Result<void>&) {
        if (weak.lock()) next();
    });
}

void Uploader::upload(Recording& recording) {
    const std::string id = recording.id;
    if (!recording.storage.files.empty()) return uploadNext(id);
    plan(recording);
    save(recording, [this, id] { uploadNext(id); });
}

/// Where its files go. What is known of it goes last: where that is, all is.
void Uploader::plan(Recording& recording) const {
    StoragePlace place{options_.bucket, options_.prefix + archive_.relativeStemOf(recording)};
    for (const RecordedPart& part : recording.parts)
        place.files.push_back({endingOf(recording, part.index), part.bytes});
    std::error_code failed;
    for (const auto& [isThere, name] : {std::pair(recording.hasPreview, "jpg"),
                                        std::pair(recording.hasWaveform, "waveform.json")})
        if (isThere) {
            const auto size =
                std::filesystem::file_size(archive_.stemOf(recording) + '.' + name, failed);
            if (!failed) place.files.push_back({name, static_cast<std::int64_t>(size)});
        }
    place.files.push_back({kDocument});
    recording.storage = std::move(place);
}

FileUpload::Job Uploader::jobFor(const Recording& recording, const StoredFile& file) const {
    FileUpload::Job job;
    job.place = {recording.storage.bucket, recording.storage.keyOf(file)};
    job.type = typeOf(recording, file.name);
    job.partSize = options_.partSize;
    job.parts = file.parts;
    if (file.name == kDocument) {
        // As it is once this has come.
        Recording stored = recording;
        stored.status = RecordingStatus::Stored;
        for (StoredFile& each : stored.storage.files)
            each = {each.name, each.name == kDocument ? 0 : each.bytes, true};
        job.text = toDocument(stored);
        return job;
    }
    job.path = archive_.stemOf(recording) + '.' + file.name;
    for (const RecordedPart& part : recording.parts)
        if (file.name == endingOf(recording, part.index)) job.sha256 = part.sha256;
    return job;
}

void Uploader::uploadNext(const std::string& id) {
    Recording* recording = archive_.find(id);
    // Erased meanwhile.
    if (!recording || !tasks_.contains(current_)) return finish(true);
    auto& files = recording->storage.files;
    const auto file = std::find_if(files.begin(), files.end(),
                                   [](const StoredFile& each) { return !each.isStored; });
    if (file == files.end()) {
        onStored_(*recording);
        return finish(true);
    }
    const std::string name = file->name;
    FileUpload::Job job = jobFor(*recording, *file);
    document_ = job.text;
    file_ = std::make_unique<FileUpload>(
        client_, thread_, std::move(job),
        FileUpload::Callbacks{
            [this, id, name](const PartsUpload& parts, const std::function<void()>& next) {
                onProgress(id, name, parts, next);
            },
            [this, id, name](const auto& bytes) { onUploaded(id, name, bytes); }});
    file_->start();
}

/// Notes what of a file has come.
void Uploader::note(Recording& recording, const StoredFile& state) {
    const std::int64_t before = recording.uploadedBytes();
    for (StoredFile& file : recording.storage.files)
        if (file.name == state.name) file = state;
    const std::int64_t more = recording.uploadedBytes() - before;
    if (more <= 0) return;
    figures_.uploadedBytes += more;
    tasks_.at(current_).tries = 0;
}

void Uploader::onProgress(const std::string& id, const std::string& name, const PartsUpload& parts,
                          const std::function<void()>& next) {
    Recording* recording = archive_.find(id);
    // Erased meanwhile.
    if (!recording) return next();
    for (const StoredFile& file : recording->storage.files)
        if (file.name == name) {
            note(*recording, StoredFile{name, file.bytes, false, parts});
            break;
        }
    save(*recording, next);
}

void Uploader::onUploaded(const std::string& id, const std::string& name,
                          const Result<std::int64_t>& bytes) {
    const bool stopped = file_->isStopped();
    // It calls this: it goes a turn later.
    postToMain([gone = std::shared_ptr<FileUpload>(std::move(file_))] {});
    Recording* recording = archive_.find(id);
    if (!recording || stopped) return finish(true);
    if (!bytes) return retry(bytes.error());
    if (std::exchange(fails_, false)) kLog.info("", "the storage takes recordings again");
    // What is known may have changed while it was sent.
    const StoredFile stored{name, *bytes, true};
    if (name != kDocument || jobFor(*recording, stored).text == document_) note(*recording, stored);
    save(*recording, [this, id] { uploadNext(id); });
}

/// First what is under way in parts, then the objects.
void Uploader::eraseNext() {
    Task& task = tasks_.at(current_);
    if (!task.uploads.empty()) {
        const S3Place place = task.uploads.back().first;
        const std::string id = task.uploads.back().second;
        // Also those of which the program died before it knew their ids.
        return client_.listUploads(place, [this, place, id](const auto& listed) {
            if (!listed && listed.error().code == ErrorCode::Unavailable)
                return retry(listed.error());
            std::vector<std::string> ids = listed ? *listed : std::vector<std::string>();
            if (!id.empty() && std::find(ids.begin(), ids.end(), id) == ids.end())
                ids.push_back(id);
            abortNext(place, std::move(ids));
        });
    }
    if (task.objects.empty()) {
        archive_.forgetRemains(current_.substr(1));
        kLog.info("recording=" + current_.substr(1), "erased from the storage");
        return finish(true);
    }
    client_.remove(task.objects.back(), [this](const auto& removed) {
        if (!removed) return retry(removed.error());
        tasks_.at(current_).objects.pop_back();
        eraseNext();
    });
}

void Uploader::abortNext(const S3Place& place, std::vector<std::string> ids) {
    if (ids.empty()) {
        tasks_.at(current_).uploads.pop_back();
        return eraseNext();
    }
    const std::string id = ids.back();
    ids.pop_back();
    client_.abort(place, id, [this, place, ids = std::move(ids)](const auto& aborted) {
        // One who cannot end uploads has none.
        if (!aborted && aborted.error().code != ErrorCode::Internal) return retry(aborted.error());
        abortNext(place, ids);
    });
}

} // namespace mullion
