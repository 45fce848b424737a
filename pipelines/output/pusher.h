#pragma once

#include <string>

#include "pipelines/output/broadcast.h"
#include "pipelines/output/muxer.h"

namespace mullion {

/// Pushes a programme to a server: RTMP, or SRT as the caller. Connects again, after one second and
/// then after twice as long each time up to half a minute, for as long as it is not stopped.
///
/// The network is a matter of a thread of its own, which nobody waits for: a server that is slow or
/// dead only makes its own frames drop.
class Pusher : public Broadcast {
public:
    struct Settings {
        Container container = Container::Flv;
        std::string url;
        /// libav's options of the protocol.
        std::vector<std::pair<std::string, std::string>> options = {};
        bool hasPicture = true;
    };

    Pusher(Settings settings, ReportChanged onChanged);
    ~Pusher() override;

    void onFrame(const ProgrammeFrame& frame, ProgrammeTake& take) override;
    Report report() const override;
    void stop(std::function<void()> done) override;

private:
    class Connection;

    /// The thread's too, which may outlive this.
    std::shared_ptr<Connection> connection_;
};

} // namespace mullion
