#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "src/store/store.h"

namespace mullion {

/// What a store has acknowledged in the last minute, as it may have been in its memory alone.
class RecentChanges {
public:
    using ChangesPtr = std::shared_ptr<const Changes>;

    void add(ChangesPtr changes);
    /// Gives all away, the oldest first.
    std::vector<ChangesPtr> take();
    /// Takes a user out, as Store::eraseUser() does.
    void eraseUser(const std::string& userId, const Store::Rewrite& rewrite);

private:
    using Clock = std::chrono::steady_clock;

    struct Entry {
        Clock::time_point at;
        ChangesPtr changes;
    };

    void dropOld();

    std::deque<Entry> entries_ = {};
};

} // namespace mullion
