#include "pipelines/output/srt_listener.h"

#include <algorithm>

#include "pipelines/gst/reaper.h"
#include "src/base/main_loop.h"

namespace mullion {

namespace {

/// What fits into a packet of SRT: seven of the transport stream.
constexpr std::size_t kPacket = 7 * 188;
/// About two seconds.
constexpr unsigned kMaxQueued = 1024;
constexpr const char* kCaps = "video/mpegts,systemstream=true,packetsize=188";

/// An address as it stands in a URL (RFC 3986, 3.2.2).
std::string hostOf(const std::string& address) {
    return address.find(':') == std::string::npos ? address : '[' + address + ']';
}

} // namespace

SrtListener::SrtListener(const Settings& settings, ReportChanged onChanged)
    : onChanged_(std::move(onChanged))
    , probe_(settings.hasPicture)
    , hasPicture_(settings.hasPicture) {}

Result<std::shared_ptr<SrtListener>> SrtListener::create(const Settings& settings,
                                                         ReportChanged onChanged) {
    std::shared_ptr<SrtListener> listener(new SrtListener(settings, std::move(onChanged)));
    TRY(listener->build(settings));
    return listener;
}

Result<void> SrtListener::build(const Settings& settings) {
    pipeline_ = GRef<GstElement>::sink(gst_pipeline_new("srt"));
    auto* bin = GST_BIN(pipeline_.get());
    inlet_ = TRY(Inlet::create(bin, kCaps, kMaxQueued));
    Properties properties = {{"uri", "srt://" + hostOf(settings.address) + ':' +
                                         std::to_string(settings.port) + "?mode=listener"},
                             // Else it waits for the first caller, and with it the whole pipeline.
                             {"wait-for-connection", "false"},
                             {"sync", "false"},
                             {"async", "false"},
                             {"qos", "false"}};
    if (!settings.passphrase.empty()) {
        properties.emplace_back("passphrase", settings.passphrase);
        properties.emplace_back("pbkeylen", "16");
    }
    sink_ = TRY(addElement(bin, "srtsink", properties));
    TRY(linkElements({inlet_->element(), sink_}));
    called_ = connect(sink_, "caller-added", weak_from_this(),
                      [](GstElement*, int, GObject*, void* data) {
                          const auto self = static_cast<std::weak_ptr<SrtListener>*>(data)->lock();
                          if (self) self->wantsKeyFrame_ = true;
                      });
    bus_ = BusWatch(pipeline_.get(), [this](GstMessage* message) {
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
            change(wire::BroadcastState::Failed,
                   Error{ErrorCode::Unavailable, describeError(message)});
    });
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        return Error{ErrorCode::Unavailable,
                     "port " + std::to_string(settings.port) + " cannot be listened at by SRT"};
    return {};
}

SrtListener::~SrtListener() {
    bus_ = BusWatch();
    if (pipeline_) reap(std::move(pipeline_));
}

void SrtListener::onFrame(const ProgrammeFrame& frame, ProgrammeTake& take) {
    if (report().state == wire::BroadcastState::Failed || !probe_.take(frame)) return;
    const bool leads = frame.isPicture() == hasPicture_;
    if (wantsKeyFrame_.exchange(false)) take.requestKeyFrame();
    if (!begun_ && !(leads && frame.isKeyFrame)) {
        if (leads) take.requestKeyFrame();
        return;
    }
    if (!muxer_) {
        auto muxer = Muxer::create(
            Container::MpegTs, probe_.tracks(),
            [this](const std::uint8_t* data, std::size_t size) { return send(data, size); });
        if (!muxer) return change(wire::BroadcastState::Failed, muxer.error());
        muxer_ = std::move(*muxer);
    }
    const auto sent = muxer_->push(frame);
    if (!sent) return change(wire::BroadcastState::Failed, sent.error());
    if (!begun_) change(wire::BroadcastState::Live, {});
    begun_ = true;
    const std::lock_guard lock(mutex_);
    report_.bytes = muxer_->bytes();
}

Result<void> SrtListener::send(const std::uint8_t* data, std::size_t size) {
    for (std::size_t sent = 0; sent < size; sent += kPacket) {
        const std::size_t length = std::min(kPacket, size - sent);
        auto buffer = GRef<GstBuffer>::adopt(gst_buffer_new_memdup(data + sent, length));
        // What is dropped is counted there; a receiver finds its way again at a key frame.
        inlet_->push(std::move(buffer));
    }
    return {};
}

Broadcast::Report SrtListener::report() const {
    GstStructure* stats = nullptr;
    g_object_get(sink_, "stats", &stats, nullptr);
    int callers = 0;
    if (stats) {
        const GValue* list = gst_structure_get_value(stats, "callers");
        if (list && G_VALUE_HOLDS_BOXED(list)) {
            G_GNUC_BEGIN_IGNORE_DEPRECATIONS
            const auto* array = static_cast<const GValueArray*>(g_value_get_boxed(list));
            callers = array ? static_cast<int>(array->n_values) : 0;
            G_GNUC_END_IGNORE_DEPRECATIONS
        }
        gst_structure_free(stats);
    }
    const std::lock_guard lock(mutex_);
    Report report = report_;
    report.viewers = callers;
    return report;
}

void SrtListener::stop(std::function<void()> done) {
    change(wire::BroadcastState::Stopped, {});
    postToMain(std::move(done));
}

void SrtListener::change(wire::BroadcastState state, std::optional<Error> error) {
    {
        const std::lock_guard lock(mutex_);
        if (report_.state == wire::BroadcastState::Failed) return;
        report_.state = state;
        report_.error = std::move(error);
    }
    onChanged_();
}

} // namespace mullion
