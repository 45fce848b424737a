#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "pipelines/mix/programme_sound.h"
#include "pipelines/mix/rung.h"

namespace mullion {

/// One frame of a call's programme, encoded.
struct ProgrammeFrame {
    enum class Track { Picture, Sound };

    Track track = Track::Picture;
    GstSample* sample = nullptr;
    /// When it is due, in the mix's running time, ns. A picture and the sound that belongs to it
    /// have the same.
    std::int64_t at = 0;
    /// Of a picture: a decoder can begin with it. Each frame of sound is one.
    bool isKeyFrame = true;

    bool isPicture() const { return track == Track::Picture; }
};

/// What one output takes of a call's programme: a rung's frames and the sound, as they are encoded
/// for others too. Main-bound but for requestKeyFrame(), which is thread-safe.
///
/// Where the rung is changed (the canvas has another size), the frames of the one before go on
/// until the first key frame of the new one.
class ProgrammeTake : public std::enable_shared_from_this<ProgrammeTake> {
public:
    /// Called on streaming threads, one at a time; it must not block, and must not call back but
    /// for requestKeyFrame().
    using OnFrame = std::function<void(const ProgrammeFrame&, ProgrammeTake&)>;

    /// Begins with the next key frame; `rung` is null for no picture. `sound` outlives it.
    /// @return Unavailable where the sound has no encoder.
    static Result<std::shared_ptr<ProgrammeTake>> create(const std::shared_ptr<Rung>& rung,
                                                         ProgrammeSound& sound, OnFrame onFrame);
    ~ProgrammeTake();

    /// The picture comes from this rung from its next key frame on.
    void setRung(const std::shared_ptr<Rung>& rung);
    void requestKeyFrame();

    /// No frame comes once this has returned.
    void release();

private:
    class PictureTake;
    class SoundTake;

    ProgrammeTake(ProgrammeSound& sound, OnFrame onFrame);
    void onPicture(GstSample* sample, const PictureTake& take);
    void onSound(GstSample* sample);
    void dropOldTakes();

    ProgrammeSound& sound_;
    std::int64_t soundDelay_ = 0;
    int nextTake_ = 0;
    std::shared_ptr<SoundTake> soundTake_ = {};

    /// Held while frames are given on, so that none of an old rung comes after one of the new.
    std::mutex mutex_;
    /// GUARDED_BY(mutex_): null once released.
    OnFrame onFrame_;
    /// GUARDED_BY(mutex_): which take's frames count now, and the newest of them.
    int currentTake_ = -1;
    std::int64_t newestPicture_ = -1;

    std::mutex rungMutex_;
    /// GUARDED_BY(rungMutex_), changed on main alone: the newest last.
    std::vector<std::shared_ptr<PictureTake>> pictureTakes_ = {};
};

} // namespace mullion
