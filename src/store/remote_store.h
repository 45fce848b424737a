#pragma once

#include "src/store/store.h"

namespace mullion {

/// A Store that can be away: then everything is Unavailable, at once.
class RemoteStore : public Store {
public:
    virtual bool isReachable() const = 0;

    /// `call` is called when it can be reached (again), after onLost()'s where something was lost.
    virtual void onReachable(std::function<void()> call) = 0;
};

} // namespace mullion
