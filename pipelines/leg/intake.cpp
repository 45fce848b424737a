#include "pipelines/leg/intake.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <gst/rtp/gstrtpbuffer.h>

#include "pipelines/leg/sender_report.h"

namespace mullion {

namespace {

using namespace std::chrono_literals;

/// How often packets that wait are looked at where nothing comes.
constexpr auto kTick = 20ms;
/// Further apart, it is the clocks of the reports that are wrong.
constexpr std::int64_t kMaxDelay = 500 * GST_MSECOND;

struct Header {
    std::uint32_t ssrc = 0;
    int payload = -1;
    /// Of the m-line (RFC 8843 section 15), where the packet says it.
    std::string mid = {};
};

Header headerOf(GstBuffer* packet, int midExtension) {
    Header header;
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    if (!gst_rtp_buffer_map(packet, GST_MAP_READ, &rtp)) return header;
    header.ssrc = gst_rtp_buffer_get_ssrc(&rtp);
    header.payload = gst_rtp_buffer_get_payload_type(&rtp);
    gpointer data = nullptr;
    guint size = 0;
    if (midExtension > 0 && gst_rtp_buffer_get_extension_onebyte_header(
                                &rtp, static_cast<guint8>(midExtension), 0, &data, &size))
        header.mid.assign(static_cast<const char*>(data), size);
    gst_rtp_buffer_unmap(&rtp);
    return header;
}

/// NTP's seconds and their 2^32nd parts (RFC 3550 section 4), in ns.
std::int64_t nanoseconds(std::uint64_t ntp) {
    return static_cast<std::int64_t>((ntp >> 32) * GST_SECOND +
                                     (((ntp & 0xffffffff) * GST_SECOND) >> 32));
}

/// One that asks in the name of an rtpsession, by one of its pads.
FeedbackWriter writerFor(GstPad* pad) {
    const auto element = GRef<GstElement>::adopt(gst_pad_get_parent_element(pad));
    GRef<GObject> session;
    if (element) g_object_get(element.get(), "internal-session", session.out(), nullptr);
    unsigned ssrc = 0;
    GstStructure* raw = nullptr;
    if (session) g_object_get(session.get(), "internal-ssrc", &ssrc, "sdes", &raw, nullptr);
    const GPtr<GstStructure, gst_structure_free> about(raw);
    const char* name = raw ? gst_structure_get_string(raw, "cname") : nullptr;
    return FeedbackWriter(ssrc, name ? name : "");
}

} // namespace

std::shared_ptr<Intake> Intake::create() {
    return std::shared_ptr<Intake>(new Intake());
}

void Intake::attach(GstElement* session, const std::string& factory) {
    if (factory != "rtpsession") return;
    // Who has the key of SRTP need not prove himself by two packets: a repair may be but one.
    setProperties(session, {{"probation", "0"}});
    const std::lock_guard lock(mutex_);
    signals_.push_back(
        connect(session, "pad-added", weak_from_this(), [](GstElement*, GstPad* pad, void* data) {
            if (const auto self = static_cast<std::weak_ptr<Intake>*>(data)->lock())
                self->watch(pad);
        }));
}

void Intake::watch(GstPad* pad) {
    if (g_str_equal(GST_PAD_NAME(pad), "send_rtcp_src")) {
        const std::lock_guard lock(reportsMutex_);
        reports_ = GRef<GstPad>::share(pad);
        return;
    }
    const bool isRtp = g_str_equal(GST_PAD_NAME(pad), "recv_rtp_src");
    if (!isRtp && !g_str_equal(GST_PAD_NAME(pad), "sync_src")) return;
    const std::lock_guard lock(mutex_);
    if (isRtp) session_ = GRef<GstPad>::share(pad);
    probes_.emplace_back(pad, kMediaProbe, [weak = weak_from_this(), isRtp](GstPadProbeInfo* info) {
        const auto self = weak.lock();
        if (self && isRtp) self->onPackets(info);
        if (self && !isRtp) self->onReport(GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_DROP;
    });
}

void Intake::addLine(const sdp::Media& media, GRef<GstPad> entry) {
    const std::lock_guard lock(mutex_);
    planned_.push_back({media, std::move(entry)});
}

void Intake::close() {
    timer_.cancel();
    const std::lock_guard lock(mutex_);
    isClosed_ = true;
}

void Intake::onPackets(GstPadProbeInfo* info) {
    const std::lock_guard lock(mutex_);
    if (isClosed_) return;
    for (auto& [media, entry] : std::exchange(planned_, {}))
        lines_.push_back(std::make_unique<IntakeLine>(
            media, entry.get(), session_,
            IntakeLine::Feedback{
                [this](std::uint32_t source, std::span<const std::uint16_t> numbers) {
                    return send([&](const auto& writer) { return writer.nack(source, numbers); });
                },
                [this](std::uint32_t source) {
                    return send([&](const auto& writer) { return writer.pictureLoss(source); });
                }}));
    forEachBuffer(info, [this](GstBuffer* packet) { onPacket(packet); });
    proceed(now_);
}

void Intake::onPacket(GstBuffer* packet) {
    // When it was read.
    if (const GstClockTime at = GST_BUFFER_DTS_OR_PTS(packet); GST_CLOCK_TIME_IS_VALID(at)) {
        now_ = std::max(now_, static_cast<std::int64_t>(at));
        nowAt_ = g_get_monotonic_time();
    }
    const Header header = headerOf(packet, lines_.empty() ? 0 : lines_[0]->media().midExtension);
    IntakeLine* line = nullptr;
    // The surest first: whose source it is, was promised to be or says to be, then who has none.
    const auto choose = [&](const auto& suits) {
        for (const auto& one : lines_)
            if (!line && suits(*one)) line = one.get();
    };
    choose([&](const IntakeLine& one) { return one.has(header.ssrc); });
    if (!line) {
        const auto carries = [&](const IntakeLine& one) {
            return one.media().payload == header.payload;
        };
        choose([&](const IntakeLine& one) { return carries(one) && one.isPromised(header.ssrc); });
        choose(
            [&](const IntakeLine& one) { return carries(one) && one.media().mid == header.mid; });
        choose([&](const IntakeLine& one) { return carries(one) && one.isFree(now_); });
        if (!line) return onRepair(packet, header.ssrc, header.payload);
        line->setSource(header.ssrc);
    }
    line->take(packet, now_);
}

/// Of several lines whose repairs have this payload type, those that do not know the source by the
/// offer go by what they miss.
void Intake::onRepair(GstBuffer* packet, std::uint32_t ssrc, int payload) {
    const bool isPromised = std::any_of(lines_.begin(), lines_.end(),
                                        [&](const auto& line) { return line->isPromised(ssrc); });
    for (const auto& line : lines_)
        if (line->media().rtxPayload == payload && (!isPromised || line->isPromised(ssrc)))
            line->takeAgain(packet, now_);
}

/// @return false where nothing can be sent yet: rtpsession begins its stream by its first report.
bool Intake::send(const std::function<GRef<GstBuffer>(const FeedbackWriter&)>& write) {
    GRef<GstPad> reports;
    {
        const std::lock_guard lock(reportsMutex_);
        reports = reports_;
    }
    if (!reports ||
        !GRef<GstEvent>::adopt(gst_pad_get_sticky_event(reports.get(), GST_EVENT_SEGMENT, 0)))
        return false;
    auto packet = write(writerFor(reports.get()));
    return packet && gst_pad_push(reports.get(), packet.release()) == GST_FLOW_OK;
}

void Intake::onReport(GstBuffer* packet) {
    const std::lock_guard lock(mutex_);
    if (isClosed_) return;
    readSenderReports(packet, [this](const SenderReport& report) {
        for (const auto& line : lines_)
            if (line->has(report.source))
                line->setReport(nanoseconds(report.ntp), report.timestamp);
    });
    keepLipsInStep();
}

/// What was captured at one time has one time here: whoever is quicker waits.
void Intake::keepLipsInStep() {
    std::optional<std::int64_t> latest;
    for (const auto& line : lines_)
        if (const auto offset = line->wallOffset(now_))
            latest = std::max(latest.value_or(*offset), *offset);
    for (const auto& line : lines_)
        if (const auto offset = line->wallOffset(now_))
            line->setDelay(*latest - *offset < kMaxDelay ? *latest - *offset : 0);
}

void Intake::proceed(std::int64_t now) {
    bool waits = false;
    for (const auto& line : lines_) {
        line->proceed(now);
        waits = waits || line->waits();
    }
    if (!waits || std::exchange(ticks_, true)) return;
    // Should nothing come that would make them go on.
    postToMain([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->tickLater();
    });
}

void Intake::tickLater() {
    const std::lock_guard lock(mutex_);
    if (isClosed_) return;
    timer_ = after(kTick, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->onTick();
    });
}

void Intake::onTick() {
    constexpr std::int64_t kNsInUs = 1000;
    const std::lock_guard lock(mutex_);
    ticks_ = false;
    if (!isClosed_) proceed(now_ + (g_get_monotonic_time() - nowAt_) * kNsInUs);
}

} // namespace mullion
