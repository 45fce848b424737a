#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "src/base/batch_thread.h"
#include "src/base/json.h"
#include "src/base/timestamp.h"
#include "src/wire/messages.h"

namespace mullion {

/// How each call's legs did, in a file a call, `CALL_ID.jsonl`: a line a leg and ten seconds,
/// `{at, leg, user_id, seconds, up:{mos, loss, rtt, jitter, bitrate}, down:{…}, rung}`. Means, but
/// the worst jitter; `seconds` counts what they are means of. Main-bound; the disk is another
/// thread's.
class QualityLog {
public:
    struct Options {
        std::chrono::milliseconds interval = std::chrono::seconds(10);
        /// Of one file; then its older half goes.
        std::size_t maxBytes = std::size_t{4} * 1024 * 1024;
        /// Files that nothing was added to for so long go at the start.
        std::chrono::hours keep = std::chrono::days(30);
    };

    /// `directory` is made if it is missing.
    QualityLog(std::string directory, Options options);
    /// Writes what has been gathered.
    ~QualityLog();
    QualityLog(const QualityLog&) = delete;
    QualityLog& operator=(const QualityLog&) = delete;

    /// The figures of a second that ended `at`.
    void add(const std::string& callId, const wire::Figures& figures, Timestamp at);
    /// The call is over: writes what has been gathered of it.
    void end(const std::string& callId);
    /// All lines of a call, the oldest first, as a list; empty where there are none. `done` comes
    /// on main, later.
    void read(const std::string& callId, std::function<void(Json)> done);

private:
    /// The sums of one direction.
    struct Sum {
        wire::Direction total = {};
        double maxJitter = 0;
        /// Seconds in which each was known: 0 stands for unknown.
        int mosCount = 0;
        int rttCount = 0;
        double bitrate = 0;

        void add(const wire::Direction& figures);
        Json mean(int seconds) const;
    };

    struct LegSum {
        std::string userId = {};
        Sum up = {};
        Sum down = {};
        std::string rung = {};
        int seconds = 0;
    };

    struct Gathered {
        Timestamp began = {};
        Timestamp last = {};
        std::map<std::string, LegSum> legs = {};
    };

    std::string pathOf(const std::string& callId) const;
    void write(const std::string& callId, const Gathered& gathered);

    std::string directory_;
    Options options_;
    std::unordered_map<std::string, Gathered> calls_ = {};
    /// Last, so that it has written everything before the rest goes.
    BatchThread<std::function<void()>> disk_;
};

} // namespace mullion
