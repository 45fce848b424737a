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

/// The way out of a leg's RTP: taken where webrtcbin would encrypt it, encrypted here and sent by
/// the socket that ICE has chosen, all packets of a frame at once. RTCP and DTLS go the usual way,
/// and so does RTP where the client has agreed on another profile of SRTP.
class Egress : public std::enable_shared_from_this<Egress> {
public:
    /// @param agent of the webrtcbin, on which no other has chosen a pair yet.
    static std::shared_ptr<Egress> create(NiceAgent* agent);

    /// Takes the RTP that comes to a srtpenc. Thread-safe.
    void attach(GstElement* srtpenc);

    /// The packets of this source come frame by frame, each of whose last has a marker, and wait
    /// for that. Before its first packet.
    void holdFrames(std::uint32_t ssrc);

private:
    /// Where packets go.
    struct Path {
        unsigned stream = 0;
        unsigned component = 0;
        /// None where a relay forwards them: only the agent knows how.
        std::optional<PacketSocket> socket = {};
    };

    explicit Egress(NiceAgent* agent);
    void watch(GstPad* pad, GstElement* srtpenc);
    void onPair(unsigned stream, unsigned component);
    void setPath(std::shared_ptr<Path> path);
    GstPadProbeReturn onPackets(GstPadProbeInfo* info, GstElement* srtpenc);
    void choose(GstElement* srtpenc);
    bool add(GstBuffer* packet);
    void flush();

    GRef<NiceAgent> agent_;
    std::vector<SignalConnection> signals_ = {};

    /// Held while a pair is asked for and taken over. Before mutex_.
    std::mutex pairMutex_;
    std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    std::vector<std::uint32_t> framed_ = {};
    /// GUARDED_BY(mutex_)
    std::vector<PadProbe> probes_ = {};
    /// GUARDED_BY(mutex_): null until ICE has chosen.
    std::shared_ptr<Path> path_ = {};

    // Of the streaming thread that holds the pad: null and chosen means that srtpenc does it.
    bool isChosen_ = false;
    bool hasRefused_ = false;
    std::vector<std::uint32_t> held_ = {};
    std::unique_ptr<SrtpCipher> cipher_ = {};
    /// What waits to be sent.
    std::size_t size_ = 0;
    std::vector<std::uint16_t> sizes_ = {};
    std::array<std::uint8_t, 65536> bytes_;
};

} // namespace mullion
