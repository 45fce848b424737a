#include "src/call/snapshot_requests.h"

#include <algorithm>

#include "src/base/ids.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("snapshot");

Error unavailable(const char* why) {
    return {ErrorCode::Unavailable, why};
}

} // namespace

SnapshotRequests::SnapshotRequests(Options options, Ask ask)
    : options_(options)
    , ask_(std::move(ask))
    , byCall_(options.perSecond, 2 * options.perSecond) {}

void SnapshotRequests::take(const std::string& callId, int width, const Done& done) {
    const Key key(callId, width);
    if (const auto known = shots_.find(key); known != shots_.end()) {
        if (known->second.picture) return done(known->second.picture);
        known->second.waiting.push_back(done);
        return;
    }
    if (!byCall_.has(callId))
        return done(Error{ErrorCode::TooManyRequests,
                          "too many pictures of this call; those of one width are shared"});
    const std::string request = newId();
    if (const auto asked = ask_(callId, {request, width}); !asked) return done(asked.error());
    // Only what costs the process counts: who waits for it to start may ask again and again.
    byCall_.take(callId);
    Shot& shot = shots_[key];
    shot.request = request;
    shot.waiting.push_back(done);
    shot.timer = after(options_.deadline, [this, key] {
        kLog.warning("call=" + key.first, "its process takes no picture");
        settle(key, unavailable("the call's media process does not answer"));
    });
}

void SnapshotRequests::onTaken(const std::string& callId, const wire::Snapshot& snapshot) {
    const auto shot = std::find_if(shots_.begin(), shots_.end(), [&](const auto& entry) {
        return entry.first.first == callId && entry.second.request == snapshot.request;
    });
    if (shot == shots_.end() || shot->second.picture) return;
    if (!snapshot.jpeg) {
        kLog.error("call=" + callId, "no picture: " + snapshot.failure);
        return settle(Key(shot->first),
                      Error{ErrorCode::Internal, "the picture could not be made"});
    }
    settle(Key(shot->first), snapshot.jpeg);
}

void SnapshotRequests::onLost(const std::string& callId) {
    std::vector<Key> lost;
    for (const auto& [key, shot] : shots_)
        if (key.first == callId) lost.push_back(key);
    for (const Key& key : lost)
        settle(key, unavailable("the call's media process has gone"));
}

/// Answers whoever waits. A picture stays for those who come soon; nothing else does. `key` is not
/// that of the entry itself, which may go.
void SnapshotRequests::settle(const Key& key, const Result<Picture>& result) {
    const auto found = shots_.find(key);
    if (found == shots_.end()) return;
    const auto waiting = std::exchange(found->second.waiting, {});
    if (result) {
        found->second.picture = *result;
        found->second.timer = after(options_.goodFor, [this, key] { shots_.erase(key); });
    } else {
        shots_.erase(found);
    }
    for (const Done& done : waiting)
        done(result);
}

} // namespace mullion
