#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/base/batch_thread.h"
#include "src/recordings/recording.h"

namespace mullion {

/// The recordings' files, and beside each recording's files what is known of it:
///
///     2026/11/27/CALL/120000-ID.json               what is known
///     2026/11/27/CALL/120000-ID.1.mp4 …            its files
///     2026/11/27/CALL/120000-ID.500001.mkv …       those of participants' own tracks
///     2026/11/27/CALL/120000-ID.growing.2.mp4      one that is being written, or was when
///                                                  something died
///     2026/11/27/CALL/120000-ID.jpg, .waveform.json
///     erased/ID.remains                            what of an erased one is elsewhere still
///
/// The files are the truth: there is no other list that could part from them. Main-bound; files are
/// written by a thread of its own.
class Archive {
public:
    using Done = std::function<void(Result<void>)>;

    explicit Archive(const std::string& directory);

    /// Reads what is known of all recordings. @return Unavailable where the folder cannot be read.
    Result<void> load();

    Recording* find(const std::string& id);

    struct Query {
        /// Empty: of all calls, of any status.
        std::string callId = {};
        std::string status = {};
        /// Of whom only his own are listed; empty: of everybody.
        std::string host = {};
        /// Only of calls for which it holds; empty: of any.
        std::function<bool(const std::string& callId)> mayUse = {};
        /// The id behind which the page begins; empty: the newest.
        std::string cursor = {};
        std::size_t limit = 50;
    };

    /// The newest first. @return BadRequest for a cursor that is no recording's.
    Result<std::vector<const Recording*>> list(const Query& query) const;

    const std::map<std::string, Recording>& all() const { return recordings_; }

    /// Takes a new recording in. @return where it is from now on.
    Recording& add(Recording recording);
    /// Writes what is known of it; `done` comes on main once it is on the disk. @return there:
    /// StorageFull, Unavailable.
    void save(const Recording& recording, Done done);
    /// Takes it out with all its files.
    void erase(const std::string& id, Done done);
    /// Takes away the files of its media, and of nothing else.
    void dropMedia(const Recording& recording);

    /// What is left to do elsewhere of recordings that are erased, in words of the caller's: kept
    /// under the recording's id until it is forgotten.
    void keepRemains(const std::string& id, std::string text, Done done);
    void forgetRemains(const std::string& id);

    /// As load() found them.
    const std::map<std::string, std::string>& remains() const { return remains_; }

    /// Its files below the folder, without the ends of their names.
    std::string relativeStemOf(const Recording& recording) const {
        return stemOf(recording).substr(directory_.size() + 1);
    }

    /// Its files, without the ends of their names.
    std::string stemOf(const Recording& recording) const;

    std::string fileOf(const Recording& recording, int index) const {
        return stemOf(recording) + '.' + endingOf(recording, index);
    }

    /// What the call's process is told to write to.
    std::string growingStemOf(const Recording& recording) const {
        return stemOf(recording) + ".growing";
    }

    std::string growingFileOf(const Recording& recording, int index) const {
        return growingStemOf(recording) + '.' + endingOf(recording, index);
    }

    /// The files that are, or were, being written, in order.
    std::vector<int> growingParts(const Recording& recording) const;

private:
    void take(const std::string& path);
    void takeRemains(const std::string& path);
    std::string remainsOf(const std::string& id) const;

    std::string directory_;
    /// By id.
    std::map<std::string, Recording> recordings_ = {};
    std::map<std::string, std::string> remains_ = {};
    /// Last, so that it has written everything before the rest goes.
    BatchThread<std::function<void()>> disk_{[](const std::vector<std::function<void()>>& jobs) {
        for (const auto& job : jobs)
            job();
    }};
};

} // namespace mullion
