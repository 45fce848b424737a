#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "pipelines/output/broadcast.h"
#include "pipelines/output/muxer.h"

namespace mullion {

/// Gives a programme as an MPEG transport stream to everybody who calls at a port by SRT. libsrt
/// keeps what each caller has not taken yet, and drops it when it is too late for him.
class SrtListener : public Broadcast, public std::enable_shared_from_this<SrtListener> {
public:
    struct Settings {
        /// Empty: at any.
        std::string address = {};
        int port = 0;
        /// 10 to 79 bytes; empty: not encrypted.
        std::string passphrase = {};
        bool hasPicture = true;
    };

    /// @return Unavailable: the port is taken.
    static Result<std::shared_ptr<SrtListener>> create(const Settings& settings,
                                                       ReportChanged onChanged);
    ~SrtListener() override;

    void onFrame(const ProgrammeFrame& frame, ProgrammeTake& take) override;
    Report report() const override;
    void stop(std::function<void()> done) override;

private:
    SrtListener(const Settings& settings, ReportChanged onChanged);
    Result<void> build(const Settings& settings);
    Result<void> send(const std::uint8_t* data, std::size_t size);
    void change(wire::BroadcastState state, std::optional<Error> error);

    ReportChanged onChanged_;
    GRef<GstElement> pipeline_ = {};
    BusWatch bus_ = {};
    GstElement* sink_ = nullptr;
    std::shared_ptr<Inlet> inlet_ = {};

    SignalConnection called_ = {};
    /// Somebody has come: he begins at a key frame.
    std::atomic<bool> wantsKeyFrame_ = false;

    mutable std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    Report report_ = {};

    // Streaming-only.
    Muxer::Probe probe_;
    std::unique_ptr<Muxer> muxer_ = {};
    bool hasPicture_ = true;
    bool begun_ = false;
};

} // namespace mullion
