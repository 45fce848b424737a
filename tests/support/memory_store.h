#pragma once

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "src/base/main_loop.h"
#include "src/store/cursor.h"
#include "src/store/store.h"

namespace mullion::test {

/// A Store without a disk, which can be told to fail or to lose what it holds. It has no history.
class MemoryStore : public Store {
public:
    void put(Changes changes, Done done) override {
        if (failure) return answer<void>(done, *failure);
        for (const CallRecord& record : changes.calls) {
            calls[record.id] = record;
            if (!record.active && !record.permanent)
                std::erase_if(links, [&](auto& link) { return link.second.callId == record.id; });
        }
        for (const LinkRecord& link : changes.links)
            links[link.code] = link;
        for (const std::string& code : changes.removedLinks)
            links.erase(code);
        for (const ChatRecord& message : changes.messages)
            chat[{message.callId, message.at, message.id}] = message;
        for (const PushRecord& push : changes.pushes)
            pushes[push.id] = push;
        for (const PushRemoval& push : changes.removedPushes)
            std::erase_if(pushes, [&](auto& entry) {
                return entry.first == push.id && entry.second.userId == push.userId;
            });
        ++commits;
        answer<void>(done, {});
    }

    void find(const std::string& id, Found<std::string> done) override {
        const auto found = calls.find(id);
        if (found == calls.end()) return answer<std::string>(done, missing("no such call"));
        answer<std::string>(done, found->second.document);
    }

    void history(const HistoryQuery&, Found<Page> done) override { answer<Page>(done, Page{}); }

    Result<std::vector<std::string>> loadActive() override {
        std::vector<std::string> documents;
        for (const auto& [id, record] : calls)
            if (record.active) documents.push_back(record.document);
        return documents;
    }

    void findLink(const std::string& code, Found<LinkRecord> done) override {
        const auto found = links.find(code);
        if (found == links.end() || isOver(found->second))
            return answer<LinkRecord>(done, missing("no such link"));
        answer<LinkRecord>(done, found->second);
    }

    void linksOf(const std::string& callId, Found<std::vector<LinkRecord>> done) override {
        std::vector<LinkRecord> found;
        for (const auto& [code, link] : links)
            if (link.callId == callId && !isOver(link)) found.push_back(link);
        answer<std::vector<LinkRecord>>(done, found);
    }

    void messages(const ChatQuery& query, Found<Page> done) override {
        const auto from = Cursor::parse(query.cursor);
        if (!from) return answer<Page>(done, from.error());
        Page page;
        Cursor last;
        for (const auto& [key, message] : chat) {
            const Cursor at{message.at.time_since_epoch().count(), message.id};
            if (message.callId != query.callId) continue;
            if (!query.cursor.empty() &&
                std::pair(at.createdMs, at.id) <= std::pair(from->createdMs, from->id))
                continue;
            if (static_cast<int>(page.documents.size()) == query.limit) {
                page.nextCursor = last.text();
                break;
            }
            page.documents.push_back(message.document);
            last = at;
        }
        answer<Page>(done, page);
    }

    void pushesOf(const std::string& userId, Found<std::vector<PushRecord>> done) override {
        if (failure) return answer<std::vector<PushRecord>>(done, *failure);
        std::vector<PushRecord> found;
        for (const auto& [id, push] : pushes)
            if (push.userId == userId) found.push_back(push);
        answer<std::vector<PushRecord>>(done, found);
    }

    void eraseUser(const std::string& userId, Rewrite rewrite, Done done) override {
        if (failure) return answer<void>(done, *failure);
        for (auto& [id, record] : calls)
            if (std::erase(record.users, userId) > 0) record.document = rewrite(record.document);
        std::erase_if(chat, [&](auto& entry) { return entry.second.userId == userId; });
        presence.erase(userId);
        answer<void>(done, {});
    }

    void sweep(Timestamp before, Found<int> done) override {
        const auto swept = std::erase_if(calls, [&](auto& entry) {
            const CallRecord& record = entry.second;
            return !record.active && record.endedAt.value_or(record.createdAt) < before;
        });
        const auto isGone = [this](auto& entry) { return !calls.contains(entry.second.callId); };
        std::erase_if(links, isGone);
        std::erase_if(chat, isGone);
        answer<int>(done, static_cast<int>(swept));
    }

    void putPresence(std::vector<Presence> seen) override {
        for (const Presence& user : seen)
            presence[user.userId] = user;
    }

    void findPresence(const std::string& userId, Found<Presence> done) override {
        const auto found = presence.find(userId);
        if (found == presence.end()) return answer<Presence>(done, missing("never seen"));
        answer<Presence>(done, found->second);
    }

    StoreState state() const override {
        return failure ? StoreState{false, 0, failure->message} : StoreState{};
    }

    void onLost(std::function<void()> call) override { lost_ = std::move(call); }

    /// Comes back empty.
    void lose() {
        calls.clear();
        links.clear();
        chat.clear();
        if (lost_) lost_();
    }

    std::map<std::string, CallRecord> calls = {};
    std::map<std::string, LinkRecord> links = {};
    std::map<std::tuple<std::string, Timestamp, std::string>, ChatRecord> chat = {};
    std::map<std::string, Presence> presence = {};
    std::map<std::string, PushRecord> pushes = {};
    std::optional<Error> failure = {};
    int commits = 0;

private:
    template <typename T>
    static void answer(const Found<T>& done, Result<T> result) {
        postToMain([done, result] { done(result); });
    }

    static Error missing(const char* what) { return {ErrorCode::NotFound, what}; }

    static bool isOver(const LinkRecord& link) {
        return link.expiresAt && *link.expiresAt <= now();
    }

    std::function<void()> lost_ = {};
};

} // namespace mullion::test
