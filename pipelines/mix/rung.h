#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipelines/mix/composer.h"
#include "pipelines/mix/encoder.h"
#include "pipelines/mix/recent_gop.h"
#include "src/base/main_loop.h"

namespace mullion {

/// Gives a pipeline the mix's clock and base time.
using ShareTime = std::function<void(GstElement* pipeline)>;

/// Why a key frame is wanted.
enum class KeyFrameReason {
    /// Somebody begins to watch and sees nothing without one.
    Joined,
    /// A decoder lost its place (PLI, FIR).
    Lost,
};

/// One encoding of the canvas, which everybody who takes it shares: the encoder runs once however
/// many watch, and not at all while nobody does.
///
/// It is a pipeline of its own beside the composer. Where its encoder fails, the next one of
/// encodersFor() takes over; takers see a key frame. Main-bound but for requestKeyFrame(), which is
/// thread-safe.
class Rung : public std::enable_shared_from_this<Rung> {
public:
    struct Settings {
        VideoCodec codec = VideoCodec::Vp8;
        /// Pixels of the canvas' shorter side; the other follows its shape.
        int shortSide = 720;
        EncoderSettings encoder;
    };

    /// `composer` outlives the rung. `onFailed` comes when no encoder is left.
    static Result<std::shared_ptr<Rung>> create(const Settings& settings, Composer& composer,
                                                ShareTime shareTime,
                                                std::function<void(const std::string&)> onFailed);
    ~Rung();

    const Settings& settings() const { return settings_; }

    /// Somebody will take it soon: a key frame is made now, for him to begin with.
    void prepare();

    /// Frames go to `receiver` from now on, from a recent key frame or the next one, which is asked
    /// for.
    void addTaker(const std::shared_ptr<SampleReceiver>& receiver);
    void removeTaker(const SampleReceiver* receiver);

    /// Whether it is being encoded.
    bool runs() const { return users_ > 0; }

    /// Asks the encoder for a key frame; requests that come close together become one.
    void requestKeyFrame(KeyFrameReason reason);

    /// Frames that were encoded so far.
    std::uint64_t encoded() const { return frames_->count(); }

    /// Frames that came while the encoder was not ready.
    std::uint64_t dropped() const;

private:
    /// Scales the canvas and puts it into the pipeline, on the composer's thread.
    class Feed;

    Rung(const Settings& settings, Composer& composer, ShareTime shareTime,
         std::function<void(const std::string&)> onFailed);
    Result<void> start();
    void stop();
    void onEncoderFailed(const std::string& why);
    void scheduleKeyFrame(KeyFrameReason reason);
    void forceKeyFrame();
    void use();
    void release();

    Settings settings_;
    Composer& composer_;
    ShareTime shareTime_;
    std::function<void(const std::string&)> onFailed_;
    /// What is still to be tried.
    std::vector<std::string> encoders_;
    GRef<GstElement> pipeline_ = {};
    BusWatch bus_ = {};
    GstElement* encoder_ = nullptr;
    std::shared_ptr<Feed> feed_ = {};
    std::shared_ptr<Outlet> outlet_ = {};
    std::shared_ptr<RecentGop> frames_ = std::make_shared<RecentGop>();
    /// Takers, and one more while it is prepared.
    int users_ = 0;
    Source prepared_ = {};
    std::atomic<bool> joinPending_ = false;
    std::atomic<bool> lossPending_ = false;
    std::chrono::steady_clock::time_point lastKeyFrame_ = {};
    Source keyFrameTimer_ = {};
    std::chrono::steady_clock::time_point keyFrameDue_ = {};
};

} // namespace mullion
