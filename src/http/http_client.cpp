// DESIGN. Main queues requests under the mutex and wakes the thread; the thread alone touches
// libcurl's handles. Answers are posted to main, which drops them where the client has gone.
#include "src/http/http_client.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <ctime>
#include <mutex>
#include <unistd.h>

#include <curl/curl.h>

#include "src/base/main_loop.h"
#include "src/base/worker_thread.h"
#include "src/http/public_address.h"

namespace mullion {

namespace {

constexpr std::size_t kMaxBody = std::size_t{1} << 20;
constexpr int kIdleMs = 60'000;
constexpr long kKeptConnections = 16;

/// A request on its way. The thread's.
struct Transfer {
    HttpRequest request;
    HttpClient::Done done;
    HttpResponse response = {};
    std::int64_t sent = 0;
    CURL* handle = nullptr;
    curl_slist* headers = nullptr;
    char failure[CURL_ERROR_SIZE] = {};

    Transfer(HttpRequest what, HttpClient::Done whom)
        : request(std::move(what))
        , done(std::move(whom)) {}

    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    ~Transfer() {
        curl_easy_cleanup(handle);
        curl_slist_free_all(headers);
    }
};

std::size_t onBody(char* bytes, std::size_t, std::size_t size, void* data) {
    std::string& body = static_cast<Transfer*>(data)->response.body;
    body.append(bytes, std::min(size, kMaxBody - body.size()));
    return size;
}

std::size_t onHeader(char* bytes, std::size_t, std::size_t size, void* data) {
    auto& headers = static_cast<Transfer*>(data)->response.headers;
    const std::string_view line(bytes, size);
    // Those of an answer before the last, such as 100, count no more.
    if (line.starts_with("HTTP/")) headers.clear();
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const auto first = line.find_first_not_of(" \t", colon + 1);
    const auto last = line.find_last_not_of(" \t\r\n");
    if (first != std::string_view::npos && last >= first)
        headers[name] = line.substr(first, last - first + 1);
    return size;
}

std::size_t onRead(char* bytes, std::size_t, std::size_t size, void* data) {
    auto& transfer = *static_cast<Transfer*>(data);
    const HttpRequest& request = transfer.request;
    const auto wanted =
        std::min<std::int64_t>(static_cast<std::int64_t>(size), request.length - transfer.sent);
    if (wanted == 0) return 0;
    const ssize_t got = pread(request.file->number(), bytes, static_cast<std::size_t>(wanted),
                              request.offset + transfer.sent);
    // A file that has become shorter cannot be sent as was announced.
    if (got <= 0) return CURL_READFUNC_ABORT;
    transfer.sent += got;
    return static_cast<std::size_t>(got);
}

/// A connection that was closed while it lay idle has the file sent again from its beginning.
int onSeek(void* data, curl_off_t offset, int origin) {
    if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Transfer*>(data)->sent = offset;
    return CURL_SEEKFUNC_OK;
}

curl_socket_t openPublicSocket(void*, curlsocktype, curl_sockaddr* address) {
    if (!isPublicAddress(address->addr)) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void addHeader(Transfer& transfer, const std::string& line) {
    transfer.headers = curl_slist_append(transfer.headers, line.c_str());
}

void setBody(Transfer& transfer) {
    CURL* handle = transfer.handle;
    const HttpRequest& request = transfer.request;
    if (request.method == "HEAD") {
        curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    } else if (request.file) {
        curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t{request.length});
        curl_easy_setopt(handle, CURLOPT_READFUNCTION, onRead);
        curl_easy_setopt(handle, CURLOPT_READDATA, &transfer);
        curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, onSeek);
        curl_easy_setopt(handle, CURLOPT_SEEKDATA, &transfer);
    } else if (request.method == "POST" || request.method == "PUT") {
        curl_easy_setopt(handle, CURLOPT_POST, 1L);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
    }
    if (request.method != "HEAD")
        curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void prepare(Transfer& transfer) {
    CURL* handle = transfer.handle = curl_easy_init();
    const HttpRequest& request = transfer.request;
    curl_easy_setopt(handle, CURLOPT_PRIVATE, &transfer);
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "mullion/" MULLION_VERSION);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    // Else the end of a request waits for its name to be resolved, and all others with it.
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer.failure);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, onBody);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, onHeader);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(request.connectTimeout.count()));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    if (request.timeout.count() == 0) {
        curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME,
                         static_cast<long>(request.stallTimeout.count()));
    }
    if (request.publicOnly) {
        curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, openPublicSocket);
        curl_easy_setopt(handle, CURLOPT_PROXY, "");
    }
    setBody(transfer);
    // What libcurl adds by itself: a round trip before large bodies, the type of a form.
    addHeader(transfer, "Expect:");
    bool hasType = false;
    for (const auto& [name, value] : request.headers) {
        addHeader(transfer, std::string(name).append(": ").append(value));
        hasType |= g_ascii_strcasecmp(name.c_str(), "content-type") == 0;
    }
    if (!hasType) addHeader(transfer, "Content-Type:");
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, transfer.headers);
}

} // namespace

std::string HttpResponse::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

std::chrono::seconds HttpResponse::retryAfter() const {
    const std::string text = header("retry-after");
    std::int64_t seconds = 0;
    if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        error != std::errc()) {
        const std::time_t date = curl_getdate(text.c_str(), nullptr);
        seconds = date < 0 ? 0 : date - std::time(nullptr);
    }
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 86'400));
}

class HttpClient::Loop {
public:
    explicit Loop(const char* name) {
        // Once a process; thread-safe since 7.84.
        curl_global_init(CURL_GLOBAL_DEFAULT);
        multi_ = curl_multi_init();
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnections);
        thread_.emplace(name, [this] { run(); });
    }

    ~Loop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        curl_multi_wakeup(multi_);
        thread_.reset();
        for (const auto& [handle, transfer] : transfers_)
            curl_multi_remove_handle(multi_, handle);
        transfers_.clear();
        curl_multi_cleanup(multi_);
    }

    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void send(HttpRequest request, Done done) {
        {
            const std::lock_guard lock(mutex_);
            queued_.push_back(std::make_unique<Transfer>(std::move(request), std::move(done)));
        }
        curl_multi_wakeup(multi_);
    }

private:
    void run() {
        for (;;) {
            std::vector<std::unique_ptr<Transfer>> fresh;
            {
                const std::lock_guard lock(mutex_);
                if (stopping_) return;
                fresh.swap(queued_);
            }
            for (auto& transfer : fresh) {
                prepare(*transfer);
                curl_multi_add_handle(multi_, transfer->handle);
                CURL* handle = transfer->handle;
                transfers_[handle] = std::move(transfer);
            }
            int running = 0;
            curl_multi_perform(multi_, &running);
            takeEnded();
            curl_multi_poll(multi_, nullptr, 0, kIdleMs, nullptr);
        }
    }

    void takeEnded() {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            const CURLcode code = message->data.result;
            const auto found = transfers_.find(message->easy_handle);
            // Which ends the message.
            curl_multi_remove_handle(multi_, message->easy_handle);
            const std::unique_ptr<Transfer> transfer = std::move(found->second);
            transfers_.erase(found);
            answer(*transfer, code);
        }
    }

    void answer(Transfer& transfer, CURLcode code) {
        long status = 0;
        curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
        transfer.response.status = static_cast<int>(status);
        const std::string why = *transfer.failure ? transfer.failure : curl_easy_strerror(code);
        auto result = code == CURLE_OK ? Result<HttpResponse>(std::move(transfer.response))
                                       : Result<HttpResponse>(Error{ErrorCode::Unavailable, why});
        postToMain([weak = std::weak_ptr(alive_), done = std::move(transfer.done),
                    result = std::move(result)] {
            if (weak.lock()) done(result);
        });
    }

    /// Gone when the client is: main's.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    CURLM* multi_ = nullptr;
    std::mutex mutex_;
    /// Guarded by mutex_.
    std::vector<std::unique_ptr<Transfer>> queued_ = {};
    /// Guarded by mutex_.
    bool stopping_ = false;
    /// The thread's.
    std::map<CURL*, std::unique_ptr<Transfer>> transfers_ = {};
    std::optional<WorkerThread> thread_;
};

HttpClient::HttpClient(const char* name)
    : loop_(std::make_unique<Loop>(name)) {}

HttpClient::~HttpClient() = default;

void HttpClient::send(HttpRequest request, Done done) {
    loop_->send(std::move(request), std::move(done));
}

} // namespace mullion
