#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/base/json.h"
#include "src/base/result.h"
#include "src/wire/hls_part.h"
#include "src/wire/layout.h"
#include "src/wire/programme.h"

/// The messages between mulliond (the owner) and one mullion-call, a JSON object a line.
/// docs/protocol.md tells in which order they come. `kType` is a message's `type`.
namespace mullion::wire {

/// Raised when a message changes its meaning; each side refuses another number.
inline constexpr int kProtocol = 6;

/// The longest line: an offer of a browser has about 10 kB, a state of 50 people as much again.
inline constexpr std::size_t kMaxLine = std::size_t{1} << 20;

/// An ICE candidate line of SDP without `a=`; an empty one ends the candidates.
struct CandidateLine {
    std::string candidate;
    std::string mid;
    int mLineIndex = 0;
};

// ---- mulliond to mullion-call ----

/// The first message of an owner; answered by State.
struct Claim {
    static constexpr const char* kType = "claim";
    int protocol = kProtocol;
    /// Which mulliond: an id made at its start.
    std::string owner;
};

/// Makes the spare process the process of a call. Refused (the socket closes) if it has one.
struct StartCall {
    static constexpr const char* kType = "start_call";
    std::string callId;
    /// How often this call has been given a process before; names the process after a restart.
    int generation = 0;
    Canvas canvas;
    Layout layout = {};
    /// What the 720p rung of VP8 is encoded with, bit/s; 0: the usual.
    int bitrate = 0;
    /// UDP ports that media may take, both included; 0 and 0: any.
    int minPort = 0;
    int maxPort = 0;
    /// Local addresses that are offered to clients; empty: those of every interface.
    std::vector<std::string> addresses;
};

/// Adds a participant, or changes the one with this id. Who is in the call gets an audio input.
struct PutParticipant {
    static constexpr const char* kType = "put_participant";
    std::string userId;
    std::string name;
    bool audioMuted = false;
    bool videoMuted = false;
    /// Shares a screen: its picture comes on the leg's second video line.
    bool screen = false;
    /// Gain of this participant's sound in the mix, 0 to 2.
    double volume = 1.0;
    /// `host`, `participant` or `viewer`; a viewer is neither heard nor shown.
    std::string role = "participant";
    /// Care for a device that cannot afford its own.
    bool noiseSuppression = false;
    bool autoGain = false;

    bool isViewer() const { return role == "viewer"; }
};

/// Takes a participant out and closes his legs with `reason`.
struct RemoveParticipant {
    static constexpr const char* kType = "remove_participant";
    std::string userId;
    std::string reason;
};

/// A client's offer. Answered by Answer or by LegClosed.
struct Offer {
    static constexpr const char* kType = "offer";
    std::string userId;
    std::string leg;
    std::string sdp;
    /// It is of somebody who watches the programme and is not in the call: `userId` need not be a
    /// participant's.
    bool watches = false;
};

/// A client's ICE candidate. Unknown legs are ignored: they may have closed meanwhile.
struct RemoteCandidate {
    static constexpr const char* kType = "remote_candidate";
    std::string leg;
    CandidateLine line;
};

/// How people stand from now on.
struct SetLayout {
    static constexpr const char* kType = "set_layout";
    Layout layout;
};

/// The canvas from now on; the rungs follow it.
struct SetCanvas {
    static constexpr const char* kType = "set_canvas";
    Canvas canvas;
};

/// What outputs show from now on.
struct SetProgramme {
    static constexpr const char* kType = "set_programme";
    Programme programme;
    /// The folder of its images, each in `ID.png`, absolute.
    std::string images;
};

/// Plays a file of sound into the mix, once, for everybody and every output. Answered by
/// SoundStatus.
struct PlaySound {
    static constexpr const char* kType = "play_sound";
    std::string id;
    /// Absolute.
    std::string path;
    /// 0 to 2.
    double volume = 1.0;
};

/// Answered by a SoundStatus of `ended`.
struct StopSound {
    static constexpr const char* kType = "stop_sound";
    std::string id;
};

/// Which encoding a participant gets.
enum class RungChoice { Auto, P1080, P720, P360, P180, Audio };

struct SetRung {
    static constexpr const char* kType = "set_rung";
    std::string userId;
    RungChoice rung = RungChoice::Auto;
};

struct CloseLeg {
    static constexpr const char* kType = "close_leg";
    std::string leg;
    std::string reason;
};

/// What a recording's files are: H.264 and AAC, or VP8 and Opus.
enum class RecordingFormat { Mp4, Webm };

/// Keeps the programme in files from the next key frame on.
struct StartRecording {
    static constexpr const char* kType = "start_recording";
    std::string id;
    RecordingFormat format = RecordingFormat::Mp4;
    /// Or sound alone.
    bool video = true;
    /// Absolute, without `.N.mp4`; its folder is made.
    std::string path;
    /// The N of the first file: others are there of before.
    int firstPart = 1;
    /// Another file begins after so long or so much; 0: never.
    int maxSeconds = 0;
    std::int64_t maxBytes = 0;
    /// Bytes that stay free on the disk.
    std::int64_t minFree = 0;
    /// Keeps what each participant sends as well, as it comes, in files of Matroska from this
    /// number on; 0: does not.
    int firstTrack = 0;
};

struct PauseRecording {
    static constexpr const char* kType = "pause_recording";
    std::string id;
};

struct ResumeRecording {
    static constexpr const char* kType = "resume_recording";
    std::string id;
};

/// Answered by RecordingEnded once the last file is closed.
struct StopRecording {
    static constexpr const char* kType = "stop_recording";
    std::string id;
};

/// How the programme leaves the call as it goes on.
enum class BroadcastKind { Hls, Rtmp, Srt, Rtsp };

/// Sends the programme out from its next key frame on. Answered by BroadcastStatus, again and
/// again.
struct StartBroadcast {
    static constexpr const char* kType = "start_broadcast";
    std::string id;
    BroadcastKind kind = BroadcastKind::Hls;
    /// Or sound alone.
    bool video = true;
    /// Where it is pushed to (RTMP, SRT); empty: others come and take it.
    std::string url = {};
    /// What encrypts SRT; empty: nothing does.
    std::string passphrase = {};
    /// HLS: the folder of its files, absolute; made if it is not there.
    std::string path = {};
    /// HLS: the numbers of the first segment and of its init file: others are there of before.
    std::int64_t firstSegment = 0;
    std::int64_t firstInit = 0;
    /// SRT and RTSP: the local address and the port at which others come and take it.
    std::string address = {};
    int port = 0;
    /// RTSP: the password that they give; empty: none is asked for.
    std::string key = {};
};

/// Answered by a BroadcastStatus of `stopped`.
struct StopBroadcast {
    static constexpr const char* kType = "stop_broadcast";
    std::string id;
};

/// Asks for a picture of the canvas as it is now. Answered by Snapshot.
struct TakeSnapshot {
    static constexpr const char* kType = "take_snapshot";
    /// Names the request in its answer.
    std::string request;
    /// Pixels, with the height that follows; a canvas that is smaller is not enlarged. 0: as it is.
    int width = 0;
};

/// Closes every leg and file and ends the process.
struct Stop {
    static constexpr const char* kType = "stop";
};

using ToCall =
    std::variant<Claim, StartCall, PutParticipant, RemoveParticipant, Offer, RemoteCandidate,
                 CloseLeg, SetLayout, SetCanvas, SetRung, TakeSnapshot, StartRecording,
                 PauseRecording, ResumeRecording, StopRecording, StartBroadcast, StopBroadcast,
                 SetProgramme, PlaySound, StopSound, Stop>;

// ---- mullion-call to mulliond ----

/// Order matters: a leg only moves forward.
enum class LegState { New, Connected, Failed };

struct LegInfo {
    std::string leg;
    std::string userId;
    LegState state = LegState::New;
};

/// Who this process is and all that it holds: the answer to Claim.
struct State {
    static constexpr const char* kType = "state";
    int protocol = kProtocol;
    int pid = 0;
    /// The kernel's boot id: a pid of another boot is somebody else's.
    std::string bootId;
    /// Empty while the process is a spare.
    std::string callId;
    int generation = 0;
    std::vector<std::string> participants;
    std::vector<LegInfo> legs;
    /// Of those who watch and are not in the call.
    std::vector<LegInfo> watching = {};
    Canvas canvas;
    LayoutMode mode = LayoutMode::Grid;
    std::vector<Tile> tiles;
    /// Ids of the recordings and of the broadcasts that go on.
    std::vector<std::string> recordings;
    std::vector<std::string> broadcasts;
};

struct Answer {
    static constexpr const char* kType = "answer";
    std::string leg;
    std::string sdp;
};

struct LocalCandidate {
    static constexpr const char* kType = "local_candidate";
    std::string leg;
    CandidateLine line;
};

struct LegStateChanged {
    static constexpr const char* kType = "leg_state";
    std::string leg;
    std::string userId;
    LegState state = LegState::New;
};

/// A leg is gone. `code` is a code of the API where the offer was refused, else empty.
struct LegClosed {
    static constexpr const char* kType = "leg_closed";
    std::string leg;
    std::string userId;
    /// `replaced`, `left`, `timeout`, `failed`, `refused`, `ended`.
    std::string reason;
    std::string code;
    std::string message;
};

struct LayoutChanged {
    static constexpr const char* kType = "layout";
    Canvas canvas;
    LayoutMode mode = LayoutMode::Grid;
    std::vector<Tile> tiles;
    bool operator==(const LayoutChanged&) const = default;
};

/// What a client should send at most, because no more of it is shown.
struct Constraints {
    static constexpr const char* kType = "constraints";
    std::string leg;
    std::string userId;
    PictureSource source = PictureSource::Camera;
    int maxWidth = 0;
    int maxHeight = 0;
    int maxFps = 0;
    int maxBitrate = 0;
    bool operator==(const Constraints&) const = default;
};

/// How one direction of a leg does, over the last second. Numbers that are not known are 0.
struct Direction {
    double rttSeconds = 0;
    double jitterSeconds = 0;
    /// The part of the packets that was lost, 0 to 1.
    double loss = 0;
    int bitrate = 0;
    /// How well sound gets through: a mean opinion score by the E-model (ITU-T G.107), 1 to 4.5.
    double mos = 0;
};

/// One leg over the last second; counts are since it began.
struct LegFigures {
    std::string leg;
    std::string userId;
    /// From the client and to it.
    Direction up;
    Direction down;
    /// What it gets: a height such as `720p`, or `audio`.
    std::string rung;
    /// `VP8` or `H264`; empty without a picture.
    std::string codec;
    int framesDecoded = 0;
    /// Decoded, but never shown: they came in a burst, or too late.
    int framesDropped = 0;
    /// Key frames that the client asked for.
    int keyFramesAsked = 0;
    /// Of the participant's sound, dB below full scale.
    double audioLevelDb = -120;
};

/// The call's figures, once a second.
struct Figures {
    static constexpr const char* kType = "figures";
    std::vector<LegFigures> legs;
    /// Rungs that are being encoded.
    int encoders = 0;
    /// Canvases that were painted, and encoded by all rungs, since the process began.
    std::int64_t framesPainted = 0;
    std::int64_t framesEncoded = 0;
    /// CPU seconds of the process since it began.
    double cpuSeconds = 0;
};

/// Who speaks; empty: nobody for a while.
struct SpeakerChanged {
    static constexpr const char* kType = "speaker";
    std::string userId;
};

/// A file of a recording was begun, or is closed.
struct RecordingPart {
    static constexpr const char* kType = "recording_part";
    std::string id;
    int index = 0;
    std::string path;
    bool closed = false;
    std::int64_t bytes = 0;
    std::int64_t durationMs = 0;
};

/// How a recording goes, once a second while it does.
struct RecordingFigures {
    static constexpr const char* kType = "recording_figures";
    std::string id;
    /// Of all files of this process' making.
    std::int64_t bytes = 0;
    /// bit/s.
    int bitrate = 0;
};

/// What of a participant a track is.
enum class TrackSource { Sound, Camera, Screen };

/// A file of what a participant sends, of a recording that keeps tracks, was begun or is closed.
struct TrackPart {
    static constexpr const char* kType = "track_part";
    std::string id;
    int index = 0;
    std::string userId;
    TrackSource source = TrackSource::Sound;
    bool closed = false;
    std::int64_t bytes = 0;
    std::int64_t durationMs = 0;
    /// When its first frame was heard or seen in the mix, in ms since 1970.
    std::int64_t startedAtMs = 0;
};

/// No file of it is open any more.
struct RecordingEnded {
    static constexpr const char* kType = "recording_ended";
    std::string id;
    /// A code of the API where it failed, else empty.
    std::string code;
    std::string message;
};

/// `starting ▸ live ⇄ retrying`, and from each of them `failed` or `stopped`, which are the end.
enum class BroadcastState { Starting, Live, Retrying, Failed, Stopped };

/// How a broadcast does: told when that changes, and its figures once a second while they do.
struct BroadcastStatus {
    static constexpr const char* kType = "broadcast_status";
    std::string id;
    BroadcastState state = BroadcastState::Starting;
    /// Those who take it; of HLS nobody here knows.
    int viewers = 0;
    /// What goes out to each of them, bit/s.
    int bitrate = 0;
    /// Why it failed or is tried again: a code of the API, and words. Else empty.
    std::string code = {};
    std::string message = {};
    bool operator==(const BroadcastStatus&) const = default;
};

/// More of a broadcast by HLS is there.
struct BroadcastPart {
    static constexpr const char* kType = "broadcast_part";
    std::string id;
    HlsPart part;
};

/// `playing ▸ ended`, or `failed` at any time.
enum class SoundState { Playing, Ended, Failed };

/// How a file of sound does that was to be played.
struct SoundStatus {
    static constexpr const char* kType = "sound_status";
    std::string id;
    SoundState state = SoundState::Playing;
    /// Of the file; 0 where it is not known.
    std::int64_t durationMs = 0;
    /// Why it failed: a code of the API, and words. Else empty.
    std::string code = {};
    std::string message = {};
};

/// A picture of the canvas. Its JPEG is not in the line: it comes along as a sealed file
/// (sealed_file.h) of at most kMaxSnapshot bytes.
struct Snapshot {
    static constexpr const char* kType = "snapshot";
    std::string request;
    /// Why there is none, and no file either; empty where there is one.
    std::string failure = {};
    /// What the receiver has read from the file; null in the line.
    std::shared_ptr<const std::string> jpeg = {};
};

/// Far more than a canvas of 1920×1080 takes, of noise too.
inline constexpr std::size_t kMaxSnapshot = std::size_t{8} << 20;

using FromCall =
    std::variant<State, Answer, LocalCandidate, LegStateChanged, LegClosed, LayoutChanged,
                 Constraints, SpeakerChanged, Figures, Snapshot, RecordingPart, RecordingFigures,
                 TrackPart, RecordingEnded, BroadcastStatus, BroadcastPart, SoundStatus>;

/// The message as one JSON object with its `type`.
Json encode(const ToCall& message);
Json encode(const FromCall& message);

/// The reverse. @return BadRequest for an unknown type, a missing or unknown field, or a wrong
/// type or range.
Result<ToCall> decodeToCall(const Json& json);
Result<FromCall> decodeFromCall(const Json& json);

/// `{leg, user_id, up, down, rung, codec, …}` as the interface has it.
Json toJson(const LegFigures& figures);
Json toJson(const Direction& direction);

/// The words of the interface for each.
const char* name(LegState state);
const char* name(RungChoice rung);
const char* name(RecordingFormat format);
const char* name(TrackSource source);
const char* name(BroadcastKind kind);
const char* name(BroadcastState state);
std::optional<BroadcastKind> broadcastKindFromName(std::string_view name);
std::optional<BroadcastState> broadcastStateFromName(std::string_view name);
std::optional<TrackSource> trackSourceFromName(std::string_view name);
std::optional<RecordingFormat> recordingFormatFromName(std::string_view name);
std::optional<RungChoice> rungFromName(std::string_view name);

} // namespace mullion::wire
