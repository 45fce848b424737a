// DESIGN
//
// Parsing keeps a strict order: the text becomes a GstSDPMessage, each m-line becomes a Media with
// the values that we use, everything else is forgotten. narrowed() writes a new offer from those
// values, so that no byte of the client's text reaches webrtcbin unseen. Values that are written
// again (mid, ufrag, password, ssrc lines) are checked for their alphabet on the way in.
#include "pipelines/sdp/offer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

#include <gst/sdp/sdp.h>

#include "pipelines/sdp/candidate.h"
#include "src/base/gref.h"

namespace mullion::sdp {

namespace {

/// A browser offers 5 to 15 kB.
constexpr std::size_t kMaxText = 64 * 1024;
constexpr unsigned kMaxLines = 32;
constexpr std::size_t kMaxCandidates = 64;
constexpr std::size_t kMaxSsrcs = 8;
constexpr const char* kMidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";
constexpr const char* kTransportCcUri =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
constexpr std::array<std::pair<const char*, std::size_t>, 3> kHashes = {
    {{"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}}};

using MessagePtr = GPtr<GstSDPMessage, gst_sdp_message_free>;

Error wrong(std::string message) {
    return Error{ErrorCode::BadRequest, std::move(message), "sdp"};
}

bool isToken(const std::string& text, std::size_t min, std::size_t max, const char* extra) {
    return text.size() >= min && text.size() <= max &&
           std::all_of(text.begin(), text.end(), [extra](unsigned char c) {
               return c < 0x80 && (std::isalnum(c) || (c != 0 && std::strchr(extra, c)));
           });
}

bool isMid(const std::string& text) {
    return isToken(text, 1, 32, "-_.+");
}

/// Values that are written again as they are: printable ASCII on one line.
bool isPlain(const std::string& text) {
    return text.size() <= 256 && std::all_of(text.begin(), text.end(),
                                             [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

std::string attribute(const GstSDPMessage* message, const GstSDPMedia* media, const char* key) {
    const char* value = gst_sdp_media_get_attribute_val(media, key);
    if (!value) value = gst_sdp_message_get_attribute_val(message, key);
    return value ? value : "";
}

std::vector<std::string> attributes(const GstSDPMedia* media, const char* key) {
    std::vector<std::string> values;
    for (unsigned i = 0; i < gst_sdp_media_attributes_len(media); ++i) {
        const GstSDPAttribute* entry = gst_sdp_media_get_attribute(media, i);
        if (std::strcmp(entry->key, key) == 0) values.emplace_back(entry->value ?: "");
    }
    return values;
}

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> result;
    for (std::string word; stream >> word;)
        result.push_back(word);
    return result;
}

/// A payload type or extension id at the start of an attribute's value, or -1.
int leadingNumber(const std::string& text, int max) {
    char* end = nullptr;
    const long number = std::strtol(text.c_str(), &end, 10);
    return end == text.c_str() || number < 0 || number > max ? -1 : static_cast<int>(number);
}

bool equalsIgnoringCase(const std::string& a, const std::string& b) {
    return g_ascii_strcasecmp(a.c_str(), b.c_str()) == 0;
}

Result<Fingerprint> parseFingerprint(const std::string& text) {
    const auto parts = words(text);
    if (parts.size() != 2) return wrong("a=fingerprint needs a hash and its value");
    Fingerprint fingerprint{parts[0], parts[1]};
    std::transform(fingerprint.algorithm.begin(), fingerprint.algorithm.end(),
                   fingerprint.algorithm.begin(), ::tolower);
    std::transform(fingerprint.value.begin(), fingerprint.value.end(), fingerprint.value.begin(),
                   ::toupper);
    const auto hash = std::find_if(kHashes.begin(), kHashes.end(), [&](const auto& known) {
        return fingerprint.algorithm == known.first;
    });
    if (hash == kHashes.end()) return wrong("a=fingerprint must be sha-256, sha-384 or sha-512");
    if (fingerprint.value.size() != hash->second * 3 - 1)
        return wrong("a=fingerprint has the wrong length");
    for (std::size_t i = 0; i < fingerprint.value.size(); ++i) {
        const char c = fingerprint.value[i];
        if (i % 3 == 2 ? c != ':' : !std::isxdigit(static_cast<unsigned char>(c)))
            return wrong("a=fingerprint is not hexadecimal");
    }
    return fingerprint;
}

/// The value of `key` in the parameters of a payload type, `a=1;b=2`; empty where it is not there.
std::string parameter(const std::string& parameters, const std::string& key) {
    std::istringstream stream(parameters);
    for (std::string entry; std::getline(stream, entry, ';');) {
        entry.erase(0, entry.find_first_not_of(' '));
        const auto equals = entry.find('=');
        if (equals != std::string::npos && equalsIgnoringCase(entry.substr(0, equals), key))
            return entry.substr(equals + 1);
    }
    return {};
}

/// H.264 as every WebRTC client has to take it: constrained baseline with packetization mode 1
/// (RFC 7742 section 6.2, RFC 6184 section 8.1). Baseline without the constraint bit is as good for
/// what we send, since its profile says the more that may come.
bool isOurH264(const std::string& parameters) {
    const std::string profile = parameter(parameters, "profile-level-id");
    return parameter(parameters, "packetization-mode") == "1" && profile.size() == 6 &&
           std::all_of(profile.begin(), profile.end(),
                       [](unsigned char c) { return std::isxdigit(c); }) &&
           g_ascii_strncasecmp(profile.c_str(), "42", 2) == 0;
}

/// The payload type that the client likes best of those we speak, and that of its retransmissions.
void chooseCodec(const GstSDPMedia* source, Media* media) {
    std::map<int, std::string> codecs;
    std::map<int, std::string> parameters;
    for (const auto& map : attributes(source, "rtpmap")) {
        const auto parts = words(map);
        const int payload = leadingNumber(map, 127);
        if (parts.size() == 2 && payload >= 0) codecs.emplace(payload, parts[1]);
    }
    for (const auto& format : attributes(source, "fmtp")) {
        const auto space = format.find(' ');
        const int payload = leadingNumber(format, 127);
        if (payload >= 0 && space != std::string::npos)
            parameters.emplace(payload, format.substr(space + 1));
    }
    const bool isVideo = media->kind == "video";
    std::set<int> offered;
    // Their order in the m-line is the client's preference (RFC 3264 section 6.1).
    for (const auto& format : words(media->formats)) {
        const int payload = leadingNumber(format, 127);
        offered.insert(payload);
        if (media->payload >= 0) continue;
        const std::string& codec = codecs[payload];
        if (!isVideo && equalsIgnoringCase(codec, "opus/48000/2")) {
            media->payload = payload;
        } else if (isVideo && equalsIgnoringCase(codec, "VP8/90000")) {
            media->payload = payload;
        } else if (isVideo && equalsIgnoringCase(codec, "H264/90000") &&
                   isOurH264(parameters[payload])) {
            media->payload = payload;
            media->codec = VideoCodec::H264;
            media->profile = parameter(parameters[payload], "profile-level-id");
        }
    }
    for (const auto& [payload, text] : parameters)
        if (parameter(text, "apt") == std::to_string(media->payload) && offered.contains(payload) &&
            payload != media->payload)
            media->rtxPayload = payload;
}

void chooseExtensions(const GstSDPMedia* source, Media* media) {
    for (const auto& map : attributes(source, "extmap")) {
        const auto parts = words(map);
        const int id = leadingNumber(map, 14);
        if (parts.size() < 2 || id < 1) continue;
        if (parts[1] == kMidUri) media->midExtension = id;
        if (parts[1] == kTransportCcUri) media->transportCcExtension = id;
    }
}

Result<void> chooseSsrcs(const GstSDPMedia* source, Media* media) {
    std::set<std::string> seen;
    for (const auto& line : attributes(source, "ssrc")) {
        const auto parts = words(line);
        // One line a source is enough: the CNAME ties sound and picture together.
        if (parts.size() < 2 || !parts[1].starts_with("cname:")) continue;
        char* end = nullptr;
        const unsigned long long number = std::strtoull(parts[0].c_str(), &end, 10);
        if (*end != '\0' || number == 0 || number > UINT32_MAX || !isPlain(line))
            return wrong("a=ssrc is malformed");
        if (seen.insert(parts[0]).second) media->ssrcs.push_back(parts[0] + ' ' + parts[1]);
    }
    for (const auto& line : attributes(source, "ssrc-group")) {
        const auto parts = words(line);
        if (parts.size() != 3 || parts[0] != "FID") continue;
        if (!seen.contains(parts[1]) || !seen.contains(parts[2])) continue;
        media->ssrcGroups.push_back("FID " + parts[1] + ' ' + parts[2]);
    }
    if (media->ssrcs.size() > kMaxSsrcs) return wrong("too many a=ssrc lines");
    return {};
}

void readDirection(const GstSDPMessage* message, const GstSDPMedia* source, Media* media) {
    media->sends = media->receives = true;
    const auto has = [&](const char* name) {
        return gst_sdp_media_get_attribute_val(source, name) ||
               (!gst_sdp_media_get_attribute_val(source, "sendrecv") &&
                gst_sdp_message_get_attribute_val(message, name));
    };
    if (has("sendonly") || has("inactive")) media->receives = false;
    if (has("recvonly") || has("inactive")) media->sends = false;
}

Result<std::set<std::string>> readBundle(const GstSDPMessage* message) {
    std::set<std::string> bundled;
    for (unsigned i = 0; i < gst_sdp_message_attributes_len(message); ++i) {
        const GstSDPAttribute* attribute = gst_sdp_message_get_attribute(message, i);
        if (std::strcmp(attribute->key, "group") != 0) continue;
        const auto parts = words(attribute->value ?: "");
        if (parts.empty() || parts[0] != "BUNDLE") continue;
        if (!bundled.empty()) return wrong("more than one BUNDLE group");
        for (std::size_t part = 1; part < parts.size(); ++part)
            if (!bundled.insert(parts[part]).second)
                return wrong("BUNDLE names " + parts[part].substr(0, 32) + " twice");
    }
    return bundled;
}

/// What may stand only once in a BUNDLE, where all lines share one transport.
class Bundled {
public:
    /// Payload types mean one codec each (RFC 8843 section 10.1.1) and are dynamic ones (RFC 5761
    /// section 4); extensions have one id each; no two lines send from one source.
    Result<void> add(Media* media) {
        for (const auto& [payload, codec] :
             {std::pair{media->payload,
                        media->kind == "video" ? std::string(name(media->codec)) : media->kind},
              std::pair{media->rtxPayload, kRtx}}) {
            if (payload < 0) continue;
            if (!((payload >= 35 && payload <= 63) || (payload >= 96 && payload <= 127)))
                return wrong("payload type " + std::to_string(payload) + " is not a dynamic one");
            if (const auto [known, isNew] = codecs_.emplace(payload, codec);
                !isNew && known->second != codec)
                return wrong("payload type " + std::to_string(payload) + " means two codecs");
        }
        for (const auto& [id, uri] : {std::pair{&media->midExtension, kMidUri},
                                      std::pair{&media->transportCcExtension, kTransportCcUri}}) {
            if (*id == 0) continue;
            // An id with two meanings cannot be answered; the line does without.
            if (const auto [known, isNew] = extensions_.emplace(*id, uri);
                !isNew && known->second != uri)
                *id = 0;
        }
        for (const std::string& ssrc : media->ssrcs)
            if (!sources_.insert(words(ssrc)[0]).second)
                return wrong("two lines send from one a=ssrc");
        return {};
    }

private:
    inline static const std::string kRtx = "rtx";

    std::map<int, std::string> codecs_;
    std::map<int, std::string> extensions_;
    std::set<std::string> sources_;
};

Result<std::vector<std::string>> mediaSections(const std::string& text) {
    std::vector<std::string> sections;
    std::istringstream stream(text);
    std::string section;
    for (std::string line; std::getline(stream, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.starts_with("m=")) {
            sections.push_back(section);
            section.clear();
        }
        if (!line.empty()) section += line + "\r\n";
    }
    sections.push_back(section);
    return sections;
}

/// A section of webrtcbin's answer with the parameters that H.264 needs: 1.22 loses the profile
/// where it intersects formats (fixed in 1.28.0, 5d9abea64c).
std::string withParameters(const std::string& section, const Media& media) {
    if (media.kind != "video" || media.codec != VideoCodec::H264) return section;
    const std::string begin = "a=fmtp:" + std::to_string(media.payload) + ' ';
    std::istringstream stream(section);
    std::string text;
    for (std::string line; std::getline(stream, line);)
        if (!line.starts_with(begin)) text += line + '\n';
    return text + begin + media.h264Parameters() + "\r\n";
}

} // namespace

Result<Offer> Offer::parse(const std::string& text) {
    if (text.size() > kMaxText) return Error{ErrorCode::TooLarge, "the SDP is too long", "sdp"};
    if (text.find('\0') != std::string::npos || !g_utf8_validate(text.c_str(), -1, nullptr))
        return wrong("the SDP is not UTF-8 text");
    if (!text.starts_with("v=0")) return wrong("the SDP does not start with v=0");

    GstSDPMessage* raw = nullptr;
    gst_sdp_message_new(&raw);
    const MessagePtr message(raw);
    if (gst_sdp_message_parse_buffer(reinterpret_cast<const guint8*>(text.data()),
                                     static_cast<guint>(text.size()), raw) != GST_SDP_OK)
        return wrong("the SDP cannot be parsed");
    const unsigned lines = gst_sdp_message_medias_len(raw);
    if (lines == 0) return wrong("the SDP has no m-line");
    if (lines > kMaxLines) return Error{ErrorCode::TooLarge, "the SDP has too many m-lines", "sdp"};

    Offer offer;
    const std::set<std::string> bundled = TRY(readBundle(raw));
    std::set<std::string> mids;
    Bundled numbers;
    int cameras = 0;
    for (unsigned i = 0; i < lines; ++i) {
        const GstSDPMedia* source = gst_sdp_message_get_media(raw, i);
        Media media;
        media.kind = gst_sdp_media_get_media(source) ?: "";
        media.protocol = gst_sdp_media_get_proto(source) ?: "";
        for (unsigned f = 0; f < gst_sdp_media_formats_len(source); ++f)
            media.formats += (f ? " " : "") + std::string(gst_sdp_media_get_format(source, f));
        if (!isToken(media.kind, 1, 32, "-") || !isToken(media.protocol, 1, 32, "/-") ||
            media.formats.empty() || !isPlain(media.formats.substr(0, 256)) ||
            media.formats.size() > 1024)
            return wrong("an m-line is malformed");
        const char* mid = gst_sdp_media_get_attribute_val(source, "mid");
        media.mid = mid ? mid : "";
        if (!isMid(media.mid)) return wrong("every m-line needs an a=mid");
        if (!mids.insert(media.mid).second) return wrong("two m-lines have the a=mid " + media.mid);

        const bool isVideo = media.kind == "video";
        // Port 0 means rejected, unless the line leans on another's transport (RFC 9143 section 6).
        const bool alive = gst_sdp_media_get_port(source) != 0 ||
                           gst_sdp_media_get_attribute_val(source, "bundle-only");
        const bool wanted =
            alive && (media.kind == "audio" ? !offer.find(Role::Audio) : isVideo && cameras < 2);
        if (!wanted) {
            offer.media_.push_back(std::move(media));
            continue;
        }
        if (media.protocol != "UDP/TLS/RTP/SAVPF" && media.protocol != "TCP/TLS/RTP/SAVPF")
            return wrong("media needs UDP/TLS/RTP/SAVPF, not " + media.protocol);
        if (!bundled.contains(media.mid))
            return wrong("a=group:BUNDLE does not name the line with a=mid:" + media.mid);
        if (!gst_sdp_media_get_attribute_val(source, "rtcp-mux"))
            return wrong("a=rtcp-mux is missing");

        media.role = !isVideo ? Role::Audio : cameras == 0 ? Role::Camera : Role::Screen;
        cameras += isVideo;
        chooseCodec(source, &media);
        if (media.payload < 0)
            return Error{ErrorCode::UnsupportedMedia,
                         isVideo ? "a video line needs VP8, or H264 with packetization-mode=1 in "
                                   "(constrained) baseline"
                                 : "the audio line needs Opus",
                         "sdp"};
        chooseExtensions(source, &media);
        TRY(chooseSsrcs(source, &media));
        readDirection(raw, source, &media);
        if (media.role == Role::Screen) media.receives = false;
        if (!media.sends && !media.receives) {
            // An inactive line ends all bundled ones when a late packet comes (webrtcbin 1.22).
            media.role = Role::Refused;
            offer.media_.push_back(std::move(media));
            continue;
        }

        TRY(numbers.add(&media));

        const std::string ufrag = attribute(raw, source, "ice-ufrag");
        const std::string password = attribute(raw, source, "ice-pwd");
        const std::string setup = attribute(raw, source, "setup");
        if (!isToken(ufrag, 4, 256, "+/-_=") || !isToken(password, 22, 256, "+/-_="))
            return wrong("a=ice-ufrag or a=ice-pwd is missing or malformed");
        if (setup != "actpass" && setup != "active" && setup != "passive")
            return wrong("a=setup must be actpass, active or passive");
        std::vector<Fingerprint> fingerprints;
        auto values = attributes(source, "fingerprint");
        if (values.empty()) values.push_back(attribute(raw, source, "fingerprint"));
        for (const auto& value : values)
            fingerprints.push_back(TRY(parseFingerprint(value)));
        if (offer.fingerprints_.empty()) {
            offer.ufrag_ = ufrag;
            offer.password_ = password;
            offer.setup_ = setup;
            offer.fingerprints_ = std::move(fingerprints);
        } else if (offer.ufrag_ != ufrag) {
            // A transport a line, for servers that do not BUNDLE (RFC 8829 section 4.1.1); browsers
            // never do it, aiortc always. The answer makes it use the first one's for all.
            offer.media_.push_back(std::move(media));
            continue;
        } else if (offer.fingerprints_ != fingerprints || offer.password_ != password ||
                   offer.setup_ != setup) {
            return wrong("lines of one a=ice-ufrag differ in their fingerprint, password or setup");
        }

        for (const auto& value : attributes(source, "candidate")) {
            if (offer.candidates_.size() >= kMaxCandidates) break;
            const auto candidate = TRY(checkCandidate("candidate:" + value));
            if (candidate) offer.candidates_.push_back({*candidate, media.mid, 0});
        }
        offer.media_.push_back(std::move(media));
    }
    for (const std::string& mid : bundled)
        if (!mids.contains(mid)) return wrong("BUNDLE names an unknown line");
    if (offer.accepted().empty()) return wrong("the offer has neither sound nor picture");
    return offer;
}

std::string Media::h264Parameters() const {
    return "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=" + profile;
}

std::vector<const Media*> Offer::accepted() const {
    std::vector<const Media*> result;
    for (const Media& media : media_)
        if (media.role != Role::Refused) result.push_back(&media);
    return result;
}

const Media* Offer::find(Role role) const {
    const auto found = std::find_if(media_.begin(), media_.end(),
                                    [role](const Media& media) { return media.role == role; });
    return found == media_.end() ? nullptr : &*found;
}

std::string Offer::narrowed() const {
    std::ostringstream text;
    text << "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE";
    for (const Media* media : accepted())
        text << ' ' << media->mid;
    text << "\r\na=ice-options:trickle\r\n";
    for (const Media* media : accepted()) {
        const bool isAudio = media->role == Role::Audio;
        const bool hasRtx = !isAudio && media->rtxPayload >= 0;
        text << "m=" << media->kind << " 9 UDP/TLS/RTP/SAVPF " << media->payload;
        if (hasRtx) text << ' ' << media->rtxPayload;
        text << "\r\nc=IN IP4 0.0.0.0\r\na=mid:" << media->mid << "\r\na=rtcp-mux\r\n"
             << "a=ice-ufrag:" << ufrag_ << "\r\na=ice-pwd:" << password_ << "\r\n"
             << "a=setup:" << setup_ << "\r\n";
        for (const Fingerprint& fingerprint : fingerprints_)
            text << "a=fingerprint:" << fingerprint.algorithm << ' ' << fingerprint.value << "\r\n";
        text << (media->sends && media->receives ? "a=sendrecv"
                 : media->sends                  ? "a=sendonly"
                 : media->receives               ? "a=recvonly"
                                                 : "a=inactive")
             << "\r\na=rtpmap:" << media->payload << ' '
             << (isAudio ? "opus/48000" : name(media->codec)) << (isAudio ? "/2" : "/90000")
             << "\r\n";
        if (!isAudio && media->codec == VideoCodec::H264)
            text << "a=fmtp:" << media->payload << ' ' << media->h264Parameters() << "\r\n";
        if (isAudio) text << "a=fmtp:" << media->payload << " minptime=10;useinbandfec=1\r\n";
        if (!isAudio)
            for (const char* feedback : {"nack", "nack pli", "ccm fir"})
                text << "a=rtcp-fb:" << media->payload << ' ' << feedback << "\r\n";
        if (media->transportCcExtension)
            text << "a=rtcp-fb:" << media->payload
                 << " transport-cc\r\na=extmap:" << media->transportCcExtension << ' '
                 << kTransportCcUri << "\r\n";
        if (media->midExtension)
            text << "a=extmap:" << media->midExtension << ' ' << kMidUri << "\r\n";
        if (hasRtx)
            text << "a=rtpmap:" << media->rtxPayload << " rtx/90000\r\na=fmtp:" << media->rtxPayload
                 << " apt=" << media->payload << "\r\n";
        for (const auto& group : media->ssrcGroups)
            text << "a=ssrc-group:" << group << "\r\n";
        for (const auto& ssrc : media->ssrcs)
            text << "a=ssrc:" << ssrc << "\r\n";
    }
    return text.str();
}

Result<std::string> Offer::completeAnswer(const std::string& answer) const {
    auto sections = TRY(mediaSections(answer));
    if (sections.size() != accepted().size() + 1)
        return Error{ErrorCode::Internal, "the answer has another number of m-lines"};
    std::string text = sections[0];
    if (text.find("a=ice-options:") == std::string::npos) text += "a=ice-options:trickle\r\n";
    std::size_t next = 1;
    for (const Media& media : media_) {
        if (media.role != Role::Refused) {
            text += withParameters(sections[next++], media);
            // One stream for both lines: browsers play sound and picture of one stream in step.
            if (media.receives) text += "a=msid:mullion " + media.kind + "\r\n";
            continue;
        }
        text += "m=" + media.kind + " 0 " + media.protocol + ' ' + media.formats +
                "\r\nc=IN IP4 0.0.0.0\r\na=mid:" + media.mid + "\r\na=inactive\r\n";
    }
    return text;
}

} // namespace mullion::sdp
