#include "tests/api/askers.h"

#include <fstream>

#include "src/auth/api_keys.h"
#include "tests/support/check_framework.h"

namespace mullion::test {

namespace {

constexpr const char* kSecret = "a secret of enough bytes";

std::map<std::string, std::string> bearer(const std::string& secret) {
    return {{"Authorization", "Bearer " + secret}};
}

Principal plain(const std::string& user) {
    return {.userId = user, .name = "Name of " + user};
}

std::string roleToken(const Stage& stage, const std::string& user, const std::string& path,
                      const char* role) {
    Principal who = plain(user);
    who.roles[Stage::idOf(path)] = role;
    return stage.token(who);
}

/// With the token of a link, let in by ada.
Asker guest(const Stage& stage, const std::string& path) {
    const Json link = stage.act("ada", "POST", path + "/links", {{"role", "participant"}});
    const Json given =
        stage
            .ask({{"Content-Type", "application/json"}}, "POST",
                 "/links/" + link["code"].get<std::string>() + "/token", R"({"name":"Zoë"})")
            .body;
    Asker asker{given["user_id"].get<std::string>(), given["token"].get<std::string>()};
    ck_assert_int_eq(stage.ask(bearer(asker.secret), "POST", path + "/join").status, 200);
    stage.act("ada", "POST", path + "/lobby/" + asker.userId + "/admit");
    return asker;
}

} // namespace

Stage::Stage(const Server::Variables& settings) {
    const auto key = ApiKeys::make("backend", Scope::Service);
    ck_assert(key.ok());
    key_ = key->key;
    std::ofstream(dir_.path() + "/keys") << key->line << '\n';
    auto tokens = Tokens::create({"", kSecret});
    ck_assert(tokens.ok());
    tokens_ = std::move(*tokens);
    Server::Variables all = {{"MULLION_AUTH_SECRET", kSecret},
                             {"MULLION_AUTH_API_KEYS_FILE", dir_.path() + "/keys"},
                             {"MULLION_LIMITS_REQUESTS_PER_USER", "0"},
                             {"MULLION_LIMITS_REQUESTS_PER_ADDRESS", "0"},
                             {"MULLION_LIMITS_REFUSED_PER_ADDRESS", "0"}};
    all.insert(settings.begin(), settings.end());
    server_ = std::make_unique<Server>(all);
}

std::string Stage::token(Principal who) const {
    who.expiresAt = now() + std::chrono::hours(1);
    return *tokens_->issue(who);
}

Answer Stage::ask(const std::map<std::string, std::string>& headers, const std::string& method,
                  const std::string& path, const std::string& body) const {
    return request(*server_, method, "/api/webrtc" + path, headers, body);
}

Json Stage::act(const std::string& user, const std::string& method, const std::string& path,
                const Json& body) const {
    auto headers = bearer(token(plain(user)));
    if (!body.is_null()) headers["Content-Type"] = "application/json";
    const Answer answer = ask(headers, method, path, body.is_null() ? "" : toText(body));
    ck_assert_msg(answer.status / 100 == 2, "%s: %s %s: %s", user.c_str(), method.c_str(),
                  path.c_str(), toText(answer.body).c_str());
    return answer.body;
}

std::string Stage::newCall(bool open) const {
    const Json call = act("ada", "POST", "/call/initiate",
                          {{"participants", {"cem"}}, {"open", open}, {"lobby", true}});
    const std::string path = "/call/" + call["id"].get<std::string>();
    act("cem", "POST", path + "/answer");
    const auto headers = bearer(roleToken(*this, "gus", path, "participant"));
    ck_assert_int_eq(ask(headers, "POST", path + "/join").status, 200);
    return path;
}

void Stage::seat(const std::string& path, const std::string& user) const {
    act("ada", "POST", path + "/invite", {{"participants", {user}}});
    act(user, "POST", path + "/answer");
}

std::string Stage::idOf(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

Asker makeAsker(const Stage& stage, const std::string& kind, const std::string& userId,
                const std::string& path) {
    const auto invite = [&] {
        stage.act("ada", "POST", path + "/invite", {{"participants", {userId}}});
    };
    Asker asker{kind == "host" ? "ada" : userId, ""};
    asker.secret = stage.token(plain(asker.userId));
    if (kind == "ringing") asker.phone = std::make_unique<Device>(stage.server(), asker.secret);
    if (kind == "part." || kind == "viewer" || kind == "left" || kind == "removed" ||
        kind == "other" || kind == "for")
        stage.seat(path, userId);
    if (kind == "invited" || kind == "ringing" || kind == "rejected") invite();
    if (kind == "viewer")
        stage.act("ada", "PATCH", path + "/participants/" + userId, {{"role", "viewer"}});
    if (kind == "left") stage.act(userId, "POST", path + "/leave");
    if (kind == "rejected") stage.act(userId, "POST", path + "/reject");
    if (kind == "removed") stage.act("ada", "DELETE", path + "/participants/" + userId);
    if (kind == "waiting") {
        const auto headers = bearer(roleToken(stage, userId, path, "participant"));
        ck_assert_int_eq(stage.ask(headers, "POST", path + "/join").status, 200);
    }
    if (kind == "other") {
        Principal limited = plain(userId);
        limited.calls = std::vector<std::string>{"another-call"};
        asker.secret = stage.token(limited);
    }
    if (kind == "→host") asker.secret = roleToken(stage, userId, path, "host");
    if (kind == "→part.") asker.secret = roleToken(stage, userId, path, "participant");
    if (kind == "→viewer") asker.secret = roleToken(stage, userId, path, "viewer");
    if (kind == "guest") asker = guest(stage, path);
    if (kind == "service") asker = {"service:backend", stage.serviceKey()};
    if (kind == "for") asker.secret = stage.serviceKey();
    if (kind == "admin") {
        Principal admin = plain(userId);
        admin.scope = Scope::Admin;
        asker.secret = stage.token(admin);
    }
    if (kind == "none") asker.secret.clear();
    if (!asker.secret.empty()) asker.headers = bearer(asker.secret);
    if (kind == "for") asker.headers["X-User-Id"] = userId;
    return asker;
}

} // namespace mullion::test
