#pragma once

#include <cstdint>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/json_values.h"
#include "src/base/timestamp.h"
#include "src/storage/file_upload.h"
#include "src/wire/messages.h"

namespace mullion {

/// `recording ⇄ paused ▸ mending ▸ ready`, or with a storage `mending ▸ uploading ▸ stored`, and
/// `failed` from each of the first three. While it is mending, its files are made seekable.
enum class RecordingStatus { Recording, Paused, Mending, Ready, Uploading, Stored, Failed };

/// Bytes of what is known of one.
inline constexpr std::size_t kMaxRecordingDocument = std::size_t{64} << 20;

/// The files of participants' own tracks have numbers from here on.
inline constexpr int kFirstTrack = 500'001;

inline bool isTrack(int index) {
    return index >= kFirstTrack;
}

/// Of whom a track is, and since when.
struct TrackOwner {
    std::string userId;
    wire::TrackSource source = wire::TrackSource::Sound;
    Timestamp startedAt = {};
};

/// One file of a recording.
struct RecordedPart {
    /// Of the programme from 1, without gaps but for files in which nothing played; of tracks from
    /// kFirstTrack.
    int index = 1;
    std::int64_t bytes = 0;
    std::int64_t durationMs = 0;
    /// In hexadecimal; empty until the file is finished.
    std::string sha256 = {};
    /// Of a track; nothing where that was not written down before something died.
    std::optional<TrackOwner> owner = {};

    bool isFinished() const { return !sha256.empty(); }
};

/// One of a recording's files in the storage, or on its way there.
struct StoredFile {
    /// What its name has behind those that all have in common: `1.mp4`, `jpg`, …; `json` is what
    /// is known of the recording.
    std::string name = {};
    std::int64_t bytes = 0;
    bool isStored = false;
    /// While it comes in parts.
    PartsUpload parts = {};
};

/// Where a recording is, or goes, in the storage. Without files it goes nowhere.
struct StoragePlace {
    std::string bucket = {};
    /// Keys of its files, without the ends of their names.
    std::string stem = {};
    /// In the order in which they go.
    std::vector<StoredFile> files = {};

    std::string keyOf(const StoredFile& file) const { return stem + '.' + file.name; }
};

/// What is known of one recording, which lies beside its files as JSON. Plain data.
struct Recording {
    std::string id;
    std::string callId;
    RecordingStatus status = RecordingStatus::Recording;
    wire::RecordingFormat format = wire::RecordingFormat::Mp4;
    /// Or of sound alone.
    bool video = true;
    /// Participants' own tracks are kept too.
    bool tracks = false;
    std::string startedBy;
    Timestamp startedAt = {};
    std::optional<Timestamp> endedAt = {};
    /// Why it failed or ended by itself, in words; empty where it did not.
    std::string reason = {};
    std::vector<RecordedPart> parts = {};
    /// Who may see it beside services: the hosts of its call.
    std::vector<std::string> hosts = {};
    /// The call, with its people and their times, as of the end or the last that was written.
    Json call = {};
    /// What the picture showed: `{at, layout}`, the first first.
    Json layouts = {};
    /// The chat of the call meanwhile.
    Json chat = {};
    /// What of both was taken up since it was loaded, in bytes. Not kept.
    std::size_t layoutBytes = 0;
    std::size_t chatBytes = 0;
    bool hasPreview = false;
    bool hasWaveform = false;
    StoragePlace storage = {};

    /// Whether media still comes.
    bool isRunning() const {
        return status == RecordingStatus::Recording || status == RecordingStatus::Paused;
    }

    /// Whether its files are as they stay.
    bool isOver() const { return status != RecordingStatus::Mending && !isRunning(); }

    /// How much of its files the storage has.
    std::int64_t uploadedBytes() const;

    /// Of the programme.
    std::int64_t durationMs() const;
    /// The number of the next file of the programme, or of a track.
    int nextIndex(bool ofTrack) const;
    /// Whether the part is there and finished.
    bool isFinished(int index) const;
    RecordedPart& part(int index);
};

const char* name(RecordingStatus status);
std::optional<RecordingStatus> recordingStatusFromName(std::string_view name);

/// `12.mp4`, `1.webm` or `500001.mkv`: how the name of one of its files ends.
std::string endingOf(const Recording& recording, int index);

/// The type of one of its files, such as `video/mp4`.
const char* mediaTypeOf(const Recording& recording, int index);

/// As the interface shows it. `urlOf` signs a path such as `/api/webrtc/recordings/ID/file`;
/// without it there are no addresses.
Json toJson(const Recording& recording,
            const std::function<std::string(const std::string& path)>& urlOf = {});

/// What lies beside the files, and back. @return Internal for a text that is not one of ours.
std::string toDocument(const Recording& recording);
Result<Recording> recordingFromDocument(const std::string& text);

} // namespace mullion
