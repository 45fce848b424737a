#pragma once

#include <array>
#include <optional>
#include <string_view>

/// The two state machines of a call, each ONE table: what is not a row does not happen.
namespace mullion {

/// Ringing ──answered──▶ Active ──▶ Ended │ Failed
///    └──▶ Rejected │ Missed │ Cancelled │ Failed
enum class CallStatus { Ringing, Active, Ended, Rejected, Missed, Cancelled, Failed };

enum class CallEvent {
    Answered,
    AllRejected,
    AllBusy,
    RingTimeout,
    Cancelled,
    HungUp,
    AllLeft,
    EndedByHost,
    EndedByAdmin,
    MediaFailed,
};

enum class EndReason {
    None,
    Hangup,
    HostEnded,
    AllLeft,
    Timeout,
    Cancelled,
    AllRejected,
    AllBusy,
    MediaFailed,
    Admin,
    Limit,
};

struct CallTransition {
    CallStatus from;
    CallEvent event;
    CallStatus to;
    EndReason reason;
};

inline constexpr std::array kCallTransitions = std::to_array<CallTransition>({
    {CallStatus::Ringing, CallEvent::Answered, CallStatus::Active, EndReason::None},
    {CallStatus::Ringing, CallEvent::AllRejected, CallStatus::Rejected, EndReason::AllRejected},
    {CallStatus::Ringing, CallEvent::AllBusy, CallStatus::Missed, EndReason::AllBusy},
    {CallStatus::Ringing, CallEvent::RingTimeout, CallStatus::Missed, EndReason::Timeout},
    {CallStatus::Ringing, CallEvent::Cancelled, CallStatus::Cancelled, EndReason::Cancelled},
    {CallStatus::Ringing, CallEvent::EndedByAdmin, CallStatus::Cancelled, EndReason::Admin},
    {CallStatus::Ringing, CallEvent::MediaFailed, CallStatus::Failed, EndReason::MediaFailed},
    {CallStatus::Active, CallEvent::HungUp, CallStatus::Ended, EndReason::Hangup},
    {CallStatus::Active, CallEvent::AllLeft, CallStatus::Ended, EndReason::AllLeft},
    {CallStatus::Active, CallEvent::EndedByHost, CallStatus::Ended, EndReason::HostEnded},
    {CallStatus::Active, CallEvent::EndedByAdmin, CallStatus::Ended, EndReason::Admin},
    {CallStatus::Active, CallEvent::MediaFailed, CallStatus::Failed, EndReason::MediaFailed},
});

/// Invited ─ring▶ Ringing ─answer▶ Joined ─media▶ Connected ◀─media─▶ Reconnecting
/// The others are where these end; all but Removed may come back while the call goes on, and all
/// may be invited again.
enum class ParticipantState {
    Invited,
    Ringing,
    Waiting,
    Joined,
    Connected,
    Reconnecting,
    Left,
    Rejected,
    Missed,
    Busy,
    Removed,
};

enum class ParticipantEvent {
    /// Asked to come, perhaps once more.
    Invite,
    /// A device of theirs has been told.
    Ring,
    /// Answered, or joined by id.
    Join,
    /// Joined where the lobby is on.
    Wait,
    Reject,
    RingTimeout,
    FoundBusy,
    MediaUp,
    MediaDown,
    /// mulliond has come back to a call without a process: what media there was has gone.
    MediaForgotten,
    Leave,
    Remove,
};

struct ParticipantTransition {
    ParticipantState from;
    ParticipantEvent event;
    ParticipantState to;
};

inline constexpr std::array kParticipantTransitions = std::to_array<ParticipantTransition>({
    {ParticipantState::Invited, ParticipantEvent::Ring, ParticipantState::Ringing},
    {ParticipantState::Invited, ParticipantEvent::Join, ParticipantState::Joined},
    {ParticipantState::Invited, ParticipantEvent::Reject, ParticipantState::Rejected},
    {ParticipantState::Invited, ParticipantEvent::RingTimeout, ParticipantState::Missed},
    {ParticipantState::Invited, ParticipantEvent::FoundBusy, ParticipantState::Busy},
    {ParticipantState::Invited, ParticipantEvent::Remove, ParticipantState::Removed},
    {ParticipantState::Ringing, ParticipantEvent::Join, ParticipantState::Joined},
    {ParticipantState::Ringing, ParticipantEvent::Reject, ParticipantState::Rejected},
    {ParticipantState::Ringing, ParticipantEvent::RingTimeout, ParticipantState::Missed},
    {ParticipantState::Ringing, ParticipantEvent::Remove, ParticipantState::Removed},
    {ParticipantState::Waiting, ParticipantEvent::Join, ParticipantState::Joined},
    {ParticipantState::Waiting, ParticipantEvent::Leave, ParticipantState::Left},
    {ParticipantState::Waiting, ParticipantEvent::Remove, ParticipantState::Removed},
    {ParticipantState::Joined, ParticipantEvent::MediaUp, ParticipantState::Connected},
    {ParticipantState::Joined, ParticipantEvent::MediaForgotten, ParticipantState::Reconnecting},
    {ParticipantState::Joined, ParticipantEvent::Leave, ParticipantState::Left},
    {ParticipantState::Joined, ParticipantEvent::Remove, ParticipantState::Removed},
    {ParticipantState::Connected, ParticipantEvent::MediaDown, ParticipantState::Reconnecting},
    {ParticipantState::Connected, ParticipantEvent::MediaForgotten, ParticipantState::Reconnecting},
    {ParticipantState::Connected, ParticipantEvent::Leave, ParticipantState::Left},
    {ParticipantState::Connected, ParticipantEvent::Remove, ParticipantState::Removed},
    {ParticipantState::Reconnecting, ParticipantEvent::MediaUp, ParticipantState::Connected},
    {ParticipantState::Reconnecting, ParticipantEvent::Leave, ParticipantState::Left},
    {ParticipantState::Reconnecting, ParticipantEvent::Remove, ParticipantState::Removed},
    {ParticipantState::Left, ParticipantEvent::Join, ParticipantState::Joined},
    {ParticipantState::Left, ParticipantEvent::Wait, ParticipantState::Waiting},
    {ParticipantState::Left, ParticipantEvent::Invite, ParticipantState::Invited},
    {ParticipantState::Rejected, ParticipantEvent::Join, ParticipantState::Joined},
    {ParticipantState::Rejected, ParticipantEvent::Invite, ParticipantState::Invited},
    {ParticipantState::Missed, ParticipantEvent::Join, ParticipantState::Joined},
    {ParticipantState::Missed, ParticipantEvent::Invite, ParticipantState::Invited},
    {ParticipantState::Busy, ParticipantEvent::Join, ParticipantState::Joined},
    {ParticipantState::Busy, ParticipantEvent::Invite, ParticipantState::Invited},
    {ParticipantState::Removed, ParticipantEvent::Invite, ParticipantState::Invited},
});

/// The row for a state and an event, or null.
const CallTransition* findTransition(CallStatus from, CallEvent event);
const ParticipantTransition* findTransition(ParticipantState from, ParticipantEvent event);

constexpr bool isOver(CallStatus status) {
    return status != CallStatus::Ringing && status != CallStatus::Active;
}

/// Has a seat in the call now: joined, connected or reconnecting.
constexpr bool isPresent(ParticipantState state) {
    return state == ParticipantState::Joined || state == ParticipantState::Connected ||
           state == ParticipantState::Reconnecting;
}

/// Is being asked to come.
constexpr bool isAsked(ParticipantState state) {
    return state == ParticipantState::Invited || state == ParticipantState::Ringing;
}

/// Counts towards the size of the call and hears of it.
constexpr bool isConcerned(ParticipantState state) {
    return isPresent(state) || isAsked(state) || state == ParticipantState::Waiting;
}

enum class Role { Host, Participant, Viewer };

/// The names of INTERFACE.md, and back.
const char* name(CallStatus status);
const char* name(ParticipantState state);
const char* name(Role role);
/// Null for None.
const char* name(EndReason reason);
std::optional<CallStatus> callStatusFromName(std::string_view text);
std::optional<ParticipantState> participantStateFromName(std::string_view text);
std::optional<Role> roleFromName(std::string_view text);
EndReason endReasonFromName(std::string_view text);

} // namespace mullion
