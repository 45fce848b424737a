#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/auth/tokens.h"
#include "tests/support/server.h"

namespace mullion::test {

/// A server with people of every kind towards a call.
class Stage {
public:
    explicit Stage(const Server::Variables& settings = {});

    const Server& server() const { return *server_; }

    /// A token of a user, perhaps with a role in a call or for given calls only.
    std::string token(Principal who) const;
    /// `path` is below /api/webrtc.
    Answer ask(const std::map<std::string, std::string>& headers, const std::string& method,
               const std::string& path, const std::string& body = {}) const;
    /// As a user with a plain token, which must succeed.
    Json act(const std::string& user, const std::string& method, const std::string& path,
             const Json& body = {}) const;

    /// A new call of ada's with the lobby on: cem is in it, gus waits. @return its path.
    std::string newCall(bool open) const;
    /// Brings a user into the call at `path` as one who was invited.
    void seat(const std::string& path, const std::string& user) const;
    /// The id in a path of newCall().
    static std::string idOf(const std::string& path);

    const std::string& serviceKey() const { return key_; }

private:
    TemporaryDir dir_ = {};
    std::unique_ptr<Tokens> tokens_ = {};
    std::string key_;
    std::unique_ptr<Server> server_ = {};
};

/// One who asks: how he stands to the call, and how he says who he is.
struct Asker {
    std::string userId;
    /// A token or an API key; empty: none.
    std::string secret;
    std::map<std::string, std::string> headers = {};
    /// Keeps a ringing one's phone on.
    std::unique_ptr<Device> phone = {};
};

/// Makes the call at `path` known to somebody of this kind: a column of the table of rights.
Asker makeAsker(const Stage& stage, const std::string& kind, const std::string& userId,
                const std::string& path);

} // namespace mullion::test
