#pragma once

#include <cstdint>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <nice/agent.h>

#include "pipelines/gst/element.h"
#include "pipelines/leg/packet_history.h"
#include "pipelines/leg/packet_socket.h"
#include "pipelines/leg/packet_writer.h"
#include "pipelines/leg/vp8_packetizer.h"
#include "pipelines/sdp/offer.h"
#include "src/base/main_loop.h"

namespace mullion {

/// The way out of a leg's RTP, past most of webrtcbin. A frame is cut into packets here (H.264 by
/// and sound by their payloaders), kept for who asks for them again, numbered, encrypted and sent
/// by the socket that ICE has chosen. A few times a second a small token goes through rtpbin, whose
/// sender reports go by it and get the counts of what was really sent. RTCP and DTLS go the usual
/// way, and so does all RTP where the client has agreed on another profile of SRTP.
///
///     frame ┐ payloader ▸ clocksync ▸ encoders of FEC ▸ funnel ┌▸ rtpbin ┐ srtpenc ▸ nicesink
///           │                                           token ─┘         └ (token ends)
///           └▸ packets ▸ history ▸ writer ▸ socket
class Egress : public std::enable_shared_from_this<Egress> {
public:
    /// @param agent of the webrtcbin, on which no other has chosen a pair yet.
    static std::shared_ptr<Egress> create(NiceAgent* agent);

    /// What becomes part of the webrtcbin: what is of use on the way is kept. Thread-safe.
    void attach(GstElement* element, const std::string& factory);

    /// What goes into or comes out of this payloader goes the short way, but for the first frame,
    /// which takes the events of the stream along the other: it has one segment, as rungswitch and
    /// inlets have, and DTLS has agreed on a key. Before its caps are known. Main-bound.
    void shorten(GstElement* payloader, const sdp::Media& media);

    /// What the payloader with this source sends again has that one (RFC 4588). Main-bound.
    void setRepairs(std::uint32_t ssrc, std::uint32_t repairs);

    /// Nothing is sent any more. Thread-safe.
    void stop();

    /// Bytes of media sent so far, without headers. Thread-safe.
    std::uint64_t sent() const { return sent_; }

private:
    /// Where packets go.
    struct Path {
        unsigned stream = 0;
        unsigned component = 0;
        /// None where a relay forwards them: only the agent knows how.
        std::optional<PacketSocket> socket = {};
    };

    /// What one payloader sends. GUARDED_BY(sendMutex_), but for what does not change and what only
    /// its streaming thread writes, which may read that without.
    struct Stream {
        std::uint32_t ssrc = 0;
        int transportCcExtension = 0;
        int repairsType = -1;

        std::optional<PacketWriter::Repairs> repairs = {};
        /// How many packets may be sent again: as many as were sent, so that no client can have
        /// much more sent to him than others.
        std::size_t repairsLeft = 0;
        PacketHistory history;
        /// Of the payloader's last packet, and the label of its frame: where `packetizer` goes on.
        std::optional<std::uint16_t> number = {};
        std::uint32_t timestamp = 0;
        GstClockTime label = 0;
        std::optional<Vp8Packetizer> packetizer = {};
        /// Of the frame for which rtpbin has had a token.
        GstClockTime tokenLabel = 0;
        /// For sender reports (RFC 3550, 6.4.1).
        std::uint32_t packets = 0;
        std::uint32_t octets = 0;
    };

    explicit Egress(NiceAgent* agent);
    void watch(GstPad* pad);
    void onPair(unsigned stream, unsigned component);
    void setPath(std::shared_ptr<Path> path);
    GRef<GstPad> funnel();
    bool writes();

    GstPadProbeReturn onFrame(Stream& stream, GstPadProbeInfo* info);
    GstPadProbeReturn onPayloaded(Stream& stream, GstPadProbeInfo* info);
    Vp8Packetizer::Numbers keep(Stream& stream, GstPadProbeInfo* info);
    GstFlowReturn pushToken(Stream& stream, std::uint16_t number, GstClockTime label);
    GstFlowReturn sendFrame(Stream& stream, Vp8Packetizer::Numbers numbers, GstClockTime label);
    GstPadProbeReturn onPackets(GstPadProbeInfo* info);
    GstPadProbeReturn onRequest(GstEvent* event);
    void onReport(GstPadProbeInfo* info);

    // With sendMutex_ held.
    void choose();
    void write(Stream* stream, std::span<const std::uint8_t> packet);
    void flush();
    Stream* find(std::uint32_t ssrc) const;

    GRef<NiceAgent> agent_;
    std::atomic<std::uint64_t> sent_ = 0;

    /// Held while a pair is asked for and taken over. Before mutex_.
    std::mutex pairMutex_;
    /// Held while packets are made and sent, but not while a token goes through rtpbin. Before
    /// mutex_.
    std::mutex sendMutex_;
    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    std::vector<SignalConnection> signals_ = {};
    std::vector<PadProbe> probes_ = {};
    /// The funnel's end, and who has the key.
    GRef<GstPad> funnel_ = {};
    GRef<GstElement> srtpenc_ = {};
    /// Null until ICE has chosen.
    std::shared_ptr<Path> path_ = {};
    bool isStopped_ = false;

    // GUARDED_BY(sendMutex_); whoever writes also flushes before he lets go. Null and chosen means
    // that srtpenc does it.
    bool isChosen_ = false;
    bool hasRefused_ = false;
    std::unique_ptr<PacketWriter> writer_ = {};
    std::vector<std::shared_ptr<Stream>> streams_ = {};
};

} // namespace mullion
