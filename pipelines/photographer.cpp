#include "pipelines/photographer.h"

#include <utility>

namespace mullion {

namespace {

using namespace std::chrono_literals;

/// Who looks once looks again: cameras that have just woken up need no second key frame.
constexpr auto kWatchesFor = 5s;
constexpr auto kPollInterval = 20ms;

} // namespace

Photographer::Photographer(Composer& composer, Callbacks callbacks)
    : snapshots_(composer)
    , callbacks_(std::move(callbacks)) {}

void Photographer::take(const wire::TakeSnapshot& request) {
    const bool watched = isWatching();
    watching_ = after(kWatchesFor, [this] {
        watching_ = Source();
        callbacks_.onWatching();
    });
    if (!watched) callbacks_.onWatching();
    waiting_.push_back(request);
    if (callbacks_.isAwake()) return takeAll();
    if (poll_) return;
    poll_ = every(kPollInterval, [this] {
        if (!callbacks_.isAwake()) return true;
        // The source ends with this return; forget its id first.
        poll_ = Source();
        takeAll();
        return false;
    });
}

void Photographer::takeAll() {
    for (const wire::TakeSnapshot& request : std::exchange(waiting_, {}))
        snapshots_.take(request.width, [this,
                                        id = request.request](const Result<std::string>& jpeg) {
            callbacks_.tell(jpeg
                                ? wire::Snapshot{id, "", std::make_shared<const std::string>(*jpeg)}
                                : wire::Snapshot{id, jpeg.error().message});
        });
}

} // namespace mullion
