#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/store/store.h"
#include "tests/support/run_until.h"
#include "tests/support/suite.h"

namespace mullion::test {

/// One kind of Store and what it needs; its data lives as long as this object.
class Backend {
public:
    virtual ~Backend() = default;

    /// The store with what earlier ones have left; one at a time.
    virtual std::unique_ptr<Store> open() = 0;
};

struct BackendKind {
    std::string name;
    std::function<std::unique_ptr<Backend>()> create;
};

/// Adds what every Store must do, once for each kind.
void addConformanceTests(Suite* suite, std::vector<BackendKind> kinds);

/// Waits for the answer of a request that is made by `request(callback)`.
template <typename T, typename Request>
Result<T> waitFor(const Request& request, const char* what) {
    // Shared, as an answer may come after the wait was given up.
    const auto outcome = std::make_shared<std::optional<Result<T>>>();
    request([outcome](Result<T> result) { *outcome = std::move(result); });
    ck_assert_msg(!*outcome, "%s: answered from inside the request", what);
    runUntil([&] { return outcome->has_value(); }, what);
    return **outcome;
}

Result<void> put(Store& store, Changes changes);
Result<Page> history(Store& store, const HistoryQuery& query);
Result<Page> messages(Store& store, const ChatQuery& query);
Result<std::string> find(Store& store, const std::string& id);
Result<LinkRecord> findLink(Store& store, const std::string& code);
Result<std::vector<LinkRecord>> linksOf(Store& store, const std::string& callId);

/// A call of the last hour: created that many seconds after its begin, ended a second later.
CallRecord record(const std::string& id, bool active, int second = 0,
                  std::vector<std::string> users = {"u1"});
ChatRecord message(const std::string& id, const std::string& callId, int second = 0,
                   const std::string& userId = "u1");
/// The begin of the last hour, as of the first call of this function.
Timestamp hourAgo();

void expectCode(const char* what, const Error& error, ErrorCode code);

} // namespace mullion::test
