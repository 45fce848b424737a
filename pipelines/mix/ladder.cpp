#include "pipelines/mix/ladder.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace mullion {

namespace {

struct Step {
    int shortSide;
    int bitrateBps;
};

constexpr std::array<Step, 4> kSteps = {
    {{1080, 3'000'000}, {720, 1'500'000}, {360, 500'000}, {180, 150'000}}};
constexpr int kUsualTop = 1'500'000;

} // namespace

Ladder::Ladder(const wire::Canvas& canvas, int top, Composer& composer, ShareTime shareTime,
               std::function<void(const std::string&)> onFailed)
    : canvas_(canvas)
    , top_(top > 0 ? top : kUsualTop)
    , composer_(composer)
    , shareTime_(std::move(shareTime))
    , onFailed_(std::move(onFailed)) {}

int Ladder::shortSideOf(wire::RungChoice choice) const {
    const int whole = std::min(canvas_.width, canvas_.height);
    switch (choice) {
    case wire::RungChoice::Auto:
        return whole;
    case wire::RungChoice::P1080:
        return std::min(whole, 1080);
    case wire::RungChoice::P720:
        return std::min(whole, 720);
    case wire::RungChoice::P360:
        return std::min(whole, 360);
    case wire::RungChoice::P180:
        return std::min(whole, 180);
    case wire::RungChoice::Audio:
        return 0;
    }
    return whole;
}

int Ladder::bitrateOf(int shortSide) const {
    for (const Step& step : kSteps) {
        if (step.shortSide != shortSide) continue;
        // The small ones stay as they are: they are for who has no more.
        return shortSide < 720 ? step.bitrateBps
                               : static_cast<int>(std::int64_t{step.bitrateBps} * top_ / kUsualTop);
    }
    // Bits grow slower than pixels; the steps above lie near this curve.
    const double pixels = static_cast<double>(canvas_.width) * canvas_.height;
    return static_cast<int>(top_ * std::pow(pixels / (1280.0 * 720.0), 0.8));
}

Result<std::shared_ptr<Rung>> Ladder::rung(VideoCodec codec, wire::RungChoice choice) {
    const int shortSide = shortSideOf(choice);
    if (shortSide == 0) return std::shared_ptr<Rung>();
    const EncoderSettings encoder{bitrateOf(shortSide), canvas_.fps};
    const Key key{codec, shortSide, encoder.bitrateBps, encoder.fps};
    if (const auto known = rungs_.find(key); known != rungs_.end()) return known->second;
    auto made = TRY(Rung::create({codec, shortSide, encoder}, composer_, shareTime_, onFailed_));
    rungs_.emplace(key, made);
    return made;
}

void Ladder::setCanvas(const wire::Canvas& canvas) {
    canvas_ = canvas;
    std::erase_if(rungs_, [this](const auto& entry) {
        if (entry.second->runs()) return false;
        encodedBefore_ += entry.second->encoded();
        return true;
    });
}

int Ladder::running() const {
    return static_cast<int>(std::count_if(rungs_.begin(), rungs_.end(),
                                          [](const auto& entry) { return entry.second->runs(); }));
}

std::uint64_t Ladder::encoded() const {
    std::uint64_t frames = encodedBefore_;
    for (const auto& [key, rung] : rungs_)
        frames += rung->encoded();
    return frames;
}

std::string rungName(int shortSide) {
    if (shortSide == 0) return "audio";
    const auto step = std::find_if(kSteps.begin(), kSteps.end(),
                                   [&](const Step& one) { return one.shortSide <= shortSide; });
    return std::to_string((step == kSteps.end() ? kSteps.back() : *step).shortSide) + 'p';
}

} // namespace mullion
