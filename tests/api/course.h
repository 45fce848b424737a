#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/api/askers.h"

namespace mullion::test {

/// A setting of the server, `NAME=VALUE`; empty: none.
Server::Variables settingFrom(const std::string& text);

/// The course of a call, told in short sentences and acted against a server.
///
/// Sentences are `WHO VERB WHAT`, parted by `; `; the last word may be `!CODE`, with which the
/// server has to refuse it. They are about the call that was begun last.
///
///     ada calls bob cem with {"open":true}     ada opens {"lobby":true}
///     bob answers, rejects, joins, leaves, ends
///     ada invites bob, removes bob, admits bob, denies bob
///     ada changes {"locked":true}              of the call
///     ada sets bob {"volume":0.5}              of a participant
///     ada asks bob                             to unmute
///     ada links {"pin":"4711"}, unlinks        `SOON` is a second from now
///     zoe enters {"pin":"4711"}                as a guest, by the link
///     zoe comes late                           when the link has expired
///     bob connects, hears call:ended           his device
///     bob offers, crashes                      the latter kills the call's process
///     bob says hello, reads hello              in the chat
///
/// `bob2` is bob's second device. `root` is an admin.
class Course {
public:
    explicit Course(const Server::Variables& settings);

    /// Connects devices, by the names of their users.
    void connect(const std::string& names);
    void act(const std::string& sentences);

    /// Ends a call as an admin.
    void end(const std::string& callId) const;
    /// Two sentences at once, on a connection each. @return the answers' bodies.
    std::pair<Json, Json> race(const std::string& first, const std::string& second,
                               const std::string& headers = {}) const;

    /// The call's status and end_reason, or `none`.
    std::string outcome() const;
    /// Each participant's state, with marks: `*` host (other than ada), `=` viewer, `m` muted, `v`
    /// another volume, `^` pinned.
    std::string people() const;
    /// What each device was told of the call and its people, in order; see word().
    std::string heard();

private:
    struct Request {
        std::string method;
        std::string path;
        std::string body = {};
    };

    void act(const std::string& who, const std::string& verb, const std::string& what,
             const std::string& code);
    std::optional<Request> requestFor(const std::string& verb, const std::string& what) const;
    std::string ask(const std::string& who, const std::string& verb, const std::string& what);
    std::map<std::string, std::string> headersOf(const std::string& user) const;
    Answer request(const std::string& who, const Request& wish) const;
    /// The sentence as HTTP/1.1.
    std::string raw(std::string sentence, const std::string& headers) const;
    Answer redeem(const std::string& who, const std::string& wish) const;
    Answer enter(const std::string& who, const std::string& wish);
    std::string offer(const std::string& who);
    std::string say(const std::string& who, const std::string& words);
    void crash(const std::string& who);
    Json call() const;
    std::string idOf(const std::string& name) const;
    std::string nameOf(const std::string& id) const;
    Device& deviceOf(const std::string& name);
    std::string marked(const Json& participant, const Json& pinned) const;
    std::string word(const Json& event) const;

    Stage stage_;
    std::string path_ = {};
    std::string link_ = {};
    std::map<std::string, std::string> guestTokens_ = {};
    std::map<std::string, std::string> guestIds_ = {};
    std::vector<std::pair<std::string, std::unique_ptr<Device>>> devices_ = {};
};

} // namespace mullion::test
