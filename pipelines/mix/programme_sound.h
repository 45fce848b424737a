#pragma once

#include <memory>

#include "pipelines/gst/bridge.h"
#include "pipelines/mix/rung.h"

namespace mullion {

enum class SoundCodec { Opus, Aac };

/// The full mix, encoded once for every output that takes it, and not while none does. Main-bound.
class ProgrammeSound {
public:
    /// `mix` outlives it.
    ProgrammeSound(SoundCodec codec, Outlet& mix, ShareTime shareTime);
    ~ProgrammeSound();
    ProgrammeSound(const ProgrammeSound&) = delete;
    ProgrammeSound& operator=(const ProgrammeSound&) = delete;

    /// Encoded frames in running time go to `receiver` from now on, on a streaming thread.
    /// @return Unavailable where nothing here encodes the codec.
    Result<void> addTaker(const std::shared_ptr<SampleReceiver>& receiver);
    void removeTaker(const SampleReceiver* receiver);

    /// By how much the encoder's frames are labelled late, ns.
    std::int64_t delay() const;

private:
    class Feed;
    class Relay;

    Result<void> start();
    void stop();
    void onFailed(const std::string& why);

    SoundCodec codec_;
    Outlet& mix_;
    ShareTime shareTime_;
    int takers_ = 0;
    GRef<GstElement> pipeline_ = {};
    BusWatch bus_ = {};
    std::shared_ptr<Feed> feed_ = {};
    std::shared_ptr<Outlet> encoded_ = {};
    /// To the takers, whichever encoder it comes from.
    std::shared_ptr<Relay> relay_;
    /// An encoder that fails is followed by another, after a while.
    Source restart_ = {};
};

} // namespace mullion
