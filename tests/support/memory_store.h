#pragma once

#include <map>

#include "src/base/main_loop.h"
#include "src/store/cursor.h"
#include "src/store/store.h"

namespace mullion::test {

/// A Store without a disk, which can be told to fail.
class MemoryStore : public Store {
public:
    void put(std::vector<CallRecord> records, Done done) override {
        if (failure) return postToMain([done, error = *failure] { done(error); });
        for (const CallRecord& record : records)
            calls[record.id] = record;
        ++commits;
        postToMain([done] { done({}); });
    }

    void find(const std::string& id, std::function<void(Result<std::string>)> done) override {
        const auto found = calls.find(id);
        if (found == calls.end())
            return postToMain([done] { done(Error{ErrorCode::NotFound, "no such call"}); });
        postToMain([done, document = found->second.document] { done(document); });
    }

    void history(const HistoryQuery&, std::function<void(Result<HistoryPage>)> done) override {
        postToMain([done] { done(HistoryPage{}); });
    }

    Result<std::vector<std::string>> loadActive() override {
        std::vector<std::string> documents;
        for (const auto& [id, record] : calls)
            if (record.active) documents.push_back(record.document);
        return documents;
    }

    std::map<std::string, CallRecord> calls = {};
    std::optional<Error> failure = {};
    int commits = 0;
};

} // namespace mullion::test
