#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/base/json.h"
#include "src/base/result.h"

/// The messages between mulliond (the owner) and one mullion-call, a JSON object a line.
/// docs/protocol.md tells in which order they come.
namespace mullion::wire {

/// Raised when a message changes its meaning; each side refuses another number.
inline constexpr int kProtocol = 2;

/// The longest line: an offer of a browser has about 10 kB, a state of 50 people as much again.
inline constexpr std::size_t kMaxLine = std::size_t{1} << 20;

/// Pixels and frames a second of the composite.
struct Canvas {
    int width = 1280;
    int height = 720;
    int fps = 25;
    bool operator==(const Canvas&) const = default;
};

/// One shown picture: where on the canvas (pixels from the top left corner) whose source is.
struct Tile {
    std::string userId;
    /// `camera` or `screen`.
    std::string source = "camera";
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    bool visible = true;
    bool operator==(const Tile&) const = default;
};

/// An ICE candidate line of SDP without `a=`; an empty one ends the candidates.
struct CandidateLine {
    std::string candidate;
    std::string mid;
    int mLineIndex = 0;
};

// ---- mulliond to mullion-call ----

/// The first message of an owner; answered by State.
struct Claim {
    int protocol = kProtocol;
    /// Which mulliond: an id made at its start.
    std::string owner;
};

/// Makes the spare process the process of a call. Refused (the socket closes) if it has one.
struct StartCall {
    std::string callId;
    /// How often this call has been given a process before; names the process after a restart.
    int generation = 0;
    Canvas canvas;
    /// UDP ports that media may take, both included; 0 and 0: any.
    int minPort = 0;
    int maxPort = 0;
    /// Local addresses that are offered to clients; empty: those of every interface.
    std::vector<std::string> addresses;
};

/// Adds a participant, or changes the one with this id. Who is in the call gets an audio input.
struct PutParticipant {
    std::string userId;
    std::string name;
    bool audioMuted = false;
    bool videoMuted = false;
    /// Gain of this participant's sound in the mix, 0 to 2.
    double volume = 1.0;
    /// `host`, `participant` or `viewer`; a viewer is neither heard nor shown.
    std::string role = "participant";

    bool isViewer() const { return role == "viewer"; }
};

/// Takes a participant out and closes his legs with `reason`.
struct RemoveParticipant {
    std::string userId;
    std::string reason;
};

/// A client's offer. Answered by Answer or by LegClosed.
struct Offer {
    std::string userId;
    std::string leg;
    std::string sdp;
};

/// A client's ICE candidate. Unknown legs are ignored: they may have closed meanwhile.
struct RemoteCandidate {
    std::string leg;
    CandidateLine line;
};

struct CloseLeg {
    std::string leg;
    std::string reason;
};

/// Closes every leg and ends the process.
struct Stop {};

using ToCall = std::variant<Claim, StartCall, PutParticipant, RemoveParticipant, Offer,
                            RemoteCandidate, CloseLeg, Stop>;

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
    int protocol = kProtocol;
    int pid = 0;
    /// The kernel's boot id: a pid of another boot is somebody else's.
    std::string bootId;
    /// Empty while the process is a spare.
    std::string callId;
    int generation = 0;
    std::vector<std::string> participants;
    std::vector<LegInfo> legs;
    Canvas canvas;
    std::string mode = "grid";
    std::vector<Tile> tiles;
};

struct Answer {
    std::string leg;
    std::string sdp;
};

struct LocalCandidate {
    std::string leg;
    CandidateLine line;
};

struct LegStateChanged {
    std::string leg;
    std::string userId;
    LegState state = LegState::New;
};

/// A leg is gone. `code` is a code of the API where the offer was refused, else empty.
struct LegClosed {
    std::string leg;
    std::string userId;
    /// `replaced`, `left`, `timeout`, `failed`, `refused`, `ended`.
    std::string reason;
    std::string code;
    std::string message;
};

struct LayoutChanged {
    Canvas canvas;
    std::string mode = "grid";
    std::vector<Tile> tiles;
};

/// What a client should send at most, because no more of it is shown.
struct Constraints {
    std::string leg;
    std::string userId;
    std::string source = "camera";
    int maxWidth = 0;
    int maxHeight = 0;
    int maxFps = 0;
    int maxBitrate = 0;
};

using FromCall = std::variant<State, Answer, LocalCandidate, LegStateChanged, LegClosed,
                              LayoutChanged, Constraints>;

/// The message as one JSON object with its `type`.
Json encode(const ToCall& message);
Json encode(const FromCall& message);

/// The reverse. @return BadRequest for an unknown type, a missing or unknown field, or a wrong
/// type or range.
Result<ToCall> decodeToCall(const Json& json);
Result<FromCall> decodeFromCall(const Json& json);

Json toJson(const Canvas& canvas);
Json toJson(const Tile& tile);
const char* name(LegState state);

} // namespace mullion::wire
