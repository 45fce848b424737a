#pragma once

#include <deque>
#include <functional>
#include <string>

#include <gio/gio.h>

#include "src/base/gref.h"
#include "src/recordings/recording.h"

namespace mullion {

/// Makes files of recordings seekable by running mullion-finish, one after the other and behind
/// everything else that the machine does. Main-bound.
class Finisher {
public:
    struct Job {
        std::string input = {};
        std::string output = {};
        /// Empty: none is wanted.
        std::string preview = {};
        std::string waveform = {};
    };

    struct Outcome {
        RecordedPart part = {};
        bool hasPreview = false;
        bool hasWaveform = false;
    };

    using Done = std::function<void(const Result<Outcome>&)>;

    explicit Finisher(std::string program)
        : program_(std::move(program)) {}

    ~Finisher();
    Finisher(const Finisher&) = delete;
    Finisher& operator=(const Finisher&) = delete;

    /// `done` comes later; the input is there still. @return there: NotFound where nothing in the
    /// input plays, StorageFull, Unavailable where the program does not run.
    void add(Job job, Done done);

    /// How many are waiting or under way, for the metrics.
    std::size_t count() const { return jobs_.size(); }

private:
    struct Entry {
        Job job;
        Done done;
    };

    void startNext();
    void onEnded(const Result<Outcome>& outcome);

    std::string program_;
    /// The first is under way.
    std::deque<Entry> jobs_ = {};
    /// For callbacks that may come after the end.
    std::shared_ptr<Finisher*> self_ = std::make_shared<Finisher*>(this);
};

} // namespace mullion
