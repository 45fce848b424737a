#pragma once

#include <functional>
#include <vector>

#include "pipelines/mix/snapshots.h"
#include "src/base/main_loop.h"
#include "src/wire/messages.h"

namespace mullion {

/// Answers requests for pictures of a call's canvas. Main-bound.
///
/// Cameras are not decoded while nobody takes the picture. So who asks for a snapshot counts as
/// somebody who watches, for some seconds, and gets it when what is shown has woken up: when each
/// camera has sent a picture since, or has had time enough to.
class Photographer {
public:
    struct Callbacks {
        std::function<void(const wire::FromCall&)> tell;
        /// isWatching() has changed.
        std::function<void()> onWatching;
        /// Whether all that is shown is as it is now.
        std::function<bool()> isAwake;
    };

    /// `composer` outlives this.
    Photographer(Composer& composer, Callbacks callbacks);

    void take(const wire::TakeSnapshot& request);

    /// Whether a picture was asked for of late.
    bool isWatching() const { return static_cast<bool>(watching_); }

private:
    void takeAll();

    Snapshots snapshots_;
    Callbacks callbacks_;
    Source watching_ = {};
    /// Those that wait until all is awake.
    std::vector<wire::TakeSnapshot> waiting_ = {};
    Source poll_ = {};
};

} // namespace mullion
