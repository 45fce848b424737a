#pragma once

#include <cstdint>

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "pipelines/gst/element.h"
#include "pipelines/leg/feedback_writer.h"
#include "pipelines/leg/intake_line.h"
#include "pipelines/sdp/offer.h"
#include "src/base/main_loop.h"

namespace mullion {

/// The way in of a leg's RTP: taken behind webrtcbin's rtpsession, which has decrypted and counted
/// it, told apart by source, put into order and onto our clock, lips in step by the client's sender
/// reports, and pushed into the receivers by the thread that it came by. What is missing and can be
/// had again is asked for. All other RTCP, with the reports on all that, stays rtpsession's.
class Intake : public std::enable_shared_from_this<Intake> {
public:
    static std::shared_ptr<Intake> create();

    /// What becomes part of the webrtcbin: the RTP of an rtpsession is taken. Thread-safe.
    void attach(GstElement* element, const std::string& factory);

    /// Packets of an m-line go to `entry`, a sink pad. Before the first packet comes.
    void addLine(const sdp::Media& media, GRef<GstPad> entry);

    /// Nothing is pushed any more. Main-bound.
    void close();

private:
    Intake() = default;

    /// An m-line before its first packet.
    struct Planned {
        sdp::Media media;
        GRef<GstPad> entry;
    };

    void watch(GstPad* pad);
    bool send(const std::function<GRef<GstBuffer>(const FeedbackWriter&)>& write);
    void onPackets(GstPadProbeInfo* info);
    void onPacket(GstBuffer* packet);
    void onRepair(GstBuffer* packet, std::uint32_t ssrc, int payload);
    void onReport(GstBuffer* packet);
    void tickLater();
    void onTick();
    void keepLipsInStep();
    void proceed(std::int64_t now);

    std::vector<SignalConnection> signals_ = {};
    /// Main-bound.
    Source timer_ = {};
    /// Held while packets are taken and pushed; what receivers send back meanwhile needs none.
    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    std::vector<PadProbe> probes_ = {};
    std::vector<Planned> planned_ = {};
    std::vector<std::unique_ptr<IntakeLine>> lines_ = {};
    GRef<GstPad> session_ = {};
    /// The newest arrival by the leg's clock, ns, and by the monotonic one, µs.
    std::int64_t now_ = 0;
    std::int64_t nowAt_ = 0;
    bool isClosed_ = false;
    bool ticks_ = false;

    /// After mutex_; receivers send back with and without that.
    std::mutex reportsMutex_;
    /// Where rtpsession's own reports leave. GUARDED_BY(reportsMutex_)
    GRef<GstPad> reports_ = {};
};

} // namespace mullion
