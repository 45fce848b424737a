#pragma once

#include <libsoup/soup.h>

#include "api/http.h"
#include "src/base/batch_thread.h"

namespace mullion::api {

/// Sends parts of files as bodies of answers, piece by piece: a recording does not fit into memory,
/// and a disk that is slow must not hold anybody else up. Main-bound.
class FileStreams {
public:
    /// Makes `file` the body of `message`, which is not paused.
    void send(SoupServerMessage* message, const FileBody& file);

private:
    struct Stream;

    static void readNext(const std::shared_ptr<Stream>& stream);

    /// Last, so that it ends before the rest goes.
    std::shared_ptr<BatchThread<std::function<void()>>> disk_ =
        std::make_shared<BatchThread<std::function<void()>>>(
            [](const std::vector<std::function<void()>>& jobs) {
                for (const auto& job : jobs)
                    job();
            });
};

} // namespace mullion::api
