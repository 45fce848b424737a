#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/recordings/archive.h"
#include "tests/support/run_until.h"
#include "tests/support/temporary_dir.h"

namespace mullion::test {

/// A folder of recordings, and the archive that was read from it last.
class Shelf {
public:
    Shelf()
        : archive_(std::make_unique<Archive>(path())) {
        claimMainThread();
    }

    std::string path() const { return dir_.path() + "/recordings"; }

    Archive& archive() { return *archive_; }

    /// As another start of the program finds it.
    Archive& reload() {
        archive_.reset();
        archive_ = std::make_unique<Archive>(path());
        ck_assert(archive_->load().ok());
        return *archive_;
    }

    /// Takes one in and waits until that is on the disk.
    Recording& keep(const Recording& recording) {
        Recording& kept = archive_->add(recording);
        bool saved = false;
        archive_->save(kept, [&](const Result<void>& done) { saved = done.ok(); });
        runUntil([&] { return saved; }, "the document");
        return kept;
    }

    Result<void> erase(const std::string& id) {
        std::optional<Result<void>> erased;
        archive_->erase(id, [&](const Result<void>& done) { erased = done; });
        runUntil([&] { return erased.has_value(); }, "the erasure");
        return *erased;
    }

    /// Paths of all files and folders, below the folder, in order.
    std::string tree() const {
        std::vector<std::string> paths;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path()))
            paths.push_back(std::filesystem::relative(entry.path(), path()).string());
        std::sort(paths.begin(), paths.end());
        std::string all;
        for (const std::string& path : paths)
            all += path + '\n';
        return all;
    }

    static void write(const std::string& path, const std::string& text) {
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path) << text;
    }

    static std::string read(const std::string& path) {
        std::stringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }

private:
    TemporaryDir dir_ = {};
    std::unique_ptr<Archive> archive_;
};

/// One that is ready, of `second` after the same noon.
inline Recording readyRecording(const std::string& id, const std::string& callId = "c1",
                                int second = 0) {
    Recording recording;
    recording.id = id;
    recording.callId = callId;
    recording.status = RecordingStatus::Ready;
    recording.startedBy = "ada";
    recording.startedAt =
        *parseTimestamp("2026-11-27T12:00:00.000Z") + std::chrono::seconds(second);
    recording.endedAt = recording.startedAt + std::chrono::seconds(10);
    recording.parts = {{.index = 1, .bytes = 10, .durationMs = 10'000, .sha256 = "abcd"}};
    recording.hosts = {"ada"};
    recording.call = {{"id", callId}, {"participants", Json::array()}};
    recording.layouts = Json::array();
    recording.chat = Json::array();
    return recording;
}

} // namespace mullion::test
