#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "pipelines/gst/bridge.h"
#include "pipelines/mix/audio_input.h"
#include "src/base/main_loop.h"

namespace mullion {

/// Sound as it is inside the mix: the decoder's own format, so that nothing converts.
inline constexpr const char* kMixAudioCaps =
    "audio/x-raw,format=S16LE,rate=48000,channels=1,layout=interleaved";

/// The sound of a call: audio inputs, one a participant, each with what its holder hears: everybody
/// but himself. Main-bound; inputs and outlets are thread-safe.
///
/// Inputs are lent and come back; they are made in blocks and live as long as the call, so that
/// nobody's coming or going touches the graph.
class AudioMix {
public:
    /// Adds the mixer with its first block of inputs to `pipeline`, which is not running yet.
    static Result<std::unique_ptr<AudioMix>> create(GstBin* pipeline);

    /// The number of an input nobody holds. @return AtCapacity, or Internal where no more can be
    /// made.
    Result<int> lend();
    /// Silence from now on; the input can be lent again.
    void giveBack(int input);

    /// Where the holder's sound goes, in kMixAudioCaps with running time.
    std::shared_ptr<MediaTarget> input(int input) const { return inputs_[input].sound; }

    /// What the holder hears, in kMixAudioCaps.
    std::shared_ptr<Outlet> outlet(int input) const { return inputs_[input].outlet; }

    /// The full mix, for whoever takes part by listening alone: outputs and recordings.
    Outlet& programme() const { return *programme_; }

    /// The holder's gain in the mix, 0 (silent) to 2.
    void setVolume(int input, double volume);

    /// How loud an input was over the last 0.1 s, before setVolume(): dB below full scale, at least
    /// -120.
    struct Level {
        int input = 0;
        double rmsDb = -120;
    };

    /// The levels in a message of the mix's bus, or nothing where it is another one.
    std::optional<std::vector<Level>> levelsOf(GstMessage* message) const;

private:
    struct Input {
        std::shared_ptr<AudioInput> sound;
        std::shared_ptr<Outlet> outlet;
        GRef<GstPad> mixerPad;
        bool lent = false;
    };

    explicit AudioMix(GstBin* pipeline)
        : pipeline_(pipeline) {}

    /// What the mixing thread feeds its mixer from.
    class Supply;

    Result<void> addInputs(int count);
    Result<void> addInput();

    /// The pipeline of Mix, which owns this object too.
    GstBin* pipeline_ = nullptr;
    GstElement* mixer_ = nullptr;
    std::shared_ptr<Outlet> programme_ = {};
    std::vector<Input> inputs_ = {};
    std::shared_ptr<Supply> supply_ = {};
    SignalConnection blocks_ = {};
};

} // namespace mullion
