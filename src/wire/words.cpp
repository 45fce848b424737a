#include "src/wire/words.h"

namespace mullion::wire {

const char* name(LegState state) {
    return nameIn(kLegStates, state);
}

const char* name(RungChoice rung) {
    return nameIn(kRungs, rung);
}

std::optional<RungChoice> rungFromName(std::string_view name) {
    return valueIn(kRungs, name);
}

const char* name(RecordingFormat format) {
    return nameIn(kFormats, format);
}

std::optional<RecordingFormat> recordingFormatFromName(std::string_view name) {
    return valueIn(kFormats, name);
}

const char* name(TrackSource source) {
    return nameIn(kTrackSources, source);
}

std::optional<TrackSource> trackSourceFromName(std::string_view name) {
    return valueIn(kTrackSources, name);
}

const char* name(BroadcastKind kind) {
    return nameIn(kBroadcastKinds, kind);
}

const char* name(BroadcastState state) {
    return nameIn(kBroadcastStates, state);
}

std::optional<BroadcastKind> broadcastKindFromName(std::string_view name) {
    return valueIn(kBroadcastKinds, name);
}

std::optional<BroadcastState> broadcastStateFromName(std::string_view name) {
    return valueIn(kBroadcastStates, name);
}

} // namespace mullion::wire
