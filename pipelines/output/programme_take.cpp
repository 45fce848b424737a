// Lock order: mutex_, rungMutex_.
#include "pipelines/output/programme_take.h"

#include <utility>

#include "pipelines/mix/mix.h"

namespace mullion {

class ProgrammeTake::PictureTake : public SampleReceiver {
public:
    PictureTake(std::weak_ptr<ProgrammeTake> owner, std::shared_ptr<Rung> rung, int number)
        : owner_(std::move(owner))
        , rung_(std::move(rung))
        , number_(number) {}

    void onSample(GstSample* sample) override {
        if (const auto owner = owner_.lock()) owner->onPicture(sample, *this);
    }

    const std::shared_ptr<Rung>& rung() const { return rung_; }

    int number() const { return number_; }

private:
    std::weak_ptr<ProgrammeTake> owner_;
    std::shared_ptr<Rung> rung_;
    int number_ = 0;
};

class ProgrammeTake::SoundTake : public SampleReceiver {
public:
    explicit SoundTake(std::weak_ptr<ProgrammeTake> owner)
        : owner_(std::move(owner)) {}

    void onSample(GstSample* sample) override {
        if (const auto owner = owner_.lock()) owner->onSound(sample);
    }

private:
    std::weak_ptr<ProgrammeTake> owner_;
};

ProgrammeTake::ProgrammeTake(ProgrammeSound& sound, OnFrame onFrame)
    : sound_(sound)
    , soundDelay_(sound.delay())
    , onFrame_(std::move(onFrame)) {}

Result<std::shared_ptr<ProgrammeTake>>
ProgrammeTake::create(const std::shared_ptr<Rung>& rung, ProgrammeSound& sound, OnFrame onFrame) {
    // A streaming thread may be the last to let go of it.
    std::shared_ptr<ProgrammeTake> take(
        new ProgrammeTake(sound, std::move(onFrame)),
        [](ProgrammeTake* last) { postToMain([last] { delete last; }); });
    const auto soundTake = std::make_shared<SoundTake>(take);
    TRY(sound.addTaker(soundTake));
    take->soundTake_ = soundTake;
    take->setRung(rung);
    return take;
}

ProgrammeTake::~ProgrammeTake() {
    release();
}

void ProgrammeTake::setRung(const std::shared_ptr<Rung>& rung) {
    if (!rung || !soundTake_) return;
    if (!pictureTakes_.empty() && pictureTakes_.back()->rung() == rung) return;
    const auto take = std::make_shared<PictureTake>(weak_from_this(), rung, nextTake_++);
    {
        const std::lock_guard lock(rungMutex_);
        pictureTakes_.push_back(take);
    }
    rung->addTaker(take);
}

/// Lets go of the rungs before the one whose frames count.
void ProgrammeTake::dropOldTakes() {
    int current = 0;
    {
        const std::lock_guard lock(mutex_);
        current = currentTake_;
    }
    std::vector<std::shared_ptr<PictureTake>> old;
    {
        const std::lock_guard lock(rungMutex_);
        std::erase_if(pictureTakes_, [&](const auto& take) {
            if (take->number() >= current) return false;
            old.push_back(take);
            return true;
        });
    }
    for (const auto& take : old)
        take->rung()->removeTaker(take.get());
}

void ProgrammeTake::requestKeyFrame() {
    std::shared_ptr<Rung> rung;
    {
        const std::lock_guard lock(rungMutex_);
        if (!pictureTakes_.empty()) rung = pictureTakes_.back()->rung();
    }
    if (rung) rung->requestKeyFrame(KeyFrameReason::Joined);
}

void ProgrammeTake::onPicture(GstSample* sample, const PictureTake& take) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    const bool isKeyFrame = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    const auto at = static_cast<std::int64_t>(GST_BUFFER_PTS(buffer) + kPictureLabelShift);
    const std::lock_guard lock(mutex_);
    if (!onFrame_ || take.number() < currentTake_) return;
    if (take.number() > currentTake_) {
        // A rung's frames count from its first key frame; those of the one before stop there.
        if (!isKeyFrame) return;
        if (at <= newestPicture_) return take.rung()->requestKeyFrame(KeyFrameReason::Joined);
        currentTake_ = take.number();
        postToMain([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->dropOldTakes();
        });
    }
    newestPicture_ = at;
    onFrame_({ProgrammeFrame::Track::Picture, sample, at, isKeyFrame}, *this);
}

void ProgrammeTake::onSound(GstSample* sample) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    if (!buffer || !GST_BUFFER_PTS_IS_VALID(buffer)) return;
    const auto at = static_cast<std::int64_t>(GST_BUFFER_PTS(buffer)) - soundDelay_;
    const std::lock_guard lock(mutex_);
    if (onFrame_) onFrame_({ProgrammeFrame::Track::Sound, sample, at}, *this);
}

void ProgrammeTake::release() {
    {
        const std::lock_guard lock(mutex_);
        onFrame_ = {};
    }
    if (const auto take = std::exchange(soundTake_, {})) sound_.removeTaker(take.get());
    std::vector<std::shared_ptr<PictureTake>> takes;
    {
        const std::lock_guard lock(rungMutex_);
        takes = std::exchange(pictureTakes_, {});
    }
    for (const auto& take : takes)
        take->rung()->removeTaker(take.get());
}

} // namespace mullion
