#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <libsoup/soup.h>

#include "src/base/gref.h"
#include "src/base/json_values.h"
#include "tests/support/check_framework.h"

namespace mullion::test {

/// An HTTP server that notes what it is sent and answers as a test says. It needs the main context
/// to turn.
class Receiver {
public:
    struct Told {
        std::map<std::string, std::string> headers = {};
        std::string body = {};

        Json json() const { return *parseJson(body, body.size()); }

        std::string type() const { return json()["type"]; }
    };

    /// `port` 0: a free one.
    explicit Receiver(int port = 0)
        : server_(GRef<SoupServer>::adopt(soup_server_new("server-header", "receiver", nullptr))) {
        soup_server_add_handler(
            server_.get(), nullptr,
            [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, void* data) {
                static_cast<Receiver*>(data)->onRequest(message);
            },
            this, nullptr);
        ck_assert(soup_server_listen_local(server_.get(), static_cast<unsigned>(port),
                                           SOUP_SERVER_LISTEN_IPV4_ONLY, nullptr));
        GSList* uris = soup_server_get_uris(server_.get());
        port_ = g_uri_get_port(static_cast<GUri*>(uris->data));
        g_slist_free_full(uris, reinterpret_cast<GDestroyNotify>(g_uri_unref));
    }

    ~Receiver() {
        for (SoupServerMessage* message : held_)
            g_object_unref(message);
        soup_server_disconnect(server_.get());
    }

    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    int port() const { return port_; }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }

    /// The types in the order in which they came.
    std::string types() const {
        std::string all;
        for (const Told& one : told)
            all += one.type() + '\n';
        return all;
    }

    int count(const std::string& type) const {
        int found = 0;
        for (const Told& one : told)
            found += one.type() == type ? 1 : 0;
        return found;
    }

    std::vector<Told> told = {};
    /// The status of the answer to each; 0: none ever comes.
    std::function<int(const Told&)> answer = [](const Told&) { return 200; };
    /// Headers of all answers.
    std::map<std::string, std::string> headers = {};

private:
    void onRequest(SoupServerMessage* message) {
        Told one;
        soup_message_headers_foreach(
            soup_server_message_get_request_headers(message),
            [](const char* name, const char* value, void* data) {
                const GCharPtr lower(g_ascii_strdown(name, -1));
                static_cast<Told*>(data)->headers[lower.get()] = value;
            },
            &one);
        const SoupMessageBody* body = soup_server_message_get_request_body(message);
        one.body.assign(body->data, static_cast<std::size_t>(body->length));
        told.push_back(one);
        const int status = answer(one);
        if (status == 0) {
            soup_server_message_pause(message);
            held_.push_back(SOUP_SERVER_MESSAGE(g_object_ref(message)));
            return;
        }
        for (const auto& [name, value] : headers)
            soup_message_headers_replace(soup_server_message_get_response_headers(message),
                                         name.c_str(), value.c_str());
        soup_server_message_set_status(message, static_cast<unsigned>(status), nullptr);
    }

    GRef<SoupServer> server_;
    int port_ = 0;
    std::vector<SoupServerMessage*> held_ = {};
};

} // namespace mullion::test
