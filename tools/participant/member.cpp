#include "tools/participant/member.h"

#include "src/base/ids.h"
#include "src/base/json_values.h"

namespace mullion::participant {

using namespace std::chrono_literals;

namespace {

constexpr auto kSocketRetry = 300ms;
constexpr auto kLegRetry = 1s;

std::string textOf(const Json& json, const char* field) {
    const auto found = json.find(field);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The first time counts.
void stamp(std::int64_t& at) {
    if (at == 0) at = g_get_monotonic_time();
}

} // namespace

Member::Member(Options options, std::function<void(const std::string&)> onProblem)
    : options_(std::move(options))
    , onProblem_(std::move(onProblem))
    , api_(ApiClient::create(options_.server)) {}

std::shared_ptr<Member> Member::create(Options options,
                                       std::function<void(const std::string&)> onProblem) {
    return std::shared_ptr<Member>(new Member(std::move(options), std::move(onProblem)));
}

void Member::login(std::function<void()> then) {
    stamp(times_.askedAt);
    api_->post("/token", {{"user_id", options_.userId}, {"name", options_.name}},
               [weak = weak_from_this(), then = std::move(then)](Result<Json> reply) {
                   const auto self = weak.lock();
                   if (!self) return;
                   if (!reply) return self->giveUp("no token: " + reply.error().message);
                   self->api_->setToken(textOf(*reply, "token"));
                   then();
               });
}

void Member::start(const std::string& title, std::function<void(const std::string&)> onCall) {
    login([weak = weak_from_this(), title, onCall = std::move(onCall)] {
        const auto self = weak.lock();
        if (!self) return;
        const Json body = {{"participants", Json::array()},
                           {"open", true},
                           {"title", title},
                           {"max_participants", 50}};
        self->api_->post("/call/initiate", body, [weak, onCall](Result<Json> reply) {
            const auto member = weak.lock();
            if (!member) return;
            if (!reply) return member->giveUp("no call: " + reply.error().message);
            member->callId_ = textOf(*reply, "id");
            member->openSocket();
            onCall(member->callId_);
        });
    });
}

void Member::join(const std::string& callId, std::function<void()> onIn) {
    login([weak = weak_from_this(), callId, onIn = std::move(onIn)] {
        const auto self = weak.lock();
        if (!self) return;
        self->api_->post("/call/" + callId + "/join", nullptr,
                         [weak, callId, onIn](Result<Json> reply) {
                             const auto member = weak.lock();
                             if (!member) return;
                             if (!reply)
                                 return member->giveUp("cannot join: " + reply.error().message);
                             member->callId_ = callId;
                             member->openSocket();
                             if (onIn) onIn();
                         });
    });
}

void Member::giveUp(const std::string& problem) {
    ended_ = true;
    onProblem_(problem);
}

void Member::go(const char* how, std::function<void()> onGone) {
    ended_ = true;
    retry_.cancel();
    legRetry_.cancel();
    if (callId_.empty()) return onGone();
    api_->post("/call/" + callId_ + '/' + how, nullptr,
               [weak = weak_from_this(), how, onGone = std::move(onGone)](Result<Json> reply) {
                   if (const auto self = weak.lock()) {
                       if (!reply)
                           self->onProblem_(std::string("cannot ") + how + ": " +
                                            reply.error().message);
                       self->peer_.reset();
                       self->before_.reset();
                   }
                   onGone();
               });
}

void Member::vanish() {
    ended_ = true;
    retry_.cancel();
    legRetry_.cancel();
    api_.reset();
    peer_.reset();
    before_.reset();
}

void Member::openSocket() {
    api_->connect(
        [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (self && !self->peer_) self->openLeg();
        },
        [weak = weak_from_this()](const Json& message) {
            if (const auto self = weak.lock()) self->onMessage(message);
        },
        [weak = weak_from_this()](const std::string& why) {
            const auto self = weak.lock();
            if (!self || self->ended_) return;
            self->onProblem_("WebSocket: " + why);
            self->retry_ = after(kSocketRetry, [weak] {
                if (const auto member = weak.lock()) member->openSocket();
            });
        });
}

void Member::openLeg() {
    legRetry_.cancel();
    const std::string leg = newId();
    ++legs_;
    auto peer = ClientPeer::create(
        options_.media,
        {[weak = weak_from_this(), leg](const std::string& sdp) {
             const auto self = weak.lock();
             if (!self || !self->api_) return;
             stamp(self->times_.offeredAt);
             self->api_->send({{"type", "webrtc:offer"},
                               {"call_id", self->callId_},
                               {"ref", leg},
                               {"leg", leg},
                               {"sdp", sdp}});
         },
         [weak = weak_from_this(), leg](const std::string& candidate, const std::string& mid,
                                        int mLine) {
             if (const auto self = weak.lock(); self && self->api_)
                 self->api_->send(
                     {{"type", "webrtc:ice-candidate"},
                      {"call_id", self->callId_},
                      {"leg", leg},
                      {"candidate",
                       {{"candidate", candidate}, {"sdpMid", mid}, {"sdpMLineIndex", mLine}}}});
         },
         [weak = weak_from_this()] {
             if (const auto self = weak.lock()) stamp(self->times_.connectedAt);
         }});
    if (!peer) return onProblem_(peer.error().message);
    before_ = std::exchange(peer_, *peer);
    leg_ = leg;
}

void Member::retryLeg() {
    legRetry_ = after(kLegRetry, [weak = weak_from_this()] {
        if (const auto self = weak.lock(); self && !self->ended_) self->openLeg();
    });
}

void Member::onMessage(const Json& message) {
    if (options_.onEvent) options_.onEvent(message);
    const std::string type = textOf(message, "type");
    if (type == "webrtc:answer" && textOf(message, "leg") == leg_ && peer_) {
        if (const auto set = peer_->setAnswer(textOf(message, "sdp")); !set)
            onProblem_(set.error().message);
    } else if (type == "webrtc:ice-candidate" && textOf(message, "leg") == leg_ && peer_) {
        const auto& candidate = message.value("candidate", Json());
        if (candidate.is_object())
            peer_->addCandidate(textOf(candidate, "candidate"),
                                candidate.value("sdpMLineIndex", 0));
    } else if (type == "leg:state" && textOf(message, "leg") == leg_ &&
               textOf(message, "state") == "connected") {
        before_.reset();
    } else if (type == "webrtc:renegotiate") {
        if (!ended_) openLeg();
    } else if (type == "leg:closed" && textOf(message, "leg") == leg_) {
        const std::string reason = textOf(message, "reason");
        if (ended_ || reason == "replaced") return;
        onProblem_("leg closed: " + reason);
        retryLeg();
    } else if (type == "error") {
        onProblem_(textOf(message, "code") + ": " + textOf(message, "message"));
        if (textOf(message, "ref") == leg_ && !ended_) retryLeg();
    } else if (type == "call:ended") {
        const auto& call = message.value("call", Json::object());
        if (textOf(call, "id") != callId_) return;
        ended_ = true;
        peer_.reset();
        before_.reset();
    }
}

} // namespace mullion::participant
