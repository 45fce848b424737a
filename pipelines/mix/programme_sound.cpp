#include "pipelines/mix/programme_sound.h"

#include "pipelines/mix/audio_mix.h"
#include "src/base/log.h"

namespace mullion {

namespace {

/// One second of blocks of 20 ms: a busy machine is late, not without sound.
constexpr unsigned kMaxQueued = 50;
constexpr auto kRestartAfter = std::chrono::seconds(1);
constexpr Log kLog("programme");

/// An encoder of AAC says nothing of the samples that it begins with (ISO/IEC 14496-3, 1024 for low
/// complexity), so that its sound would be late by them. Opus' are in its stream.
constexpr std::int64_t kAacDelay = 1024 * GST_SECOND / 48'000;

/// Speech and more, of one channel; nobody saves on what is kept.
const Properties kOpus = {
    {"bitrate", "64000"}, {"bitrate-type", "vbr"}, {"complexity", "9"}, {"frame-size", "20"}};
const Properties kAac = {{"bitrate", "96000"}};

} // namespace

/// Brings the mix's blocks to the encoder.
class ProgrammeSound::Feed : public SampleReceiver {
public:
    explicit Feed(std::shared_ptr<Inlet> inlet)
        : inlet_(std::move(inlet)) {}

    void onSample(GstSample* sample) override {
        GstBuffer* buffer = gst_sample_get_buffer(sample);
        if (buffer) inlet_->push(retimed(buffer, GST_BUFFER_PTS(buffer)));
    }

private:
    std::shared_ptr<Inlet> inlet_;
};

/// Gives what is encoded to whoever takes it.
class ProgrammeSound::Relay : public SampleReceiver {
public:
    void onSample(GstSample* sample) override { takers.deliver(sample); }

    Fanout takers = {};
};

ProgrammeSound::ProgrammeSound(SoundCodec codec, Outlet& mix, ShareTime shareTime)
    : codec_(codec)
    , mix_(mix)
    , shareTime_(std::move(shareTime))
    , relay_(std::make_shared<Relay>()) {}

ProgrammeSound::~ProgrammeSound() {
    stop();
}

Result<void> ProgrammeSound::start() {
    pipeline_ = GRef<GstElement>::sink(gst_pipeline_new("programme-sound"));
    shareTime_(pipeline_.get());
    auto* bin = GST_BIN(pipeline_.get());
    auto inlet = TRY(Inlet::create(bin, kMixAudioCaps, kMaxQueued));
    GstElement* convert = TRY(addElement(bin, "audioconvert"));
    GstElement* encoder = codec_ == SoundCodec::Opus ? TRY(addElement(bin, "opusenc", kOpus))
                                                     : TRY(addElement(bin, "avenc_aac", kAac));
    encoded_ = TRY(Outlet::create(bin));
    TRY(linkElements({inlet->element(), convert, encoder, encoded_->element()}));
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
        return Error{ErrorCode::Unavailable, "the encoder of the programme's sound does not start"};
    bus_ = BusWatch(pipeline_.get(), [this](GstMessage* message) {
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) onFailed(describeError(message));
    });
    encoded_->connect(relay_);
    feed_ = std::make_shared<Feed>(std::move(inlet));
    mix_.connect(feed_);
    return {};
}

void ProgrammeSound::stop() {
    if (feed_) mix_.disconnect(feed_.get());
    feed_.reset();
    restart_.cancel();
    bus_ = BusWatch();
    if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    pipeline_ = {};
    encoded_.reset();
}

Result<void> ProgrammeSound::addTaker(const std::shared_ptr<SampleReceiver>& receiver) {
    if (takers_ == 0)
        if (const auto started = start(); !started) {
            stop();
            return started.error();
        }
    ++takers_;
    relay_->takers.connect(receiver);
    return {};
}

/// Another encoder goes on a second later, not from inside of the bus watch of this one.
void ProgrammeSound::onFailed(const std::string& why) {
    kLog.error("", why);
    if (restart_) return;
    restart_ = after(kRestartAfter, [this] {
        stop();
        if (const auto started = start(); !started) kLog.error("", started.error().message);
    });
}

std::int64_t ProgrammeSound::delay() const {
    return codec_ == SoundCodec::Aac ? kAacDelay : 0;
}

void ProgrammeSound::removeTaker(const SampleReceiver* receiver) {
    relay_->takers.disconnect(receiver);
    if (--takers_ == 0) stop();
}

} // namespace mullion
