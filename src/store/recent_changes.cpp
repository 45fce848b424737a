#include "src/store/recent_changes.h"

namespace mullion {

namespace {

constexpr std::chrono::minutes kKept{1};

} // namespace

void RecentChanges::add(ChangesPtr changes) {
    entries_.push_back({Clock::now(), std::move(changes)});
    dropOld();
}

std::vector<RecentChanges::ChangesPtr> RecentChanges::take() {
    dropOld();
    std::vector<ChangesPtr> all;
    for (Entry& entry : entries_)
        all.push_back(std::move(entry.changes));
    entries_.clear();
    return all;
}

void RecentChanges::eraseUser(const std::string& userId, const Store::Rewrite& rewrite) {
    for (Entry& entry : entries_) {
        Changes changes = *entry.changes;
        for (CallRecord& call : changes.calls)
            if (std::erase(call.users, userId) > 0) call.document = rewrite(call.document);
        std::erase_if(changes.messages,
                      [&](const ChatRecord& message) { return message.userId == userId; });
        std::erase_if(changes.pushes,
                      [&](const PushRecord& push) { return push.userId == userId; });
        entry.changes = std::make_shared<const Changes>(std::move(changes));
    }
}

void RecentChanges::dropOld() {
    const auto oldest = Clock::now() - kKept;
    while (!entries_.empty() && entries_.front().at < oldest)
        entries_.pop_front();
}

} // namespace mullion
