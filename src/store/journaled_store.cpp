// DESIGN. Two modes:
//
//     Direct ──away, refused, lost──▶ Journal ──all replayed, file cleared──▶ Direct
//
// Direct: a put goes to the store and waits in `flying_`. When one fails in a way that can pass,
// all that fly are written to the journal in their order, whatever becomes of them: the same put
// twice is harmless, a wrong order is not. Journal: puts are appended to the file and to
// `backlog_`; while the store can be reached its front is replayed. Only when the file is empty
// again puts go past it. `generation_` makes answers void that belong to an earlier mode.
#include "src/store/journaled_store.h"

#include <deque>

#include "src/base/log.h"
#include "src/base/main_loop.h"
#include "src/store/changes_json.h"
#include "src/store/journal.h"
#include "src/store/recent_changes.h"

namespace mullion {

namespace {

constexpr Log kLog("store");

/// How many are replayed at once.
constexpr std::size_t kReplayed = 64;
constexpr std::chrono::seconds kRetry{1};
/// How long the start waits for the replay.
constexpr std::chrono::seconds kPatience{30};

using ChangesPtr = RecentChanges::ChangesPtr;

/// Whether the store may take the same again later.
bool canPass(const Error& error) {
    return error.code == ErrorCode::Unavailable || error.code == ErrorCode::StorageFull;
}

class JournaledStore : public Store {
public:
    JournaledStore(std::unique_ptr<RemoteStore> inner, std::unique_ptr<Journal> journal)
        : journal_(std::move(journal))
        , inner_(std::move(inner)) {
        for (const std::string& line : journal_->takeLines()) {
            auto changes = changesFrom(line);
            if (changes)
                backlog_.push_back(std::make_shared<const Changes>(std::move(*changes)));
            else
                kLog.error("", "a line of the journal is none of ours: " + changes.error().message);
        }
        inner_->onReachable([this] { replay(); });
        inner_->onLost([this] { onInnerLost(); });
        if (!backlog_.empty()) useJournal("there are writes of an earlier process");
    }

    ~JournaledStore() override {
        // What is on its way may not arrive. The journal's own end waits for the disk.
        for (const Flying& flying : flying_)
            journal_->append(toText(*flying.changes), [](const Result<void>&) {});
    }

    void put(Changes changes, Done done) override {
        auto shared = std::make_shared<const Changes>(std::move(changes));
        if (direct_ && !inner_->isReachable()) useJournal(inner_->state().reason);
        if (!direct_) return append(std::move(shared), std::move(done));
        flying_.push_back({shared, std::move(done)});
        inner_->put(*shared, [this, generation = generation_](const Result<void>& result) {
            if (generation == generation_) onPut(result);
        });
    }

    void find(const std::string& id, Found<std::string> done) override {
        for (auto changes = backlog_.rbegin(); changes != backlog_.rend(); ++changes)
            for (const CallRecord& call : (*changes)->calls)
                if (call.id == id)
                    return postToMain([done, document = call.document] { done(document); });
        inner_->find(id, std::move(done));
    }

    void history(const HistoryQuery& query, Found<Page> done) override {
        inner_->history(query, std::move(done));
    }

    Result<std::vector<std::string>> loadActive() override {
        // First, so that a Redis that cannot be reached is told in its own words.
        TRY(inner_->loadActive());
        bool late = false;
        const Source deadline = after(kPatience, [&late] { late = true; });
        while (!direct_ && !late)
            g_main_context_iteration(nullptr, TRUE);
        if (!direct_) return Error{ErrorCode::Unavailable, "cannot replay the journal: " + reason_};
        return inner_->loadActive();
    }

    void findLink(const std::string& code, Found<LinkRecord> done) override {
        inner_->findLink(code, std::move(done));
    }

    void linksOf(const std::string& callId, Found<std::vector<LinkRecord>> done) override {
        inner_->linksOf(callId, std::move(done));
    }

    void messages(const ChatQuery& query, Found<Page> done) override {
        inner_->messages(query, std::move(done));
    }

    void pushesOf(const std::string& userId, Found<std::vector<PushRecord>> done) override {
        inner_->pushesOf(userId, std::move(done));
    }

    void eraseUser(const std::string& userId, Rewrite rewrite, Done done) override {
        if (!direct_)
            return postToMain([done, reason = reason_] {
                done(Error{ErrorCode::Unavailable, reason});
            });
        recent_.eraseUser(userId, rewrite);
        inner_->eraseUser(userId, std::move(rewrite), std::move(done));
    }

    void sweep(Timestamp before, Found<int> done) override {
        inner_->sweep(before, std::move(done));
    }

    void putPresence(std::vector<Presence> seen) override { inner_->putPresence(std::move(seen)); }

    void findPresence(const std::string& userId, Found<Presence> done) override {
        inner_->findPresence(userId, std::move(done));
    }

    StoreState state() const override {
        const StoreState inner = inner_->state();
        if (direct_) return {inner.healthy, flying_.size(), inner.reason};
        return {false, backlog_.size(), reason_};
    }

    void onLost(std::function<void()> call) override { onLost_ = std::move(call); }

private:
    struct Flying {
        ChangesPtr changes;
        Done done;
    };

    void onPut(const Result<void>& result) {
        if (!result && canPass(result.error())) return useJournal(result.error().message);
        const Flying flying = std::move(flying_.front());
        flying_.pop_front();
        if (result) recent_.add(flying.changes);
        flying.done(result);
    }

    void useJournal(const std::string& reason) {
        if (direct_) kLog.warning("", "writes go to the journal: " + reason);
        direct_ = false;
        reason_ = reason;
        ++generation_;
        replaying_ = 0;
        for (Flying& flying : std::exchange(flying_, {}))
            append(std::move(flying.changes), std::move(flying.done));
        tick_ = every(kRetry, [this] {
            replay();
            return true;
        });
    }

    void append(ChangesPtr changes, Done done) {
        journal_->append(toText(*changes), std::move(done));
        backlog_.push_back(std::move(changes));
    }

    /// What was acknowledged goes before all else that is to be written.
    void onInnerLost() {
        kLog.error("", "the store has lost what it had acknowledged; writing again what we have");
        auto again = recent_.take();
        const auto before = std::exchange(backlog_, {});
        const auto flying = std::exchange(flying_, {});
        useJournal("the store has lost what it had acknowledged");
        for (ChangesPtr& changes : again)
            append(std::move(changes), [](const Result<void>&) {});
        // Once more in the file, as there too they have to follow the others.
        for (const ChangesPtr& changes : before)
            append(changes, [](const Result<void>&) {});
        for (const Flying& one : flying)
            append(one.changes, one.done);
        if (onLost_) onLost_();
        replay();
    }

    void replay() {
        if (direct_ || clearing_ || !inner_->isReachable()) return;
        if (backlog_.empty()) return clear();
        while (replaying_ < std::min(kReplayed, backlog_.size())) {
            inner_->put(*backlog_[replaying_++],
                        [this, generation = generation_](const Result<void>& result) {
                            if (generation == generation_) onReplayed(result);
                        });
        }
    }

    void onReplayed(const Result<void>& result) {
        if (!result && canPass(result.error())) {
            // All that follow are asked again, after the tick.
            ++generation_;
            replaying_ = 0;
            reason_ = result.error().message;
            return;
        }
        if (result)
            recent_.add(backlog_.front());
        else
            kLog.error("", "a write of the journal is given up: " + result.error().message);
        backlog_.pop_front();
        --replaying_;
        replay();
    }

    void clear() {
        clearing_ = true;
        // The journal's thread may post this after we have gone.
        journal_->clear([this, alive = std::weak_ptr(alive_)](const Result<void>& result) {
            if (alive.expired()) return;
            clearing_ = false;
            if (!result) return;
            // What was appended meanwhile stands behind the cut.
            if (!backlog_.empty()) return replay();
            direct_ = true;
            tick_ = Source();
            kLog.info("", "all writes of the journal have been replayed");
        });
    }

    std::function<void()> onLost_ = {};
    bool direct_ = true;
    bool clearing_ = false;
    /// Why not direct.
    std::string reason_ = {};
    unsigned generation_ = 0;
    std::deque<Flying> flying_ = {};
    std::deque<ChangesPtr> backlog_ = {};
    /// How many of the backlog's front are on their way.
    std::size_t replaying_ = 0;
    RecentChanges recent_ = {};
    Source tick_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
    std::unique_ptr<Journal> journal_;
    /// Last, so that it goes first: it may call while it ends.
    std::unique_ptr<RemoteStore> inner_;
};

} // namespace

Result<std::unique_ptr<Store>> openJournaledStore(std::unique_ptr<RemoteStore> inner,
                                                  const std::string& path) {
    auto journal = TRY(Journal::open(path));
    return std::unique_ptr<Store>(
        std::make_unique<JournaledStore>(std::move(inner), std::move(journal)));
}

} // namespace mullion
