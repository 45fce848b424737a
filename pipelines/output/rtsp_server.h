#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "pipelines/output/broadcast.h"

namespace mullion {

/// Gives a programme to everybody who asks for it by RTSP at a port: `rtsp://HOST:PORT/live`, over
/// UDP or through the connection. All get the same packets, which are made while there is anybody.
class RtspServer : public Broadcast {
public:
    /// Where it is, and by which name those come who have the key.
    static constexpr const char* kPath = "/live";
    static constexpr const char* kUser = "viewer";

    struct Settings {
        /// Empty: at any.
        std::string address = {};
        int port = 0;
        /// The password; empty: everybody may.
        std::string key = {};
        bool hasPicture = true;
    };

    /// `baseTime` is where the programme's running time begins on the system's clock.
    /// @return Unavailable: the port is taken.
    static Result<std::shared_ptr<RtspServer>>
    create(const Settings& settings, GstClockTime baseTime, ReportChanged onChanged);
    ~RtspServer() override;

    void onFrame(const ProgrammeFrame& frame, ProgrammeTake& take) override;
    Report report() const override;
    void stop(std::function<void()> done) override;

private:
    struct Server;

    RtspServer(const Settings& settings, GstClockTime baseTime, ReportChanged onChanged);
    void setState(wire::BroadcastState state);

    bool hasPicture_ = true;
    GstClockTime baseTime_ = 0;
    ReportChanged onChanged_;
    std::unique_ptr<Server> server_;

    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    Report report_ = {};
};

} // namespace mullion
