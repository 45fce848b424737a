#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipelines/codec.h"
#include "src/base/result.h"
#include "src/wire/messages.h"

namespace mullion::sdp {

/// A hash of a certificate as SDP writes it (RFC 8122), e.g. `sha-256` and `AB:CD:…` in upper case.
struct Fingerprint {
    std::string algorithm;
    std::string value;
    bool operator==(const Fingerprint&) const = default;
};

/// What an m-line of an offer is to the call.
enum class Role {
    Audio,
    Camera,
    Screen,
    /// Answered with port 0: data channels, further lines, lines that the client rejected itself.
    Refused,
};

/// One m-line of an offer, reduced to what the call uses.
struct Media {
    Role role = Role::Refused;
    std::string mid;
    /// What the client would do with the line: whether it sends and whether it receives.
    bool sends = false;
    bool receives = false;
    /// Of a picture.
    VideoCodec codec = VideoCodec::Vp8;
    /// The profile-level-id of H.264, six hexadecimal digits.
    std::string profile = {};
    int payload = -1;
    /// The payload type of retransmissions of `payload` (RFC 4588), or -1.
    int rtxPayload = -1;
    /// Identifiers of the header extensions that we speak, or 0.
    int midExtension = 0;
    int transportCcExtension = 0;
    /// The `m=` line as offered, to be answered with port 0 where the role is Refused.
    std::string kind;
    std::string protocol;
    std::string formats;
    /// `a=ssrc` and `a=ssrc-group` values that tell the streams apart.
    std::vector<std::string> ssrcs;
    std::vector<std::string> ssrcGroups;

    /// The `a=fmtp` value for H.264, of offer and answer alike.
    std::string h264Parameters() const;
};

/// A client's offer that has been checked: webrtcbin never sees what the client wrote, only what
/// narrowed() makes of it. (A bad BUNDLE line aborts webrtcbin's process, gstreamer 1.24.8.)
class Offer {
public:
    /// Checks `text` (RFC 8866, RFC 8829).
    /// @return BadRequest for what breaks the protocol, UnsupportedMedia where there is no Opus in
    /// the audio line or neither VP8 nor H.264 in a video line, TooLarge for more lines than a
    /// browser sends.
    static Result<Offer> parse(const std::string& text);

    /// The same offer with nothing in it but the lines, codecs and extensions that we take; the
    /// accepted m-lines keep their order, so line n of it is accepted()[n].
    std::string narrowed() const;

    /// The answer for the client: webrtcbin's answer to narrowed() with the refused lines put back
    /// where the client had them. @return Internal where the answer does not fit the offer.
    Result<std::string> completeAnswer(const std::string& answer) const;

    /// The m-lines that are not refused, in order.
    std::vector<const Media*> accepted() const;
    const Media* find(Role role) const;

    /// The m-line's number in the client's offer.
    int offeredIndex(const Media& media) const { return static_cast<int>(&media - media_.data()); }

    const std::vector<Fingerprint>& fingerprints() const { return fingerprints_; }

    /// Candidates that the offer already holds.
    const std::vector<wire::CandidateLine>& candidates() const { return candidates_; }

private:
    std::vector<Media> media_ = {};
    std::vector<Fingerprint> fingerprints_ = {};
    std::vector<wire::CandidateLine> candidates_ = {};
    std::string ufrag_ = {};
    std::string password_ = {};
    std::string setup_ = {};
};

} // namespace mullion::sdp
