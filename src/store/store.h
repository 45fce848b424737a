#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/base/timestamp.h"

namespace mullion {

/// One call as the store sees it: a document with the columns by which it is found.
struct CallRecord {
    std::string id;
    /// Whether the call rings or runs; the others are history.
    bool active = false;
    std::string status = {};
    Timestamp createdAt = {};
    /// Everyone who has the call in his history.
    std::vector<std::string> users = {};
    /// JSON, not looked into.
    std::string document = {};
    /// When it ended, from which its time in the history counts; else `createdAt` is taken.
    std::optional<Timestamp> endedAt = {};
    /// Whether its links outlive its end, as it may begin again under the same id.
    bool permanent = false;
};

/// An invitation by link.
struct LinkRecord {
    std::string code;
    std::string callId;
    /// Nothing: as long as its call.
    std::optional<Timestamp> expiresAt = {};
    /// JSON, not looked into.
    std::string document = {};
};

/// One chat message; a call's are sorted by time, then id.
struct ChatRecord {
    std::string id;
    std::string callId;
    /// Who wrote it.
    std::string userId = {};
    Timestamp at = {};
    /// JSON, not looked into.
    std::string document = {};
};

/// Where a browser of a user is told that he is rung. The id says which browser it is: a record
/// takes the place of any of that id, also of another user's. A user has `kMaxPushes` at most; the
/// oldest go.
struct PushRecord {
    std::string id;
    std::string userId;
    Timestamp at = {};
    /// JSON, not looked into.
    std::string document = {};
};

inline constexpr int kMaxPushes = 16;

/// A record to forget; one that has become another user's stays.
struct PushRemoval {
    std::string id;
    std::string userId;
};

/// What is written together, all or none. Records replace those of the same id or code. A call that
/// is neither active nor permanent takes its links with it, but not those beside it in `links`.
struct Changes {
    std::vector<CallRecord> calls = {};
    std::vector<LinkRecord> links = {};
    /// Codes.
    std::vector<std::string> removedLinks = {};
    std::vector<ChatRecord> messages = {};
    std::vector<PushRecord> pushes = {};
    std::vector<PushRemoval> removedPushes = {};
};

/// Ended calls, the newest first.
struct HistoryQuery {
    /// Whose calls; empty for everybody's.
    std::string userId = {};
    /// Only calls of this status; empty for all.
    std::string status = {};
    /// `nextCursor` of the page before, or empty.
    std::string cursor = {};
    int limit = 50;
};

/// The messages of a call, the oldest first.
struct ChatQuery {
    std::string callId;
    /// `nextCursor` of the page before, or empty.
    std::string cursor = {};
    int limit = 50;
};

struct Page {
    std::vector<std::string> documents = {};
    /// Empty on the last page.
    std::string nextCursor = {};
};

/// When a user was last seen, and whether a device of his was connected then.
struct Presence {
    std::string userId;
    bool online = false;
    Timestamp at = {};
};

/// How the store does, for those who watch the server.
struct StoreState {
    /// Whether writes reach the store at once.
    bool healthy = true;
    /// Writes that have not reached it yet.
    std::size_t waiting = 0;
    /// What is wrong, for people; empty while healthy.
    std::string reason = {};
};

/// Where calls outlive the process. Main-bound: callbacks come on main, in the order of the
/// requests, and never from inside the request.
///
/// Errors: StorageFull, Unavailable (try again later), Internal.
class Store {
public:
    using Done = std::function<void(Result<void>)>;
    template <typename T>
    using Found = std::function<void(Result<T>)>;
    using Rewrite = std::function<std::string(const std::string&)>;

    /// Commits what was put before.
    virtual ~Store() = default;

    /// Writes the changes, all or none; `done` follows the commit.
    virtual void put(Changes changes, Done done) = 0;

    /// The document of one call. @return NotFound.
    virtual void find(const std::string& id, Found<std::string> done) = 0;

    /// @return BadRequest for a cursor that is none.
    virtual void history(const HistoryQuery& query, Found<Page> done) = 0;

    /// The documents of all active calls; blocks, for the start of the program.
    virtual Result<std::vector<std::string>> loadActive() = 0;

    /// @return NotFound, also for a link that has expired or whose call has ended for good.
    virtual void findLink(const std::string& code, Found<LinkRecord> done) = 0;

    /// The links of a call that have not expired, by code.
    virtual void linksOf(const std::string& callId, Found<std::vector<LinkRecord>> done) = 0;

    /// @return BadRequest for a cursor that is none.
    virtual void messages(const ChatQuery& query, Found<Page> done) = 0;

    /// Where a user's browsers are told that he is rung, the oldest first.
    virtual void pushesOf(const std::string& userId, Found<std::vector<PushRecord>> done) = 0;

    /// Forgets a user: his messages, his history, his pushes and his presence go, and `rewrite` is
    /// applied to the document of each call that names him. It is a pure function, called on any
    /// thread and perhaps more than once for a document. Active calls are their owner's to put
    /// again.
    /// @return Unavailable where the store cannot be reached; nothing is kept for later.
    virtual void eraseUser(const std::string& userId, Rewrite rewrite, Done done) = 0;

    /// Forgets calls that ended before `before`, with their messages and links, and who was not
    /// seen since. `done` gets how many calls; 0 from a store that forgets by itself.
    virtual void sweep(Timestamp before, Found<int> done) = 0;

    /// Best effort.
    virtual void putPresence(std::vector<Presence> seen) = 0;

    /// @return NotFound. A process that was killed leaves its users online.
    virtual void findPresence(const std::string& userId, Found<Presence> done) = 0;

    virtual StoreState state() const = 0;

    /// `call` is called when the store has lost what it once acknowledged (came back empty or
    /// older): the owner then puts all that it holds again.
    virtual void onLost(std::function<void()> call) = 0;
};

} // namespace mullion
