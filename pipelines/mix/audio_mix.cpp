#include "pipelines/mix/audio_mix.h"

#include <string>

namespace mullion {

namespace {

constexpr int kBlockOfInputs = 8;
constexpr int kMaxInputs = 64;

} // namespace

class AudioMix::Supply {
public:
    void add(std::shared_ptr<AudioInput> input) {
        const std::lock_guard lock(mutex_);
        inputs_.push_back(std::move(input));
    }

    /// On the mixing thread.
    void feed(GstClockTime until) {
        const std::lock_guard lock(mutex_);
        for (const auto& input : inputs_)
            input->feed(until);
    }

private:
    std::mutex mutex_;
    /// GUARDED_BY(mutex_)
    std::vector<std::shared_ptr<AudioInput>> inputs_ = {};
};

Result<std::unique_ptr<AudioMix>> AudioMix::create(GstBin* pipeline) {
    std::unique_ptr<AudioMix> mix(new AudioMix(pipeline));
    mix->mixer_ = TRY(addElement(pipeline, "mixminus",
                                 {{"force-live", "true"},
                                  // Opus takes 20 ms at a time.
                                  {"output-buffer-duration", "20000000"},
                                  // The hand-over gives what is late its time.
                                  {"latency", "0"},
                                  // The first packets of a leg often come late: where the rest is
                                  // earlier, their delay would stay for good.
                                  {"alignment-threshold", "10000000"},
                                  {"discont-wait", "100000000"},
                                  {"start-time-selection", "zero"}}));
    mix->supply_ = std::make_shared<Supply>();
    mix->blocks_ =
        connect(mix->mixer_, "before-block", std::weak_ptr(mix->supply_),
                [](GstElement*, guint64 until, void* data) {
                    if (const auto supply = static_cast<std::weak_ptr<Supply>*>(data)->lock())
                        supply->feed(until);
                });
    mix->programme_ = TRY(Outlet::create(pipeline, kMixAudioCaps));
    TRY(linkPads(mix->mixer_, "src", mix->programme_->element(), "sink"));
    TRY(mix->addInputs(kBlockOfInputs));
    return mix;
}

Result<void> AudioMix::addInputs(int count) {
    for (int i = 0; i < count; ++i)
        TRY(addInput());
    return {};
}

Result<void> AudioMix::addInput() {
    const std::string number = std::to_string(inputs_.size());
    Input input;
    input.outlet = TRY(Outlet::create(pipeline_, kMixAudioCaps));
    TRY(linkPads(mixer_, ("src_" + number).c_str(), input.outlet->element(), "sink"));
    input.mixerPad =
        GRef<GstPad>::adopt(gst_element_request_pad_simple(mixer_, ("sink_" + number).c_str()));
    if (!input.mixerPad) return Error{ErrorCode::Internal, "the mixer has no input left"};
    input.sound = std::make_shared<AudioInput>("input-" + number, input.mixerPad.get());
    supply_->add(input.sound);
    syncStates({input.outlet->element()});
    inputs_.push_back(std::move(input));
    return {};
}

Result<int> AudioMix::lend() {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
        if (inputs_[i].lent) continue;
        inputs_[i].lent = true;
        setVolume(static_cast<int>(i), 1.0);
        return static_cast<int>(i);
    }
    if (inputs_.size() >= kMaxInputs)
        return Error{ErrorCode::AtCapacity, "the call has no audio input left"};
    TRY(addInputs(kBlockOfInputs));
    return lend();
}

void AudioMix::giveBack(int input) {
    inputs_[input].lent = false;
    inputs_[input].sound->clear();
    setVolume(input, 0.0);
}

std::optional<std::vector<AudioMix::Level>> AudioMix::levelsOf(GstMessage* message) const {
    const GstStructure* structure = gst_message_get_structure(message);
    if (!structure || !gst_structure_has_name(structure, "mixminus-level")) return {};
    const GValue* pads = gst_structure_get_value(structure, "pad");
    const GValue* rms = gst_structure_get_value(structure, "rms");
    std::vector<Level> levels;
    for (unsigned i = 0; i < gst_value_array_get_size(pads); ++i)
        levels.push_back({static_cast<int>(g_value_get_uint(gst_value_array_get_value(pads, i))),
                          g_value_get_double(gst_value_array_get_value(rms, i))});
    return levels;
}

void AudioMix::setVolume(int input, double volume) {
    g_object_set(inputs_[input].mixerPad.get(), "volume", volume, nullptr);
}

} // namespace mullion
