#include "tests/api/course.h"

#include <algorithm>
#include <csignal>

#include "src/base/timestamp.h"
#include "tests/support/check_framework.h"
#include "tests/support/raw_client.h"
#include "tests/support/run_until.h"

namespace mullion::test {

namespace {

std::vector<std::string> split(const std::string& text, const std::string& separator) {
    std::vector<std::string> parts;
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find(separator, start), text.size());
        if (end > start) parts.push_back(text.substr(start, end - start));
        start = end + separator.size();
    }
    return parts;
}

/// Takes the first word from a text.
std::string takeWord(std::string& text) {
    const auto end = std::min(text.find(' '), text.size());
    std::string word = text.substr(0, end);
    text.erase(0, std::min(end + 1, text.size()));
    return word;
}

/// `bob` of his device `bob2`.
std::string userOf(std::string device) {
    while (!device.empty() && g_ascii_isdigit(device.back()))
        device.pop_back();
    return device;
}

std::string text(const Json& value) {
    return value.is_string() ? value.get<std::string>() : "";
}

} // namespace

Server::Variables settingFrom(const std::string& text) {
    const auto at = text.find('=');
    if (at == std::string::npos) return {};
    return {{text.substr(0, at), text.substr(at + 1)}};
}

Course::Course(const Server::Variables& settings)
    : stage_(settings) {}

void Course::connect(const std::string& names) {
    for (const std::string& user : split(names, " ")) {
        const auto same = std::count_if(devices_.begin(), devices_.end(), [&](const auto& device) {
            return userOf(device.first) == user;
        });
        const std::string name = same == 0 ? user : user + std::to_string(same + 1);
        const std::string token = guestTokens_.contains(user)
                                      ? guestTokens_.at(user)
                                      : stage_.token({.userId = user, .name = "Name of " + user});
        devices_.emplace_back(name, std::make_unique<Device>(stage_.server(), token));
    }
}

void Course::act(const std::string& sentences) {
    for (std::string sentence : split(sentences, "; ")) {
        std::string code;
        if (const auto at = sentence.find(" !"); at != std::string::npos) {
            code = sentence.substr(at + 2);
            sentence.erase(at);
        }
        const std::string who = takeWord(sentence);
        const std::string verb = takeWord(sentence);
        act(who, verb, sentence, code);
    }
}

/// The request that a verb stands for, if it is a plain one.
std::optional<Course::Request> Course::requestFor(const std::string& verb,
                                                  const std::string& what) const {
    std::string rest = what;
    const auto initiate = [](const std::string& users, const std::string& wishes) {
        Json body = wishes.empty() ? Json::object() : Json::parse(wishes);
        body["participants"] = split(users, " ");
        return Request{"POST", "/call/initiate", toText(body)};
    };
    if (verb == "calls") {
        const auto with = std::min(what.find(" with "), what.size());
        return initiate(what.substr(0, with), what.substr(std::min(with + 6, what.size())));
    }
    if (verb == "opens") return initiate("", what);
    for (const char* action : {"answers", "rejects", "joins", "leaves", "ends"})
        if (verb == action) return Request{"POST", path_ + '/' + verb.substr(0, verb.size() - 1)};
    if (verb == "invites")
        return Request{"POST", path_ + "/invite", toText({{"participants", split(what, " ")}})};
    if (verb == "removes") return Request{"DELETE", path_ + "/participants/" + idOf(what)};
    if (verb == "admits") return Request{"POST", path_ + "/lobby/" + idOf(what) + "/admit"};
    if (verb == "denies") return Request{"POST", path_ + "/lobby/" + idOf(what) + "/deny"};
    if (verb == "changes") return Request{"PATCH", path_, what};
    if (verb == "sets") {
        const std::string whom = takeWord(rest);
        return Request{"PATCH", path_ + "/participants/" + idOf(whom), rest};
    }
    if (verb == "asks")
        return Request{"POST", path_ + "/participants/" + idOf(what) + "/ask-unmute", "{}"};
    if (verb == "links") {
        if (const auto at = rest.find("SOON"); at != std::string::npos)
            rest.replace(at, 4, formatTimestamp(now() + std::chrono::seconds(1)));
        return Request{"POST", path_ + "/links", rest.empty() ? "{}" : rest};
    }
    if (verb == "unlinks") return Request{"DELETE", path_ + "/links/" + link_};
    if (verb == "reads") return Request{"GET", path_ + "/chat"};
    return {};
}

/// @return the code of the refusal, or empty.
std::string Course::ask(const std::string& who, const std::string& verb, const std::string& what) {
    const auto wish = requestFor(verb, what);
    ck_assert_msg(wish.has_value(), "nobody can \"%s\"", verb.c_str());
    const Answer answer = request(who, *wish);
    if (answer.status / 100 != 2) return answer.code();
    if (verb == "calls" || verb == "opens") path_ = "/call/" + text(answer.body["id"]);
    if (verb == "links") link_ = text(answer.body["code"]);
    if (verb == "reads") ck_assert_str_eq(text(answer.body["messages"].back()["text"]), what);
    return "";
}

void Course::act(const std::string& who, const std::string& verb, const std::string& what,
                 const std::string& code) {
    if (verb == "connects") return connect(who);
    if (verb == "hears") return static_cast<void>(deviceOf(who).take(what));
    if (verb == "crashes") return crash(who);
    if (verb == "comes")
        return runUntil([&] { return redeem(who, "").status == 404; }, "the link's end");
    const std::string got = verb == "enters"   ? enter(who, what).code()
                            : verb == "offers" ? offer(who)
                            : verb == "says"   ? say(who, what)
                                               : ask(who, verb, what);
    ck_assert_msg(got == code, "%s %s %s: %s, not %s", who.c_str(), verb.c_str(), what.c_str(),
                  got.c_str(), code.c_str());
}

void Course::end(const std::string& callId) const {
    request("root", {"POST", "/call/" + callId + "/end"});
}

std::string Course::raw(std::string sentence, const std::string& headers) const {
    const std::string who = takeWord(sentence);
    const std::string verb = takeWord(sentence);
    const auto wish = requestFor(verb, sentence);
    ck_assert_msg(wish.has_value(), "nobody can \"%s\"", verb.c_str());
    std::string all = wish->method + " /api/webrtc" + wish->path +
                      " HTTP/1.1\r\nHost: " + stage_.server().url().substr(7) +
                      "\r\nConnection: close\r\n" + headers;
    for (const auto& [name, value] : headersOf(who))
        all += name + ": " + value + "\r\n";
    if (!wish->body.empty()) all += "Content-Type: application/json\r\n";
    return all + "Content-Length: " + std::to_string(wish->body.size()) + "\r\n\r\n" + wish->body;
}

std::pair<Json, Json> Course::race(const std::string& first, const std::string& second,
                                   const std::string& headers) const {
    const RawClient one(stage_.server()), two(stage_.server());
    // Both are there before the server looks at either.
    kill(stage_.server().pid(), SIGSTOP);
    one.send(raw(first, headers));
    two.send(raw(second, headers));
    kill(stage_.server().pid(), SIGCONT);
    const auto bodyOf = [](const std::string& response) {
        const auto body = parseJson(response.substr(response.find("\r\n\r\n") + 4), 1 << 20);
        ck_assert_msg(body.ok(), "%s", response.c_str());
        return *body;
    };
    return {bodyOf(one.readAll()), bodyOf(two.readAll())};
}

std::map<std::string, std::string> Course::headersOf(const std::string& user) const {
    if (guestTokens_.contains(user)) return {{"Authorization", "Bearer " + guestTokens_.at(user)}};
    Principal who{.userId = user, .name = "Name of " + user};
    if (user == "root") who.scope = Scope::Admin;
    return {{"Authorization", "Bearer " + stage_.token(who)}};
}

Answer Course::request(const std::string& who, const Request& wish) const {
    auto headers = headersOf(who);
    if (!wish.body.empty()) headers["Content-Type"] = "application/json";
    return stage_.ask(headers, wish.method, wish.path, wish.body);
}

Answer Course::redeem(const std::string& who, const std::string& wish) const {
    Json body = wish.empty() ? Json::object() : Json::parse(wish);
    body["name"] = who;
    return stage_.ask({{"Content-Type", "application/json"}}, "POST", "/links/" + link_ + "/token",
                      toText(body));
}

/// Redeems the link and joins.
Answer Course::enter(const std::string& who, const std::string& wish) {
    Answer given = redeem(who, wish);
    if (given.status != 200) return given;
    guestTokens_[who] = text(given.body["token"]);
    guestIds_[who] = text(given.body["user_id"]);
    return request(who, {"POST", path_ + "/join"});
}

/// @return the code of the refusal, or empty once media flows.
std::string Course::offer(const std::string& who) {
    Device& device = deviceOf(who);
    const std::string leg = who + "-" + std::to_string(device.messages().size());
    const Json answer = device.ask(
        {{"type", "webrtc:offer"}, {"call_id", Stage::idOf(path_)}, {"leg", leg}, {"sdp", "v=0"}});
    if (answer["type"] == "ack") device.take("leg:state", {{"leg", leg}, {"state", "connected"}});
    return answer.value("code", "");
}

std::string Course::say(const std::string& who, const std::string& words) {
    return deviceOf(who)
        .ask({{"type", "chat:message"}, {"call_id", Stage::idOf(path_)}, {"text", words}})
        .value("code", "");
}

void Course::crash(const std::string& who) {
    const auto deaths = [&] {
        return metric(stage_.server(), "mullion_call_process_deaths_total");
    };
    const int before = deaths();
    deviceOf(who).send(
        {{"type", "webrtc:offer"}, {"call_id", Stage::idOf(path_)}, {"sdp", "crash"}});
    runUntil([&] { return deaths() > before; }, "the process' death");
}

Json Course::call() const {
    return path_.empty() ? Json() : request("root", {"GET", path_}).body;
}

std::string Course::outcome() const {
    const Json shown = call();
    if (shown.is_null()) return "none";
    const std::string reason = text(shown["end_reason"]);
    return text(shown["status"]) + (reason.empty() ? "" : " " + reason);
}

std::string Course::people() const {
    const Json shown = call();
    if (shown.is_null()) return "";
    std::string people;
    for (const Json& participant : shown["participants"])
        people += (people.empty() ? "" : ", ") + nameOf(text(participant["user_id"])) + ' ' +
                  marked(participant, shown["layout"]["pinned"]);
    return people;
}

std::string Course::heard() {
    std::string all;
    for (auto& [name, device] : devices_) {
        // The answer to this comes behind all events that there are.
        device->ask({{"type", "webrtc:stats"}, {"call_id", "absent"}});
        std::string words;
        for (const Json& message : device->messages())
            if (const std::string said = word(message); !said.empty())
                words += (words.empty() ? "" : " ") + said;
        all += (all.empty() ? "" : "; ") + name + ": " + words;
    }
    return all;
}

std::string Course::idOf(const std::string& name) const {
    return guestIds_.contains(name) ? guestIds_.at(name) : name;
}

std::string Course::nameOf(const std::string& id) const {
    for (const auto& [name, guest] : guestIds_)
        if (guest == id) return name;
    return id;
}

/// By its name, which the first device of a user shares with him.
Device& Course::deviceOf(const std::string& name) {
    for (auto& device : devices_)
        if (device.first == name) return *device.second;
    ck_abort_msg("%s has no device", name.c_str());
}

std::string Course::marked(const Json& participant, const Json& pinned) const {
    const std::string user = text(participant["user_id"]);
    std::string mark = text(participant["state"]);
    if (participant["role"] == "host" && user != "ada") mark += '*';
    if (participant["role"] == "participant" && user == "ada") mark += '-';
    if (participant["role"] == "viewer") mark += '=';
    if (participant["audio_muted"] == true) mark += 'm';
    if (participant["volume"] != 1.0) mark += 'v';
    for (const Json& pin : pinned)
        if (pin == user) mark += '^';
    return mark;
}

/// One word: the end of `call:…`, with `°` where the call was seen from its door; `+bob` joined,
/// `-bob` left, `~bob:STATE` updated, `?bob` waits; what was said in quotes.
std::string Course::word(const Json& event) const {
    const std::string type = text(event["type"]);
    if (event.contains("call")) {
        const Json& people = event["call"]["participants"];
        const bool door = people.size() == 1 && people[0]["user_id"] != event["call"]["created_by"];
        return type.substr(5) + (door ? "°" : "");
    }
    if (type == "chat:message") return '"' + text(event["text"]) + '"';
    if (type == "media:unmute_asked") return "unmute?";
    if (type == "webrtc:renegotiate") return "renegotiate";
    if (!type.starts_with("participant:")) return "";
    const Json& participant = event["participant"];
    const std::string user = nameOf(text(participant["user_id"]));
    if (type == "participant:joined") return '+' + user;
    if (type == "participant:left") return '-' + user;
    if (type == "participant:waiting") return '?' + user;
    return '~' + user + ':' + marked(participant, Json::array());
}

} // namespace mullion::test
