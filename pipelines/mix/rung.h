#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "pipelines/gst/bridge.h"
#include "src/base/main_loop.h"
#include "src/wire/messages.h"

namespace mullion {

/// Why a key frame is wanted.
enum class KeyFrameReason {
    /// Somebody begins to watch and sees nothing without one.
    Joined,
    /// A decoder lost its place (PLI, FIR).
    Lost,
};

/// One encoding of the canvas, which everybody who takes it shares: the VP8 encoder runs once
/// however many watch, and not at all while nobody does.
///
/// Main-bound but for requestKeyFrame(), which is thread-safe.
class Rung : public std::enable_shared_from_this<Rung> {
public:
    /// Adds the encoder to `pipeline` behind the raw frames of `source`.
    static Result<std::shared_ptr<Rung>> create(GstBin* pipeline, GstElement* source,
                                                const wire::Canvas& canvas, int bitrateBps);

    /// Frames go to `receiver` from now on; a key frame comes at once.
    void addTaker(std::weak_ptr<SampleReceiver> receiver);
    void removeTaker(const SampleReceiver* receiver);

    /// Asks the encoder for a key frame; requests that come close together become one.
    void requestKeyFrame(KeyFrameReason reason);

private:
    Rung() = default;
    void scheduleKeyFrame(KeyFrameReason reason);
    void forceKeyFrame();

    GstElement* encoder_ = nullptr;
    std::shared_ptr<Outlet> outlet_;
    /// Read by the probe before the encoder.
    std::shared_ptr<std::atomic<int>> takers_ = std::make_shared<std::atomic<int>>(0);
    PadProbe idle_;
    std::atomic<bool> joinPending_ = false;
    std::atomic<bool> lossPending_ = false;
    std::chrono::steady_clock::time_point lastKeyFrame_ = {};
    Source keyFrameTimer_;
    std::chrono::steady_clock::time_point keyFrameDue_ = {};
};

} // namespace mullion
