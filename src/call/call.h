#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/base/timestamp.h"
#include "src/call/states.h"
#include "src/store/store.h"
#include "src/wire/messages.h"

namespace mullion {

struct Participant {
    std::string userId;
    std::string name;
    Role role = Role::Participant;
    ParticipantState state = ParticipantState::Invited;
    std::optional<Timestamp> joinedAt = {};
    std::optional<Timestamp> leftAt = {};
    bool audioMuted = false;
    bool videoMuted = false;
    bool screen = false;
    double volume = 1.0;
    /// Care for his sound by the server, for a device that cannot afford its own.
    bool noiseSuppression = false;
    bool autoGain = false;
    /// Which encoding he wants, or a host for him.
    wire::RungChoice rung = wire::RungChoice::Auto;
    /// Since when he has been asked to come; nothing for those who came by themselves.
    std::optional<Timestamp> invitedAt = {};

    /// Takes the row of the table for `event`. @return whether there is one.
    bool apply(ParticipantEvent event, Timestamp at);
};

/// One call: plain data with the rules that need nothing else. Who may do what, timers and media
/// are the registry's.
struct Call {
    std::string id;
    CallStatus status = CallStatus::Ringing;
    /// Video or audio only.
    bool video = true;
    std::optional<std::string> title = {};
    bool open = false;
    bool permanent = false;
    bool locked = false;
    bool lobby = false;
    /// Made without invitations: it waits for people, also once they have left.
    bool room = false;
    int maxParticipants = 8;
    /// Of a permanent room, while people are there: the id that this gathering has in the history.
    std::string gatheringId = {};
    /// Of a gathering in the history: the permanent room that it was in.
    std::string roomId = {};
    std::string createdBy;
    Timestamp createdAt = {};
    std::optional<Timestamp> answeredAt = {};
    std::optional<Timestamp> endedAt = {};
    EndReason endReason = EndReason::None;
    wire::Canvas canvas = {};
    wire::Layout layout = {};
    /// What outputs show other than that; its images are names of the call's.
    wire::Programme programme = {};
    /// Recorded from its answer on.
    bool record = false;
    /// That has been begun: a host who stops it has stopped it.
    bool wasRecorded = false;
    /// The recording that goes on, as the interface shows it; null where none does. Not stored.
    std::shared_ptr<const Json> recording = {};
    /// The broadcasts that go on, in the same way; null where none do. Not stored.
    std::shared_ptr<const Json> broadcasts = {};
    /// In the order of their invitation or arrival.
    std::vector<Participant> participants = {};

    /// Takes the row of the table for `event`. @return whether there is one.
    bool apply(CallEvent event, Timestamp at);

    Participant* find(const std::string& userId);
    const Participant* find(const std::string& userId) const;

    /// How many participants are in a state for which `predicate` says true.
    template <typename Predicate>
    int count(Predicate predicate) const {
        int found = 0;
        for (const Participant& participant : participants)
            found += predicate(participant.state) ? 1 : 0;
        return found;
    }

    /// A call of two people, which is over when one hangs up.
    bool isDirect() const { return !room && !open && !permanent && participants.size() == 2; }

    /// Under which id its chat is kept.
    const std::string& chatId() const { return gatheringId.empty() ? id : gatheringId; }

    /// Begins a gathering of a permanent room that has stood empty.
    void gather(Timestamp at);
    /// Empties a permanent room. @return the gathering as the history keeps it, ended by `event`.
    Call disperse(CallEvent event, Timestamp at);

    /// Makes whoever has been there longest a host if none is present.
    /// @return the new host, or null.
    Participant* passHostOn();
};

/// Whether a call may have this canvas. @return BadRequest: a side is odd, or the canvas is not
/// between 160 × 90 and 1920 × 1080, on its side or not, at 1 to 30 frames a second.
Result<void> checkCanvas(const wire::Canvas& canvas);

/// As INTERFACE.md shows it. `duration` is as of `at`.
Json toJson(const Call& call, Timestamp at);
Json toJson(const Participant& participant);

/// What the store keeps, and back. @return Internal for a document that is not one of ours.
CallRecord toRecord(const Call& call);
Result<Call> callFromDocument(const std::string& document);

} // namespace mullion
