
#include "tests/support/check_framework.h"
#include "tests/support/run_until.h"
#include "tests/support/server.h"

namespace mullion::test {

namespace {

bool matches(const Json& message, const std::string& type, const Json& fields) {
    if (message.value("type", "") != type) return false;
    for (const auto& [name, value] : fields.items())
        if (!message.contains(name) || message[name] != value) return false;
    return true;
}

} // namespace

Device::Device(const Server& server, const std::string& token, const std::string& origin)
    : soup_(GRef<SoupSession>::adopt(soup_session_new()))
    , self_(std::make_shared<Device*>(this)) {
    const std::string url = "ws" + server.url().substr(4) + "/api/webrtc/ws?access_token=" + token;
    const auto message = GRef<SoupMessage>::adopt(soup_message_new("GET", url.c_str()));
    soup_session_websocket_connect_async(
        soup_.get(), message.get(), origin.empty() ? nullptr : origin.c_str(), nullptr,
        G_PRIORITY_DEFAULT, nullptr,
        [](GObject* source, GAsyncResult* result, void* data) {
            GError* raw = nullptr;
            auto socket = GRef<SoupWebsocketConnection>::adopt(
                soup_session_websocket_connect_finish(SOUP_SESSION(source), result, &raw));
            const GErrorPtr error(raw);
            ck_assert_msg(static_cast<bool>(socket), "no WebSocket: %s",
                          error ? error->message : "");
            auto* self = static_cast<Device*>(data);
            self->socket_ = std::move(socket);
            using Self = std::weak_ptr<Device*>;
            // In the callback itself, as the server's first word may be there already.
            self->signals_.push_back(connect(
                self->socket_.get(), "message", Self(self->self_),
                [](SoupWebsocketConnection*, int, GBytes* bytes, Self* weak) {
                    const auto strong = weak->lock();
                    if (!strong) return;
                    gsize size = 0;
                    const auto* text = static_cast<const char*>(g_bytes_get_data(bytes, &size));
                    (*strong)->onText(std::string(text, size));
                }));
            self->signals_.push_back(connect(self->socket_.get(), "closed", Self(self->self_),
                                             [](SoupWebsocketConnection*, Self* weak) {
                                                 if (const auto strong = weak->lock())
                                                     (*strong)->closed_ = true;
                                             }));
        },
        this);
    runUntil([this] { return static_cast<bool>(socket_); }, "a WebSocket");
    if (!token.empty() && origin.empty()) session_ = take("hello")["session"].get<std::string>();
}

Device::~Device() = default;

void Device::onText(const std::string& text) {
    auto json = parseJson(text, 1 << 24);
    ck_assert_msg(json.ok(), "the server sent what is no JSON: %s", text.c_str());
    if (json->contains("seq")) {
        const auto seq = (*json)["seq"].get<std::int64_t>();
        ck_assert_int_gt(seq, seq_);
        seq_ = seq;
    }
    messages_.push_back(std::move(*json));
}

void Device::send(const Json& message) {
    sendText(toText(message));
}

void Device::sendText(const std::string& text) {
    soup_websocket_connection_send_text(socket_.get(), text.c_str());
}

Json Device::take(const std::string& type, const Json& fields) {
    std::size_t at = taken_;
    const std::string what = type + ' ' + toText(fields);
    runUntil(
        [&] {
            for (; at < messages_.size(); ++at)
                if (matches(messages_[at], type, fields)) return true;
            return false;
        },
        what.c_str());
    taken_ = at + 1;
    return messages_[at];
}

bool Device::has(const std::string& type, const Json& fields) const {
    for (const Json& message : messages_)
        if (matches(message, type, fields)) return true;
    return false;
}

Json Device::ask(Json message) {
    const std::string ref = "r" + std::to_string(++refs_);
    message["ref"] = ref;
    send(message);
    Json answer;
    runUntil(
        [&] {
            for (const Json& candidate : messages_)
                if (candidate.value("ref", "") == ref) answer = candidate;
            return !answer.is_null();
        },
        "an ack or error");
    return answer;
}

int Device::closeCode() {
    runUntil([this] { return closed_; }, "the close");
    return soup_websocket_connection_get_close_code(socket_.get());
}

void Device::drop() {
    // Aborting is how a network goes away: no close frame.
    GIOStream* stream = soup_websocket_connection_get_io_stream(socket_.get());
    g_io_stream_close(stream, nullptr, nullptr);
    signals_.clear();
}

} // namespace mullion::test
