#include "src/call/registry.h"

#include <algorithm>

#include "src/base/log.h"
#include "src/call/registry_live.h"
#include "src/call/sight.h"

namespace mullion {

namespace {

constexpr Log kLog("call");

Json emptyLayout(const Call& call) {
    return {{"canvas", wire::toJson(call.canvas)}, {"mode", "grid"}, {"tiles", Json::array()}};
}

/// Whether the list of a user's calls has this one: not what he rejected, missed or left, but the
/// rooms that he opened, where he can always go back.
bool isCallOf(const Call& call, const std::string& userId) {
    const Participant* participant = call.find(userId);
    return participant &&
           (isConcerned(participant->state) || (call.room && call.createdBy == userId));
}

} // namespace

CallRegistry::CallRegistry(Options options, Store& store, EventSink& events)
    : options_(options)
    , store_(store)
    , events_(events) {
    store_.onLost([this] {
        for (const auto& [id, live] : calls_)
            persist(live->call);
    });
}

CallRegistry::~CallRegistry() = default;

Result<void> CallRegistry::load() {
    for (const std::string& document : TRY(store_.loadActive())) {
        auto call = callFromDocument(document);
        if (!call) {
            // One damaged call must not keep the others from coming back.
            kLog.error("", call.error().message + ": " + document.substr(0, 200));
            continue;
        }
        auto live = std::make_shared<Live>();
        live->call = std::move(*call);
        add(live);
    }
    if (!calls_.empty()) kLog.info("", std::to_string(calls_.size()) + " calls taken over");
    return {};
}

void CallRegistry::resume(const std::unordered_set<std::string>& withProcess) {
    // A copy: a call that has rung too long meanwhile leaves the map.
    const auto calls = calls_;
    for (const auto& [id, live] : calls) {
        Call& call = live->call;
        // A permanent room that stands empty gets a process when somebody comes.
        const bool needed = !call.permanent || !call.gatheringId.empty();
        if (!withProcess.contains(id) && needed) {
            media_->start(call);
            for (Participant& participant : call.participants) {
                if (isPresent(participant.state)) media_->put(call, participant);
                participant.apply(ParticipantEvent::MediaForgotten, now());
            }
            persist(call);
        }
        // Legs that the adopted process still has were reported before this.
        for (const Participant& participant : call.participants) {
            if (participant.state == ParticipantState::Joined)
                startGrace(live, participant.userId, false);
            else if (participant.state == ParticipantState::Reconnecting)
                startGrace(live, participant.userId, true);
        }
        if (call.count(isAsked) > 0) {
            tellRings(call);
            startRingTimer(live);
        }
        if ((call.room || call.permanent) && call.count(isPresent) == 0) startEmptyTimer(live);
    }
}

void CallRegistry::add(const LivePtr& live) {
    live->layout = emptyLayout(live->call);
    calls_[live->call.id] = live;
    ++startedBy_[live->call.createdBy];
    index(*live);
}

void CallRegistry::index(const Live& live) {
    for (const Participant& participant : live.call.participants)
        callsOfUser_[participant.userId].insert(live.call.id);
}

/// Forgets whose call it is.
void CallRegistry::unindex(const Call& call) {
    for (const Participant& participant : call.participants) {
        const auto ids = callsOfUser_.find(participant.userId);
        if (ids == callsOfUser_.end()) continue;
        ids->second.erase(call.id);
        if (ids->second.empty()) callsOfUser_.erase(ids);
    }
    const auto started = startedBy_.find(call.createdBy);
    if (--started->second == 0) startedBy_.erase(started);
}

CallRegistry::LivePtr CallRegistry::findLive(const std::string& id) const {
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : found->second;
}

const Call* CallRegistry::find(const std::string& id) const {
    const LivePtr live = findLive(id);
    return live ? &live->call : nullptr;
}

Result<const Call*> CallRegistry::seatedIn(const Principal& who, const std::string& id) const {
    const Call* call = find(id);
    if (!call) return Error{ErrorCode::NotFound, "no such call, or it is over"};
    if (!who.mayUse(id)) return Error{ErrorCode::NotAllowed, "the token is not for this call"};
    const Participant* participant = call->find(who.userId);
    if (!participant) return Error{ErrorCode::NotMember, "you are not in this call"};
    if (!isPresent(participant->state))
        return Error{ErrorCode::WrongState, "join the call first (initiate, answer or join)"};
    return call;
}

void CallRegistry::act(const Principal& who, const std::string& id, const Done& done,
                       const std::function<Result<void>(const LivePtr&)>& action) {
    const LivePtr live = findLive(id);
    if (!live) return refuseAbsent(who, id, done);
    if (!who.mayUse(id))
        return done(Error{ErrorCode::NotAllowed, "the token is not for this call"});
    if (const auto result = action(live); !result) return done(result.error());
    commit(live->call, shownTo(who, live->call, now()), done);
}

void CallRegistry::refuseAbsent(const Principal& who, const std::string& id, const Done& done) {
    show(who, id, [done](Result<Json> shown) {
        if (!shown) return done(shown.error());
        done(Error{ErrorCode::WrongState,
                   "the call is over: " + (*shown)["status"].get<std::string>()});
    });
}

void CallRegistry::look(const Principal& who, const std::string& id,
                        const std::function<void(const Result<Call>&)>& done) {
    const auto answer = [who, done](const Call& call) {
        if (!who.mayUse(call.id) && !who.mayUse(call.roomId))
            return done(Error{ErrorCode::NotAllowed, "the token is not for this call"});
        if (!call.find(who.userId) && !who.isPrivileged())
            return done(Error{ErrorCode::NotMember, "you are not in this call"});
        done(call);
    };
    if (const LivePtr live = findLive(id)) return answer(live->call);
    store_.find(id, [answer, done](Result<std::string> document) {
        if (!document) return done(document.error());
        const auto call = callFromDocument(*document);
        if (!call) return done(call.error());
        answer(*call);
    });
}

void CallRegistry::lookInside(const Principal& who, const std::string& id,
                              const std::function<void(const Result<Call>&)>& done) {
    look(who, id, [who, done](const Result<Call>& call) {
        if (call && !seesInside(who, *call))
            return done(Error{ErrorCode::NotMember, "you have not been let into this call"});
        done(call);
    });
}

void CallRegistry::show(const Principal& who, const std::string& id, const Done& done) {
    look(who, id, [who, done](const Result<Call>& call) {
        if (!call) return done(call.error());
        done(shownTo(who, *call, now()));
    });
}

void CallRegistry::history(const Principal& who, const HistoryQuery& query, const Done& done) {
    store_.history(query, [who, done](Result<Page> page) {
        if (!page) return done(page.error());
        Json calls = Json::array();
        for (const std::string& document : page->documents) {
            const auto call = callFromDocument(document);
            if (call && (who.mayUse(call->id) || who.mayUse(call->roomId)))
                calls.push_back(shownTo(who, *call, now()));
        }
        const Json next = page->nextCursor.empty() ? Json() : Json(page->nextCursor);
        done(Json{{"calls", std::move(calls)}, {"next_cursor", next}});
    });
}

std::unordered_set<std::string> CallRegistry::ids() const {
    std::unordered_set<std::string> ids;
    for (const auto& [id, live] : calls_)
        ids.insert(id);
    return ids;
}

Json CallRegistry::activeCallsOf(const Principal& who) const {
    Json calls = Json::array();
    const auto ids = callsOfUser_.find(who.userId);
    if (ids == callsOfUser_.end()) return calls;
    for (const std::string& id : ids->second) {
        const Call* call = find(id);
        if (call && who.mayUse(id) && isCallOf(*call, who.userId))
            calls.push_back(shownTo(who, *call, now()));
    }
    return calls;
}

std::vector<std::string> CallRegistry::callsWithoutMedia(const std::string& userId) const {
    std::vector<std::string> calls;
    const auto ids = callsOfUser_.find(userId);
    if (ids == callsOfUser_.end()) return calls;
    for (const std::string& id : ids->second) {
        const Call* call = find(id);
        const Participant* participant = call ? call->find(userId) : nullptr;
        if (participant && participant->state == ParticipantState::Reconnecting)
            calls.push_back(id);
    }
    return calls;
}

Json CallRegistry::allActiveCalls() const {
    Json calls = Json::array();
    for (const auto& [id, live] : calls_)
        calls.push_back(toJson(live->call, now()));
    return calls;
}

void CallRegistry::commit(const Call& call, Json answer, const Done& done) {
    tellRings(call);
    store_.put({.calls = {toRecord(call)}},
               [this, call, done, answer = std::move(answer)](const Result<void>& result) {
                   if (!result) {
                       retryLater(call);
                       return done(result.error());
                   }
                   unwritten_.erase(call.id);
                   done(answer);
               });
}

void CallRegistry::persist(const Call& call) {
    commit(call, {}, [](const Result<Json>&) {});
}

/// Memory is ahead of the store now; the store gets the call again until it takes it.
void CallRegistry::retryLater(const Call& call) {
    const Call* newest = find(call.id);
    unwritten_[call.id] = toRecord(newest ? *newest : call);
    if (retry_) return;
    kLog.error("call=" + call.id, "the store takes no writes; trying again every second");
    retry_ = every(std::chrono::seconds(1), [this] {
        std::vector<CallRecord> records;
        for (const auto& [id, record] : unwritten_) {
            const Call* current = find(id);
            records.push_back(current ? toRecord(*current) : record);
        }
        if (records.empty()) {
            retry_ = Source();
            return false;
        }
        store_.put({.calls = records}, [this, records](const Result<void>& result) {
            if (!result) return;
            for (const CallRecord& record : records)
                unwritten_.erase(record.id);
        });
        return true;
    });
}

std::vector<std::string> CallRegistry::audience(const Call& call) const {
    std::vector<std::string> users;
    for (const Participant& participant : call.participants)
        if (isConcerned(participant.state) && participant.state != ParticipantState::Waiting)
            users.push_back(participant.userId);
    return users;
}

void CallRegistry::publish(const Call& call, const char* type) {
    auto users = audience(call);
    for (const Participant& participant : call.participants)
        if (participant.state == ParticipantState::Waiting) users.push_back(participant.userId);
    publish(call, users, type);
}

void CallRegistry::publish(const Call& call, const std::vector<std::string>& users,
                           const char* type) {
    std::vector<std::string> inside;
    for (const std::string& user : users) {
        const Participant* participant = call.find(user);
        if (participant && seesInside(*participant))
            inside.push_back(user);
        else
            tell(call, user, type);
    }
    // All of them see the same, which is serialised once.
    events_.publish(inside, {{"type", type}, {"call_id", call.id}, {"call", toJson(call, now())}});
}

void CallRegistry::tell(const Call& call, const std::string& userId, const char* type) {
    events_.tell(userId,
                 {{"type", type}, {"call_id", call.id}, {"call", shownTo(userId, call, now())}});
}

void CallRegistry::publish(const Call& call, const char* type, const Participant& participant) {
    auto users = audience(call);
    // His other devices show the call no more, or that he waits.
    if (std::find(users.begin(), users.end(), participant.userId) == users.end())
        users.push_back(participant.userId);
    events_.publish(users,
                    {{"type", type}, {"call_id", call.id}, {"participant", toJson(participant)}});
}

} // namespace mullion
