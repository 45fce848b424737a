#pragma once

#include <cstdint>

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <nice/agent.h>

#include "pipelines/gst/element.h"
#include "pipelines/leg/packet_socket.h"
#include "pipelines/leg/srtp_cipher.h"
#include "src/base/main_loop.h"

namespace mullion {

/// The way out of a leg's RTP, past most of webrtcbin: what a payloader makes of a frame goes to
/// rtpbin at once, which keeps it for retransmission and counts it, and is taken again where it
/// would be encrypted: that is done here, and the packets leave by the socket that ICE has chosen.
/// RTCP and DTLS go the usual way, and so does RTP where the client has agreed on another profile
/// of SRTP.
///
///     payloader ┐ clocksync ▸ encoders of FEC ▸ funnel ┌▸ rtpbin ┐ srtpenc ▸ nicesink
///               └──────────────────────────────────────┘         └▸ socket
class Egress : public std::enable_shared_from_this<Egress> {
public:
    /// @param agent of the webrtcbin, on which no other has chosen a pair yet.
    static std::shared_ptr<Egress> create(NiceAgent* agent);

    /// What becomes part of the webrtcbin: what is of use on the way is kept. Thread-safe.
    void attach(GstElement* element, const std::string& factory);

    /// What leaves this pad, a payloader's, goes the short way, but for the first packets, which
    /// take the events of the stream along the other: it has one segment, as rungswitch and inlets
    /// have, and DTLS has agreed on a key. Main-bound.
    void shorten(GstPad* payloader);

private:
    /// Where packets go.
    struct Path {
        unsigned stream = 0;
        unsigned component = 0;
        /// None where a relay forwards them: only the agent knows how.
        std::optional<PacketSocket> socket = {};
    };

    explicit Egress(NiceAgent* agent);
    void watch(GstPad* pad);
    GstPadProbeReturn pass(GstPadProbeInfo* info);
    void onPair(unsigned stream, unsigned component);
    void setPath(std::shared_ptr<Path> path);
    GstPadProbeReturn onPackets(GstPadProbeInfo* info);
    void choose();
    void add(GstBuffer* packet);
    void flush();

    GRef<NiceAgent> agent_;

    /// Held while a pair is asked for and taken over. Before mutex_.
    std::mutex pairMutex_;
    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    std::vector<SignalConnection> signals_ = {};
    std::vector<PadProbe> probes_ = {};
    /// The funnel's end, and who has the key.
    GRef<GstPad> funnel_ = {};
    GRef<GstElement> srtpenc_ = {};
    /// Null until ICE has chosen.
    std::shared_ptr<Path> path_ = {};

    // Of the streaming thread that holds the pad: null and chosen means that srtpenc does it.
    bool isChosen_ = false;
    bool hasRefused_ = false;
    std::unique_ptr<SrtpCipher> cipher_ = {};
    /// What waits to be sent.
    std::size_t size_ = 0;
    std::vector<std::uint16_t> sizes_ = {};
    std::array<std::uint8_t, 65536> bytes_;
};

} // namespace mullion
