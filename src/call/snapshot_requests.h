#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/base/main_loop.h"
#include "src/base/result.h"
#include "src/base/token_buckets.h"
#include "src/wire/messages.h"

namespace mullion {

/// Requests for pictures of calls' canvases, between clients and the calls' processes. Main-bound.
///
/// Whoever asks for a picture that is being taken, or was of late, shares it, so that clients in a
/// loop cost a call no more than `perSecond` pictures.
class SnapshotRequests {
public:
    struct Options {
        /// Of one call, all widths together, with bursts of twice as many.
        double perSecond = 4;
        /// How long a picture is the one of now.
        std::chrono::milliseconds goodFor{250};
        /// How long a process may take for one.
        std::chrono::milliseconds deadline = std::chrono::seconds(5);
    };

    /// A JPEG.
    using Picture = std::shared_ptr<const std::string>;
    using Done = std::function<void(Result<Picture>)>;
    /// Asks the call's process. @return Unavailable where it has none.
    using Ask = std::function<Result<void>(const std::string& callId, const wire::TakeSnapshot&)>;

    SnapshotRequests(Options options, Ask ask);

    /// The canvas, `width` as wire::TakeSnapshot has it; who asks must be allowed to see it.
    /// @return TooManyRequests, Unavailable, Internal.
    void take(const std::string& callId, int width, const Done& done);

    /// What the call's process answers. Others' and late answers are passed over.
    void onTaken(const std::string& callId, const wire::Snapshot& snapshot);

    /// The call's process has gone: nothing it was asked for will come.
    void onLost(const std::string& callId);

private:
    /// By call and width.
    using Key = std::pair<std::string, int>;

    struct Shot {
        /// Names it to the process.
        std::string request;
        std::vector<Done> waiting = {};
        /// Until it is late, then until it is old.
        Source timer = {};
        /// Null until it is there.
        Picture picture = {};
    };

    void settle(const Key& key, const Result<Picture>& result);

    Options options_;
    Ask ask_;
    TokenBuckets byCall_;
    std::map<Key, Shot> shots_ = {};
};

} // namespace mullion
