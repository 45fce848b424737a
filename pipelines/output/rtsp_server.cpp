#include "pipelines/output/rtsp_server.h"

#include <gst/app/gstappsrc.h>
#include <gst/rtsp-server/rtsp-server.h>

#include "src/base/main_loop.h"

namespace mullion {

namespace {

/// Sessions whose clients have gone without a word are looked for so often.
constexpr auto kCleanup = std::chrono::seconds(2);
constexpr const char* kRole = "viewer";

/// What is made of the programme for all viewers. Nothing is encoded here.
constexpr const char* kPicture =
    "appsrc name=picture format=time is-live=true block=false max-bytes=4194304 "
    "leaky-type=upstream "
    "min-latency=0 ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 ";
constexpr const char* kSound =
    "appsrc name=sound format=time is-live=true block=false max-bytes=262144 leaky-type=upstream "
    "min-latency=0 ! aacparse ! rtpmp4gpay name=";

/// Puts frames into the sources of the media that goes on, if one does.
class Sources {
public:
    void take(GstElement* media) {
        const std::lock_guard lock(mutex_);
        picture_ = GRef<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(media), "picture"));
        sound_ = GRef<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(media), "sound"));
        complete_ = false;
    }

    void drop() {
        const std::lock_guard lock(mutex_);
        picture_ = {};
        sound_ = {};
    }

    /// @return the bytes that went in.
    std::size_t push(const ProgrammeFrame& frame, GstClockTime baseTime, bool hasPicture,
                     ProgrammeTake& take) {
        const std::lock_guard lock(mutex_);
        GstElement* source = frame.isPicture() ? picture_.get() : sound_.get();
        if (!source) return 0;
        const bool leads = frame.isPicture() == hasPicture;
        if (!complete_ && !(leads && frame.isKeyFrame)) {
            if (leads) take.requestKeyFrame();
            return 0;
        }
        // The media's pipeline has a running time of its own on the same clock.
        const auto own = static_cast<std::int64_t>(gst_element_get_base_time(source));
        const auto at = static_cast<std::int64_t>(baseTime) + frame.at - own;
        if (own == 0 || at < 0) return 0;
        complete_ = true;
        GstBuffer* buffer = gst_sample_get_buffer(frame.sample);
        gst_app_src_set_caps(GST_APP_SRC(source), gst_sample_get_caps(frame.sample));
        gst_app_src_push_buffer(GST_APP_SRC(source),
                                retimed(buffer, static_cast<GstClockTime>(at)).release());
        return gst_buffer_get_size(buffer);
    }

private:
    std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    GRef<GstElement> picture_ = {};
    GRef<GstElement> sound_ = {};
    bool complete_ = false;
};

} // namespace

struct RtspServer::Server {
    GRef<GstRTSPServer> server = {};
    GRef<GstRTSPSessionPool> sessions = {};
    std::shared_ptr<Sources> sources = std::make_shared<Sources>();
    std::vector<SignalConnection> signals = {};
    Source attached = {};
    Source cleanup = {};
};

RtspServer::RtspServer(const Settings& settings, GstClockTime baseTime, ReportChanged onChanged)
    : hasPicture_(settings.hasPicture)
    , baseTime_(baseTime)
    , onChanged_(std::move(onChanged))
    , server_(std::make_unique<Server>()) {}

Result<std::shared_ptr<RtspServer>>
RtspServer::create(const Settings& settings, GstClockTime baseTime, ReportChanged onChanged) {
    std::shared_ptr<RtspServer> made(new RtspServer(settings, baseTime, std::move(onChanged)));
    Server& server = *made->server_;
    server.server = GRef<GstRTSPServer>::adopt(gst_rtsp_server_new());
    if (!settings.address.empty())
        gst_rtsp_server_set_address(server.server.get(), settings.address.c_str());
    gst_rtsp_server_set_service(server.server.get(), std::to_string(settings.port).c_str());
    server.sessions =
        GRef<GstRTSPSessionPool>::adopt(gst_rtsp_server_get_session_pool(server.server.get()));

    GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
    const std::string launch = std::string("( ") + (settings.hasPicture ? kPicture : "") + kSound +
                               (settings.hasPicture ? "pay1" : "pay0") + " pt=97 )";
    gst_rtsp_media_factory_set_launch(factory, launch.c_str());
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    // What has a clock of its own would have to be compared with ours.
    const auto clock = GRef<GstClock>::adopt(gst_system_clock_obtain());
    gst_rtsp_media_factory_set_clock(factory, clock.get());
    server.signals.push_back(connect(
        factory, "media-configure", std::weak_ptr(server.sources),
        [](GstRTSPMediaFactory*, GstRTSPMedia* media, void* data) {
            const auto sources = static_cast<std::weak_ptr<Sources>*>(data)->lock();
            if (!sources) return;
            const auto element = GRef<GstElement>::adopt(gst_rtsp_media_get_element(media));
            sources->take(element.get());
            // Ends with the media, which holds it.
            g_signal_connect_data(
                media, "unprepared", G_CALLBACK(+[](GstRTSPMedia*, void* held) {
                    if (const auto known = static_cast<std::weak_ptr<Sources>*>(held)->lock())
                        known->drop();
                }),
                new std::weak_ptr<Sources>(sources),
                [](gpointer held, GClosure*) { delete static_cast<std::weak_ptr<Sources>*>(held); },
                static_cast<GConnectFlags>(0));
        }));

    if (!settings.key.empty()) {
        const auto auth = GRef<GstRTSPAuth>::adopt(gst_rtsp_auth_new());
        gst_rtsp_auth_set_supported_methods(auth.get(), GST_RTSP_AUTH_DIGEST);
        GstRTSPToken* token =
            gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, kRole, nullptr);
        gst_rtsp_auth_add_digest(auth.get(), kUser, settings.key.c_str(), token);
        gst_rtsp_token_unref(token);
        gst_rtsp_server_set_auth(server.server.get(), auth.get());
        gst_rtsp_media_factory_add_role(factory, kRole, GST_RTSP_PERM_MEDIA_FACTORY_ACCESS,
                                        G_TYPE_BOOLEAN, TRUE, GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
                                        G_TYPE_BOOLEAN, TRUE, nullptr);
    }
    const auto mounts =
        GRef<GstRTSPMountPoints>::adopt(gst_rtsp_server_get_mount_points(server.server.get()));
    gst_rtsp_mount_points_add_factory(mounts.get(), kPath, factory);

    GError* raw = nullptr;
    GSource* source = gst_rtsp_server_create_source(server.server.get(), nullptr, &raw);
    const GPtr<GError, g_error_free> error(raw);
    if (!source)
        return Error{ErrorCode::Unavailable,
                     "port " + std::to_string(settings.port) +
                         " cannot be listened at by RTSP: " + (error ? error->message : "")};
    g_source_attach(source, nullptr);
    server.attached = Source(source);
    server.cleanup = every(kCleanup, [sessions = server.sessions.get()] {
        gst_rtsp_session_pool_cleanup(sessions);
        return true;
    });
    made->setState(wire::BroadcastState::Live);
    return made;
}

RtspServer::~RtspServer() {
    server_->sources->drop();
    server_->cleanup.cancel();
    server_->attached.cancel();
    const auto closeAll = [](GstRTSPServer*, GstRTSPClient*, void*) {
        return GST_RTSP_FILTER_REMOVE;
    };
    g_list_free(gst_rtsp_server_client_filter(server_->server.get(), closeAll, nullptr));
    // A session is not its connection's, and holds the media with its sockets and threads.
    const auto endAll = [](GstRTSPSessionPool*, GstRTSPSession*, void*) {
        return GST_RTSP_FILTER_REMOVE;
    };
    g_list_free(gst_rtsp_session_pool_filter(server_->sessions.get(), endAll, nullptr));
}

void RtspServer::onFrame(const ProgrammeFrame& frame, ProgrammeTake& take) {
    const auto size = server_->sources->push(frame, baseTime_, hasPicture_, take);
    if (!size) return;
    const std::lock_guard lock(mutex_);
    report_.bytes += size;
}

Broadcast::Report RtspServer::report() const {
    const std::lock_guard lock(mutex_);
    Report report = report_;
    report.viewers =
        static_cast<int>(gst_rtsp_session_pool_get_n_sessions(server_->sessions.get()));
    return report;
}

void RtspServer::stop(std::function<void()> done) {
    setState(wire::BroadcastState::Stopped);
    postToMain(std::move(done));
}

void RtspServer::setState(wire::BroadcastState state) {
    {
        const std::lock_guard lock(mutex_);
        report_.state = state;
    }
    onChanged_();
}

} // namespace mullion
