#include "src/call/legs.h"

#include <algorithm>
#include <map>

#include "src/base/error_names.h"
#include "src/base/ids.h"
#include "src/base/json_values.h"
#include "src/base/log.h"

namespace mullion {

namespace {

constexpr Log kLog("legs");

/// A page that reloads in a loop must not fill the process with half-made legs.
constexpr int kMaxNewLegs = 8;

/// Nor with offers: each costs the process the building of a leg.
constexpr int kMaxOffers = 10;
constexpr std::chrono::seconds kOfferWindow{10};

/// Each costs the encryption of all that he gets.
constexpr int kMaxWatchers = 100;

/// What an offer gets that was not answered before its leg closed.
Error errorOf(const wire::LegClosed& closed) {
    const std::string& text = closed.message.empty() ? closed.reason : closed.message;
    if (!closed.code.empty()) return {errorCodeFromName(closed.code), text, "sdp"};
    if (closed.reason == "replaced") return {ErrorCode::Conflict, "another leg has the seat now"};
    if (closed.reason == "failed") return {ErrorCode::Unavailable, "the leg has failed"};
    return {ErrorCode::WrongState, "the leg has closed: " + text};
}

} // namespace

Legs::Legs(CallRegistry& registry, EventSink& events)
    : registry_(registry)
    , events_(events)
    , snapshots_({},
                 [this](const std::string& callId, const wire::TakeSnapshot& request) {
                     return supervisor_->ask(callId, request);
                 })
    , http_([this](const std::string& callId, const wire::ToCall& message) {
        return supervisor_->send(callId, message);
    }) {}

wire::StartCall Legs::startOf(const Call& call) {
    wire::StartCall start;
    start.callId = call.id;
    start.canvas = call.canvas;
    start.layout = call.layout;
    return start;
}

void Legs::adopt(const wire::State& state) {
    http_.adopt(state.callId, state.watching);
    for (const wire::LegInfo& info : state.legs) {
        // The session is not known: its device is a new one to us when it comes back.
        legs_[info.leg] = {state.callId, {"", info.userId}, info.state};
        legsOfCall_[state.callId].push_back(info.leg);
        if (info.state == wire::LegState::Connected) registry_.onMediaUp(state.callId, info.userId);
    }
    const Call* call = registry_.find(state.callId);
    if (!call) return;
    on(state.callId, wire::LayoutChanged{state.canvas, state.mode, state.tiles});
    // It may have been changed and stored, but not told any more.
    if (state.canvas != call->canvas) setCanvas(*call);
    setLayout(*call);
    setProgramme(*call);
    std::unordered_set<std::string> absent(state.participants.begin(), state.participants.end());
    std::vector<std::string> silent;
    for (const Participant& participant : call->participants) {
        if (!isPresent(participant.state)) continue;
        absent.erase(participant.userId);
        put(*call, participant);
        if (participant.state == ParticipantState::Connected &&
            !hasMedia(state.callId, participant.userId))
            silent.push_back(participant.userId);
    }
    for (const std::string& user : absent)
        remove(state.callId, user, "left");
    for (const std::string& user : silent)
        registry_.onMediaDown(state.callId, user);
}

Result<void> Legs::offer(const Call& call, const Device& from, const std::string& leg,
                         const std::string& sdp, const std::string& ref) {
    const std::string id = leg.empty() ? newId() : leg;
    // Here and not by the process: its refusal would read as the end of the leg that there is.
    if (const auto known = legs_.find(id); known != legs_.end())
        return known->second.callId == call.id && known->second.device.userId == from.userId
                   ? Error{ErrorCode::Conflict, "this leg has been offered already", "leg"}
                   : Error{ErrorCode::Conflict, "this leg is somebody else's", "leg"};
    int unconnected = 0;
    for (const std::string& other : legsOfCall_[call.id]) {
        const Leg& candidate = legs_.at(other);
        if (candidate.device.userId == from.userId && candidate.state == wire::LegState::New)
            ++unconnected;
    }
    if (unconnected >= kMaxNewLegs)
        return Error{ErrorCode::TooManyRequests, "too many legs that have not connected"};
    if (!takeOffer(from.userId))
        return Error{ErrorCode::TooManyRequests, "too many offers; wait some seconds"};
    TRY(supervisor_->send(call.id, wire::Offer{from.userId, id, sdp}));
    legs_[id] = {call.id, from, wire::LegState::New, ref};
    legsOfCall_[call.id].push_back(id);
    return {};
}

Result<void> Legs::watch(const std::string& callId, const std::string& leg,
                         const std::string& sdp) {
    if (!supervisor_->hasCall(callId)) return Error{ErrorCode::WrongState, "nobody is in the call"};
    if (http_.watchersIn(callId) >= kMaxWatchers)
        return Error{ErrorCode::AtCapacity, "too many watch this call by WebRTC; HLS takes more"};
    return supervisor_->send(callId, wire::Offer{leg, leg, sdp, true});
}

bool Legs::takeOffer(const std::string& userId) {
    const auto time = std::chrono::steady_clock::now();
    while (!offers_.empty() && offers_.front().first + kOfferWindow <= time) {
        const auto oldest = offersOfUser_.find(offers_.front().second);
        if (--oldest->second == 0) offersOfUser_.erase(oldest);
        offers_.pop_front();
    }
    int& count = offersOfUser_[userId];
    if (count >= kMaxOffers) return false;
    ++count;
    offers_.emplace_back(time, userId);
    return true;
}

Result<void> Legs::candidate(const Call& call, const Device& from, const std::string& leg,
                             const wire::CandidateLine& line) {
    std::string id = leg;
    if (id.empty()) {
        const auto ids = legsOfCall_.find(call.id);
        if (ids == legsOfCall_.end()) return {};
        for (const std::string& other : ids->second)
            if (legs_.at(other).device.userId == from.userId) id = other;
    }
    const auto known = legs_.find(id);
    if (known == legs_.end()) return {};
    if (known->second.callId != call.id || known->second.device.userId != from.userId)
        return Error{ErrorCode::Conflict, "this leg is somebody else's", "leg"};
    return supervisor_->send(call.id, wire::RemoteCandidate{id, line});
}

void Legs::askForOffers(const Device& device) {
    for (const std::string& callId : registry_.callsWithoutMedia(device.userId))
        events_.sendTo(
            device.session, device.userId,
            {{"type", "webrtc:renegotiate"}, {"call_id", callId}, {"reason", "media_lost"}});
}

int Legs::refusedMessages() const {
    return supervisor_->refusedMessages();
}

void Legs::start(const Call& call) {
    supervisor_->startCall(startOf(call));
    // What every process begins with need not be said.
    if (call.programme.differs()) setProgramme(call);
}

void Legs::put(const Call& call, const Participant& participant) {
    // A call that was loaded without a process gets one when somebody comes back to it.
    if (!supervisor_->hasCall(call.id)) start(call);
    // Who is in the call is never refused.
    (void)supervisor_->send(
        call.id, wire::PutParticipant{participant.userId, participant.name, participant.audioMuted,
                                      participant.videoMuted, participant.screen,
                                      participant.volume, name(participant.role),
                                      participant.noiseSuppression, participant.autoGain});
    if (participant.rung != wire::RungChoice::Auto) setRung(call, participant);
}

void Legs::setLayout(const Call& call) {
    (void)supervisor_->send(call.id, wire::SetLayout{call.layout});
}

void Legs::setCanvas(const Call& call) {
    (void)supervisor_->send(call.id, wire::SetCanvas{call.canvas});
}

void Legs::setProgramme(const Call& call) {
    if (images_)
        (void)supervisor_->send(call.id,
                                wire::SetProgramme{call.programme, images_->folderOf(call.id)});
}

void Legs::setRung(const Call& call, const Participant& participant) {
    (void)supervisor_->send(call.id, wire::SetRung{participant.userId, participant.rung});
}

void Legs::remove(const std::string& callId, const std::string& userId, const std::string& reason) {
    (void)supervisor_->send(callId, wire::RemoveParticipant{userId, reason});
}

void Legs::stop(const std::string& callId) {
    closeAll(callId, "ended");
    snapshots_.onLost(callId);
    if (sounds_) sounds_->onLost(callId);
    http_.onCallLost(callId);
    supervisor_->stopCall(callId);
}

void Legs::onCallMessage(const std::string& callId, const wire::FromCall& message) {
    std::visit([&](const auto& known) { on(callId, known); }, message);
}

void Legs::onCallRestarted(const std::string& callId) {
    // Only devices that carried media: another one of the same user must not take the seat over.
    std::map<std::string, Device> devices;
    if (const auto ids = legsOfCall_.find(callId); ids != legsOfCall_.end())
        for (const std::string& id : ids->second) {
            const Device& device = legs_.at(id).device;
            devices[device.session.empty() ? device.userId : device.session] = device;
        }
    forgetAll(callId, {ErrorCode::Unavailable, "the call's media has gone"});
    snapshots_.onLost(callId);
    if (sounds_) sounds_->onLost(callId);
    http_.onCallLost(callId);
    if (recordings_) recordings_->onRestarted(callId);
    if (broadcasts_) broadcasts_->onRestarted(callId);
    registry_.onMediaLost(callId);
    for (const auto& [key, device] : devices)
        events_.sendTo(
            device.session, device.userId,
            {{"type", "webrtc:renegotiate"}, {"call_id", callId}, {"reason", "media_restarted"}});
}

void Legs::onCallStopped(const std::string& callId) {
    if (recordings_) recordings_->onCallStopped(callId);
    if (broadcasts_) broadcasts_->onCallStopped(callId);
}

void Legs::onCallFailed(const std::string& callId) {
    closeAll(callId, "failed");
    snapshots_.onLost(callId);
    if (sounds_) sounds_->onLost(callId);
    http_.onCallLost(callId);
    registry_.onMediaFailed(callId);
    // There is no process that would end.
    if (recordings_) recordings_->onCallStopped(callId);
    if (broadcasts_) broadcasts_->onCallStopped(callId);
}

void Legs::on(const std::string& callId, const wire::Answer& message) {
    if (http_.onAnswer(message)) return;
    Leg* leg = find(callId, message.leg);
    if (!leg) return;
    answerRef(*leg, {});
    tell(*leg, message.leg, "webrtc:answer", {{"sdp", message.sdp}});
}

void Legs::on(const std::string& callId, const wire::LocalCandidate& message) {
    if (http_.onCandidate(message)) return;
    const Leg* leg = find(callId, message.leg);
    if (!leg) return;
    Json candidate;
    if (!message.line.candidate.empty())
        candidate = {{"candidate", message.line.candidate},
                     {"sdpMid", message.line.mid},
                     {"sdpMLineIndex", message.line.mLineIndex}};
    tell(*leg, message.leg, "webrtc:ice-candidate", {{"candidate", std::move(candidate)}});
}

void Legs::on(const std::string& callId, const wire::LegStateChanged& message) {
    if (http_.onState(message)) return;
    Leg* leg = find(callId, message.leg);
    if (!leg) return;
    leg->state = message.state;
    const std::string userId = leg->device.userId;
    tell(*leg, message.leg, "leg:state", {{"state", wire::name(message.state)}});
    if (message.state == wire::LegState::Connected)
        registry_.onMediaUp(callId, userId);
    else if (!hasMedia(callId, userId))
        registry_.onMediaDown(callId, userId);
}

void Legs::on(const std::string& callId, const wire::LegClosed& message) {
    if (http_.onClosed(message)) return;
    Leg* leg = find(callId, message.leg);
    if (!leg) return;
    const std::string userId = leg->device.userId;
    kLog.debug("call=" + callId + " user=" + userId + " leg=" + message.leg,
               "closed: " + message.reason + ' ' + message.message);
    answerRef(*leg, errorOf(message));
    Json body = {{"reason", message.reason}};
    if (!message.code.empty()) body["code"] = message.code;
    if (!message.message.empty()) body["message"] = message.message;
    tell(*leg, message.leg, "leg:closed", std::move(body));
    drop(message.leg);
    if (!hasMedia(callId, userId)) registry_.onMediaDown(callId, userId);
}

void Legs::on(const std::string& callId, const wire::LayoutChanged& message) {
    Json tiles = Json::array();
    for (const wire::Tile& tile : message.tiles)
        tiles.push_back(wire::toJson(tile));
    registry_.onLayout(callId, {{"canvas", wire::toJson(message.canvas)},
                                {"mode", wire::name(message.mode)},
                                {"tiles", std::move(tiles)}});
}

void Legs::on(const std::string& callId, const wire::Constraints& message) {
    const Leg* leg = find(callId, message.leg);
    if (!leg) return;
    tell(*leg, message.leg, "media:constraints",
         {{"source", wire::name(message.source)},
          {"max_width", message.maxWidth},
          {"max_height", message.maxHeight},
          {"max_fps", message.maxFps},
          {"max_bitrate", message.maxBitrate}});
}

void Legs::on(const std::string& callId, const wire::SpeakerChanged& message) {
    registry_.onSpeaker(callId, message.userId);
}

void Legs::on(const std::string& callId, const wire::Figures& message) {
    registry_.onFigures(callId, message);
}

/// A leg of this call; a process speaks of no other's.
Legs::Leg* Legs::find(const std::string& callId, const std::string& leg) {
    const auto found = legs_.find(leg);
    return found == legs_.end() || found->second.callId != callId ? nullptr : &found->second;
}

void Legs::tell(const Leg& leg, const std::string& id, const char* type, Json body) {
    body["type"] = type;
    body["call_id"] = leg.callId;
    body["leg"] = id;
    events_.sendTo(leg.device.session, leg.device.userId, body);
}

void Legs::answerRef(Leg& leg, const Result<void>& result) {
    if (!leg.ref.empty()) events_.answer(leg.device.session, leg.ref, result);
    leg.ref.clear();
}

void Legs::drop(const std::string& id) {
    const auto leg = legs_.find(id);
    const auto ids = legsOfCall_.find(leg->second.callId);
    std::erase(ids->second, id);
    if (ids->second.empty()) legsOfCall_.erase(ids);
    legs_.erase(leg);
}

void Legs::closeAll(const std::string& callId, const std::string& reason) {
    if (const auto ids = legsOfCall_.find(callId); ids != legsOfCall_.end())
        for (const std::string& id : ids->second)
            tell(legs_.at(id), id, "leg:closed", {{"reason", reason}});
    forgetAll(callId, reason == "failed"
                          ? Error{ErrorCode::Unavailable, "the call's media has gone"}
                          : Error{ErrorCode::WrongState, "the call is over"});
}

void Legs::forgetAll(const std::string& callId, const Error& error) {
    const auto ids = legsOfCall_.find(callId);
    if (ids == legsOfCall_.end()) return;
    for (const std::string& id : ids->second) {
        answerRef(legs_.at(id), error);
        legs_.erase(id);
    }
    legsOfCall_.erase(ids);
}

bool Legs::hasMedia(const std::string& callId, const std::string& userId) const {
    const auto ids = legsOfCall_.find(callId);
    return ids != legsOfCall_.end() &&
           std::any_of(ids->second.begin(), ids->second.end(), [&](const std::string& id) {
               const Leg& leg = legs_.at(id);
               return leg.device.userId == userId && leg.state == wire::LegState::Connected;
           });
}

} // namespace mullion
