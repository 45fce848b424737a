#include "src/recordings/archive.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <unistd.h>

#include "src/base/log.h"
#include "src/base/main_loop.h"
#include "src/base/new_file.h"
#include "src/base/system_error.h"

namespace mullion {

namespace {

namespace fs = std::filesystem;

constexpr Log kLog("archive");

constexpr const char* kRemains = ".remains";

/// Puts `text` in the place of what was at `path`, whole or not at all.
Result<void> replaceFile(const fs::path& path, const std::string& text) {
    std::error_code failed;
    fs::create_directories(path.parent_path(), failed);
    if (failed) return writeError(failed.value(), path.parent_path().string());
    auto file = TRY(NewFile::create(path.string()));
    TRY(file.write(text));
    return file.commit();
}

std::string textOf(const fs::path& path) {
    const std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// `12` of `STEM.12.mp4`; nothing for other names.
std::optional<int> indexIn(const std::string& name, const std::string& stem,
                           const Recording& recording) {
    if (!name.starts_with(stem + '.')) return {};
    int index = 0;
    const char* begin = name.data() + stem.size() + 1;
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(begin, end, index);
    if (error != std::errc() || index < 1) return {};
    if (std::string_view(begin, static_cast<std::size_t>(end - begin)) !=
        endingOf(recording, index))
        return {};
    return index;
}

/// Without a slash at its end, as paths are compared.
std::string folderOf(const std::string& directory) {
    std::string path = fs::absolute(directory).lexically_normal().string();
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    return path;
}

} // namespace

Archive::Archive(const std::string& directory)
    : directory_(folderOf(directory)) {}

Result<void> Archive::load() {
    std::error_code failed;
    fs::create_directories(directory_, failed);
    // A disk of its own has a `lost+found` that only root may look into.
    auto entries = fs::recursive_directory_iterator(
        directory_, fs::directory_options::skip_permission_denied, failed);
    if (failed) return writeError(failed.value(), directory_);
    while (entries != fs::recursive_directory_iterator()) {
        const fs::path& path = entries->path();
        const std::string name = path.filename().string();
        if (name.ends_with(kRemains)) takeRemains(path.string());
        if (name.ends_with(".json") && !name.ends_with(".waveform.json")) take(path.string());
        entries.increment(failed);
        // Which is at the end then.
        if (failed) return writeError(failed.value(), directory_);
    }
    return {};
}

void Archive::take(const std::string& path) {
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    auto recording = failed || size > kMaxRecordingDocument
                         ? Error{ErrorCode::Internal, "no document of ours"}
                         : recordingFromDocument(textOf(path));
    // What lies elsewhere than it says would have other files erased with it.
    if (recording && stemOf(*recording) + ".json" != path)
        recording = Error{ErrorCode::Internal, "it belongs elsewhere"};
    if (!recording) return kLog.error("", path + " is left alone: " + recording.error().message);
    const std::string id = recording->id;
    recordings_[id] = std::move(*recording);
}

std::string Archive::remainsOf(const std::string& id) const {
    return directory_ + "/erased/" + id + kRemains;
}

void Archive::takeRemains(const std::string& path) {
    const std::string id = fs::path(path).stem().string();
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    if (path == remainsOf(id) && !failed && size <= kMaxRecordingDocument)
        remains_[id] = textOf(path);
}

void Archive::keepRemains(const std::string& id, std::string text, Done done) {
    disk_.post([path = remainsOf(id), text = std::move(text), done = std::move(done)] {
        auto saved = replaceFile(path, text);
        if (!saved) kLog.error("", saved.error().message);
        postToMain([done, saved = std::move(saved)] { done(saved); });
    });
}

void Archive::forgetRemains(const std::string& id) {
    disk_.post([path = fs::path(remainsOf(id))] {
        std::error_code failed;
        fs::remove(path, failed);
        // Where nothing else is in it.
        fs::remove(path.parent_path(), failed);
    });
}

Recording* Archive::find(const std::string& id) {
    const auto found = recordings_.find(id);
    return found == recordings_.end() ? nullptr : &found->second;
}

Result<std::vector<const Recording*>> Archive::list(const Query& query) const {
    const auto newer = [](const Recording* a, const Recording* b) {
        return std::tie(a->startedAt, a->id) > std::tie(b->startedAt, b->id);
    };
    const Recording* after = nullptr;
    if (!query.cursor.empty()) {
        const auto found = recordings_.find(query.cursor);
        if (found == recordings_.end())
            return Error{ErrorCode::BadRequest, "the recording of this cursor is gone", "cursor"};
        after = &found->second;
    }
    std::vector<const Recording*> found;
    for (const auto& [id, recording] : recordings_) {
        if (!query.callId.empty() && recording.callId != query.callId) continue;
        if (!query.status.empty() && query.status != name(recording.status)) continue;
        if (query.mayUse && !query.mayUse(recording.callId)) continue;
        const auto& hosts = recording.hosts;
        if (!query.host.empty() && std::find(hosts.begin(), hosts.end(), query.host) == hosts.end())
            continue;
        if (!after || newer(after, &recording)) found.push_back(&recording);
    }
    std::sort(found.begin(), found.end(), newer);
    if (found.size() > query.limit) found.resize(query.limit);
    return found;
}

Recording& Archive::add(Recording recording) {
    const std::string id = recording.id;
    return recordings_[id] = std::move(recording);
}

std::string Archive::stemOf(const Recording& recording) const {
    // 2026-11-27T12:00:00.000Z
    const std::string at = formatTimestamp(recording.startedAt);
    return directory_ + '/' + at.substr(0, 4) + '/' + at.substr(5, 2) + '/' + at.substr(8, 2) +
           '/' + recording.callId + '/' + at.substr(11, 2) + at.substr(14, 2) + at.substr(17, 2) +
           '-' + recording.id;
}

std::vector<int> Archive::growingParts(const Recording& recording) const {
    const fs::path stem = growingStemOf(recording);
    std::vector<int> parts;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(stem.parent_path(), failed))
        if (const auto index =
                indexIn(entry.path().filename().string(), stem.filename().string(), recording))
            parts.push_back(*index);
    std::sort(parts.begin(), parts.end());
    return parts;
}

void Archive::save(const Recording& recording, Done done) {
    disk_.post(
        [path = stemOf(recording) + ".json", text = toDocument(recording), done = std::move(done)] {
            auto saved = replaceFile(path, text);
            if (!saved) kLog.error("", saved.error().message);
            postToMain([done, saved = std::move(saved)] { done(saved); });
        });
}

void Archive::dropMedia(const Recording& recording) {
    std::vector<std::string> files;
    for (const RecordedPart& part : recording.parts)
        files.push_back(fileOf(recording, part.index));
    disk_.post([files = std::move(files)] {
        std::error_code failed;
        for (const std::string& file : files)
            if (!fs::remove(file, failed) && failed) kLog.error("", file + ": " + failed.message());
    });
}

void Archive::erase(const std::string& id, Done done) {
    const auto found = recordings_.find(id);
    if (found == recordings_.end()) return done({});
    const fs::path stem = stemOf(found->second);
    const auto gone = std::make_shared<Recording>(std::move(found->second));
    recordings_.erase(found);
    disk_.post([this, stem, gone, done = std::move(done)] {
        std::error_code failed;
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator(stem.parent_path(), failed))
            if (entry.path().filename().string().starts_with(stem.filename().string() + '.'))
                files.push_back(entry.path());
        // What is known goes last: what was left over can be erased again.
        std::sort(files.begin(), files.end(), [&](const fs::path& a, const fs::path& b) {
            const fs::path known = stem.string() + ".json";
            return (a == known) < (b == known);
        });
        Result<void> erased;
        for (const fs::path& file : files) {
            if (fs::remove(file, failed) || !failed) continue;
            erased = writeError(failed.value(), file.string());
            break;
        }
        // The folders of its call, day, month and year, where nothing else is in them.
        fs::path folder = stem.parent_path();
        for (int i = 0; i < 4 && erased && fs::remove(folder, failed); ++i)
            folder = folder.parent_path();
        postToMain([this, gone, done, erased] {
            if (!erased) recordings_.emplace(gone->id, *gone);
            done(erased);
        });
    });
}

} // namespace mullion
