#include "src/call/states.h"

#include <algorithm>
#include <cstddef>

namespace mullion {

namespace {

constexpr std::array kStatusNames = {"ringing", "active",    "ended", "rejected",
                                     "missed",  "cancelled", "failed"};
constexpr std::array kStateNames = {"invited",   "ringing",      "waiting", "joined",
                                    "connected", "reconnecting", "left",    "rejected",
                                    "missed",    "busy",         "removed"};
constexpr std::array kRoleNames = {"host", "participant", "viewer"};
constexpr std::array<const char*, 11> kReasonNames = {
    nullptr,        "hangup",   "host_ended",   "all_left", "timeout", "cancelled",
    "all_rejected", "all_busy", "media_failed", "admin",    "limit"};

template <typename Enum, typename Names>
std::optional<Enum> fromName(const Names& names, std::string_view text) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] && text == names[i]) return static_cast<Enum>(i);
    return {};
}

template <typename Table, typename State, typename Event>
auto find(const Table& table, State from, Event event) -> decltype(table.data()) {
    const auto row = std::find_if(table.begin(), table.end(), [&](const auto& candidate) {
        return candidate.from == from && candidate.event == event;
    });
    return row == table.end() ? nullptr : &*row;
}

} // namespace

const CallTransition* findTransition(CallStatus from, CallEvent event) {
    return find(kCallTransitions, from, event);
}

const ParticipantTransition* findTransition(ParticipantState from, ParticipantEvent event) {
    return find(kParticipantTransitions, from, event);
}

const char* name(CallStatus status) {
    return kStatusNames[static_cast<std::size_t>(status)];
}

const char* name(ParticipantState state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

const char* name(Role role) {
    return kRoleNames[static_cast<std::size_t>(role)];
}

const char* name(EndReason reason) {
    return kReasonNames[static_cast<std::size_t>(reason)];
}

std::optional<CallStatus> callStatusFromName(std::string_view text) {
    return fromName<CallStatus>(kStatusNames, text);
}

std::optional<ParticipantState> participantStateFromName(std::string_view text) {
    return fromName<ParticipantState>(kStateNames, text);
}

std::optional<Role> roleFromName(std::string_view text) {
    return fromName<Role>(kRoleNames, text);
}

EndReason endReasonFromName(std::string_view text) {
    return fromName<EndReason>(kReasonNames, text).value_or(EndReason::None);
}

} // namespace mullion
