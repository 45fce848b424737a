#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/base/descriptor.h"
#include "src/base/result.h"

namespace mullion {

/// A request of ours to another server.
struct HttpRequest {
    std::string method = "GET";
    /// `http` or `https`.
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    /// In place of `body`: `length` bytes from `offset` on.
    std::shared_ptr<const Descriptor> file = {};
    std::int64_t offset = 0;
    std::int64_t length = 0;
    std::chrono::milliseconds connectTimeout{5000};
    /// For all of it; 0: as long as it takes, while bytes move.
    std::chrono::milliseconds timeout{15'000};
    /// After so long without a byte it fails, where there is no `timeout`.
    std::chrono::seconds stallTimeout{120};
    /// Fails where the host's address is not public (isPublicAddress), for a URL that a stranger
    /// gave us: at the time of connecting, so that no name can be made to mean another address
    /// after it was looked at. No proxy is used.
    bool publicOnly = false;
};

struct HttpResponse {
    int status = 0;
    /// By lower-case name.
    std::map<std::string, std::string> headers = {};
    /// Its first MiB.
    std::string body = {};

    /// Empty where there is none.
    std::string header(const std::string& name) const;

    /// What `Retry-After` asks for, in seconds or as a date (RFC 9110, 10.2.3), a day at most; 0
    /// where it asks for nothing.
    std::chrono::seconds retryAfter() const;

    bool isSuccess() const { return status >= 200 && status < 300; }
};

/// Sends requests, any number at once, on a thread of its own: neither a slow server nor the
/// encryption of a large file delays anything else. Connections are kept for the next requests.
/// Redirects are not followed: where a request goes, its sender says. Main-bound.
class HttpClient {
public:
    /// An Error where there was no answer: Unavailable.
    using Done = std::function<void(const Result<HttpResponse>&)>;

    /// `name` is the thread's, at most 15 bytes.
    explicit HttpClient(const char* name);
    /// Cuts what is under way; nobody hears of it.
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// `done` comes later, on main.
    void send(HttpRequest request, Done done);

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

} // namespace mullion
