#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "pipelines/mix/mix.h"
#include "src/base/main_loop.h"

namespace mullion {

/// Plays a file of sound into a call's mix, once: everybody and every output hear it. Any format
/// that GStreamer decodes here. Main-bound.
class SoundFile {
public:
    struct Callbacks {
        /// It is heard from now on; the duration is 0 where it is not known.
        std::function<void(std::chrono::milliseconds duration)> onPlaying;
        /// It is over, or Unavailable or UnsupportedMedia where it could not be played. The last
        /// call; never from inside of another one.
        std::function<void(const Result<void>&)> onEnded;
    };

    /// `volume` is 0 to 2; `mix` outlives it. @return AtCapacity, Internal.
    static Result<std::unique_ptr<SoundFile>> play(const std::string& path, double volume, Mix& mix,
                                                   Callbacks callbacks);
    /// Silence, without another callback.
    ~SoundFile();
    SoundFile(const SoundFile&) = delete;
    SoundFile& operator=(const SoundFile&) = delete;

private:
    class Feed;

    SoundFile(Mix& mix, Callbacks callbacks)
        : mix_(mix)
        , callbacks_(std::move(callbacks)) {}

    Result<void> build(const std::string& path);
    /// A playlist or a description of a session names other places, which would be loaded from
    /// here: what reads those is left out.
    static int selectFactory(GstElement* decoder, GstPad* pad, GstCaps* caps,
                             GstElementFactory* factory, std::weak_ptr<Feed>* feed);
    void onMessage(GstMessage* message);
    void end(const Result<void>& result);

    Mix& mix_;
    Callbacks callbacks_;
    int input_ = -1;
    bool isPlaying_ = false;
    GRef<GstElement> pipeline_ = {};
    std::shared_ptr<Feed> feed_ = {};
    std::shared_ptr<Outlet> outlet_ = {};
    SignalConnection decoded_ = {};
    SignalConnection allDecoded_ = {};
    SignalConnection selected_ = {};
    BusWatch bus_ = {};
    Source ending_ = {};
};

} // namespace mullion
