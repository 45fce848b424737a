#pragma once

#include "src/wire/messages.h"
#include "src/wire/names.h"

/// The words of the messages' enums.
namespace mullion::wire {

inline constexpr Names<LegState, 3> kLegStates = {
    {{LegState::New, "new"}, {LegState::Connected, "connected"}, {LegState::Failed, "failed"}}};

inline constexpr Names<RungChoice, 6> kRungs = {{{RungChoice::Auto, "auto"},
                                                 {RungChoice::P1080, "1080p"},
                                                 {RungChoice::P720, "720p"},
                                                 {RungChoice::P360, "360p"},
                                                 {RungChoice::P180, "180p"},
                                                 {RungChoice::Audio, "audio"}}};

inline constexpr Names<RecordingFormat, 2> kFormats = {
    {{RecordingFormat::Mp4, "mp4"}, {RecordingFormat::Webm, "webm"}}};

inline constexpr Names<TrackSource, 3> kTrackSources = {{{TrackSource::Sound, "sound"},
                                                         {TrackSource::Camera, "camera"},
                                                         {TrackSource::Screen, "screen"}}};

inline constexpr Names<SoundState, 3> kSoundStates = {{{SoundState::Playing, "playing"},
                                                       {SoundState::Ended, "ended"},
                                                       {SoundState::Failed, "failed"}}};

inline constexpr Names<BroadcastKind, 4> kBroadcastKinds = {{{BroadcastKind::Hls, "hls"},
                                                             {BroadcastKind::Rtmp, "rtmp"},
                                                             {BroadcastKind::Srt, "srt"},
                                                             {BroadcastKind::Rtsp, "rtsp"}}};

inline constexpr Names<BroadcastState, 5> kBroadcastStates = {
    {{BroadcastState::Starting, "starting"},
     {BroadcastState::Live, "live"},
     {BroadcastState::Retrying, "retrying"},
     {BroadcastState::Failed, "failed"},
     {BroadcastState::Stopped, "stopped"}}};

} // namespace mullion::wire
