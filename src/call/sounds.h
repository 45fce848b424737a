#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/base/batch_thread.h"
#include "src/base/main_loop.h"
#include "src/base/result.h"
#include "src/wire/messages.h"

namespace mullion {

/// Files of sound that are played into calls, from their upload to their end. Main-bound; files are
/// written on a thread of its own.
class Sounds {
public:
    struct Options {
        /// Where they are while they play; what an earlier program left there is removed.
        std::string folder = {};
        /// How many play in a call at once.
        std::size_t maxAtOnce = 4;
        /// How long a call's process may take to begin.
        std::chrono::milliseconds deadline = std::chrono::seconds(10);
    };

    struct Callbacks {
        /// Asks the call's process. @return Unavailable where it has none.
        std::function<Result<void>(const std::string& callId, const wire::ToCall&)> ask;
        /// One that has played is over; `reason` is why it failed, or empty.
        std::function<void(const std::string& callId, const std::string& id,
                           const std::string& reason)>
            onEnded;
    };

    struct Playing {
        std::string id;
        /// 0 where it is not known.
        std::chrono::milliseconds duration{0};
    };

    using Done = std::function<void(Result<Playing>)>;

    Sounds(Options options, Callbacks callbacks);
    ~Sounds();
    Sounds(const Sounds&) = delete;
    Sounds& operator=(const Sounds&) = delete;

    /// Plays `sound`, the bytes of a file, once; `volume` is 0 to 2. `done` comes when it begins.
    /// @return there: UnsupportedMedia, Unavailable, AtCapacity, StorageFull.
    void play(const std::string& callId, std::string sound, double volume, const Done& done);
    /// @return NotFound.
    Result<void> stop(const std::string& callId, const std::string& id);

    /// A call's process speaks of one.
    void onStatus(const std::string& callId, const wire::SoundStatus& status);
    /// The call's process has gone.
    void onLost(const std::string& callId);

private:
    using Job = std::function<void()>;

    struct Sound {
        std::string callId;
        /// Empty once it plays.
        Done begins = {};
        Source deadline = {};
    };

    std::string pathOf(const std::string& id) const { return options_.folder + '/' + id; }

    void onWritten(const std::string& id, double volume, const Result<void>& written);
    void end(const std::string& id, const Result<void>& result);

    Options options_;
    Callbacks callbacks_;
    /// By id.
    std::map<std::string, Sound> sounds_ = {};
    /// For callbacks that may come after the end.
    std::shared_ptr<Sounds*> self_ = std::make_shared<Sounds*>(this);
    BatchThread<Job> thread_{[](const std::vector<Job>& jobs) {
        for (const Job& job : jobs)
            job();
    }};
};

} // namespace mullion
