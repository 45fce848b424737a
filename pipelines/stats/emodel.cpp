#include "pipelines/stats/emodel.h"

#include <algorithm>

namespace mullion {

namespace {

/// All that is not delay or loss, at the default values of G.107 table 2.
constexpr double kBase = 93.2;
/// From here on delay hurts the conversation itself.
constexpr double kTalkDelayMs = 177.3;
/// Impairment and robustness of the codec: Opus adds none of its own at our rates, and its
/// concealment is taken to be as good as that of G.711 with appendix I (G.113 table I.4: 25.1 for
/// random loss), less a half for what bursts do to it.
constexpr double kCodecImpairment = 0;
constexpr double kRobustness = 12.5;

} // namespace

double meanOpinionScore(const SoundPath& path) {
    const double delay = std::max(0.0, path.delayMs);
    const double delayImpairment =
        0.024 * delay + (delay > kTalkDelayMs ? 0.11 * (delay - kTalkDelayMs) : 0);
    const double percent = 100 * std::clamp(path.loss, 0.0, 1.0);
    const double lossImpairment =
        kCodecImpairment + (95 - kCodecImpairment) * percent / (percent + kRobustness);
    const double rating = kBase - delayImpairment - lossImpairment;
    if (rating <= 0) return 1;
    if (rating >= 100) return 4.5;
    return std::max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

} // namespace mullion
