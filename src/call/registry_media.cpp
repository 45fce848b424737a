// What the media plane tells of a call.
#include "src/base/log.h"
#include "src/call/registry.h"
#include "src/call/registry_live.h"

namespace mullion {

namespace {

constexpr Log kLog("call");

Json speakerEvent(const std::string& id, const std::string& userId) {
    return {{"type", "call:speaker"},
            {"call_id", id},
            {"user_id", userId.empty() ? Json() : Json(userId)}};
}

} // namespace

void CallRegistry::onMediaUp(const std::string& id, const std::string& userId) {
    const LivePtr live = findLive(id);
    Participant* participant = live ? live->call.find(userId) : nullptr;
    if (!participant || !participant->apply(ParticipantEvent::MediaUp, now())) return;
    live->graceTimers.erase(userId);
    publish(live->call, "participant:updated", *participant);
    // Whoever speaks on would not be named to him until somebody else does.
    if (!live->speaker.empty()) events_.publish({userId}, speakerEvent(id, live->speaker));
    persist(live->call);
}

void CallRegistry::onMediaDown(const std::string& id, const std::string& userId) {
    const LivePtr live = findLive(id);
    Participant* participant = live ? live->call.find(userId) : nullptr;
    if (!participant || !participant->apply(ParticipantEvent::MediaDown, now())) return;
    startGrace(live, userId, true);
    publish(live->call, "participant:updated", *participant);
    persist(live->call);
}

void CallRegistry::onMediaLost(const std::string& id) {
    const LivePtr live = findLive(id);
    if (!live) return;
    live->figures = {};
    if (!live->speaker.empty()) onSpeaker(id, "");
    for (Participant& participant : live->call.participants) {
        if (!participant.apply(ParticipantEvent::MediaDown, now())) continue;
        startGrace(live, participant.userId, true);
        publish(live->call, "participant:updated", participant);
    }
    persist(live->call);
}

void CallRegistry::onMediaFailed(const std::string& id) {
    const LivePtr live = findLive(id);
    if (!live) return;
    kLog.error("call=" + id, "its media process keeps dying");
    finish(live, CallEvent::MediaFailed);
    persist(live->call);
}

void CallRegistry::onLayout(const std::string& id, const Json& layout) {
    const LivePtr live = findLive(id);
    if (!live) return;
    live->layout = layout;
    if (recordings_) recordings_->onLayout(id, layout);
    Json event = layout;
    event["type"] = "call:layout";
    event["call_id"] = id;
    events_.publish(audience(live->call), event);
}

void CallRegistry::onRecording(const char* type, const Recording& recording) {
    const Json shown = toJson(recording);
    const LivePtr live = findLive(recording.callId);
    // One that is being finished says nothing of the one that goes on.
    auto* current = live ? &live->call.recording : nullptr;
    if (current && recording.isRunning())
        *current = std::make_shared<const Json>(shown);
    else if (current && *current && (**current)["id"] == recording.id)
        *current = nullptr;
    if (!type) return;
    // What becomes of its files is for those who may have them.
    const bool concernsAll =
        live && (recording.isRunning() || recording.status == RecordingStatus::Mending);
    events_.publish(concernsAll ? audience(live->call) : recording.hosts,
                    {{"type", type}, {"call_id", recording.callId}, {"recording", shown}});
}

void CallRegistry::onBroadcast(const char* type, const BroadcastRecord& record,
                               const Json& ofCall) {
    const LivePtr live = findLive(record.callId);
    if (!live) return;
    live->call.broadcasts = ofCall.empty() ? nullptr : std::make_shared<const Json>(ofCall);
    if (!type) return;
    events_.publish(audience(live->call),
                    {{"type", type}, {"call_id", record.callId}, {"broadcast", toJson(record)}});
}

void CallRegistry::onSoundEnded(const std::string& id, const std::string& sound,
                                const std::string& reason) {
    const LivePtr live = findLive(id);
    if (!live) return;
    Json event = {{"type", "sound:ended"}, {"call_id", id}, {"sound_id", sound}};
    if (!reason.empty()) event["reason"] = reason;
    events_.publish(audience(live->call), event);
}

void CallRegistry::onSpeaker(const std::string& id, const std::string& userId) {
    const LivePtr live = findLive(id);
    if (!live) return;
    live->speaker = userId;
    events_.publish(audience(live->call), speakerEvent(id, userId));
}

} // namespace mullion
