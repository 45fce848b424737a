#include "pipelines/mix/speaker.h"

#include <algorithm>
#include <cmath>

namespace mullion {

namespace {

using namespace std::chrono_literals;

/// Rooms are quieter than this, voices louder.
constexpr double kFloorDb = -52;
/// The average follows within about this time, up faster than down.
constexpr double kRiseSeconds = 0.2;
constexpr double kFallSeconds = 0.5;
/// dB above the floor from which an average counts as speech.
constexpr double kSpeech = 8;
/// How much louder somebody has to be to take over while the speaker still speaks.
constexpr double kClearly = 6;

} // namespace

bool SpeakerDetector::update(Clock::time_point now, const std::vector<Level>& levels) {
    const double seconds =
        updatedAt_ == Clock::time_point{}
            ? 0.1
            : std::clamp(std::chrono::duration<double>(now - updatedAt_).count(), 0.0, 1.0);
    updatedAt_ = now;
    bool changed = false;

    std::map<std::string, double> loudness;
    for (const Level& level : levels) {
        loudness[level.userId] = std::max(0.0, level.rmsDb - kFloorDb);
        voices_.try_emplace(level.userId);
    }
    for (auto& [userId, voice] : voices_) {
        const auto found = loudness.find(userId);
        const double target = found == loudness.end() ? 0 : found->second;
        const double time = target > voice.loudness ? kRiseSeconds : kFallSeconds;
        voice.loudness += (target - voice.loudness) * (1 - std::exp(-seconds / time));
        const bool speaks = voice.loudness >= kSpeech;
        if (speaks) voice.heardAt = now;
        if (speaks != voice.speaking) changed = true;
        voice.speaking = speaks;
    }
    std::erase_if(voices_, [&](const auto& entry) {
        return !loudness.contains(entry.first) && entry.second.loudness < 0.1;
    });

    const auto current = voices_.find(speaker_);
    const auto loudest =
        std::max_element(voices_.begin(), voices_.end(), [](const auto& a, const auto& b) {
            return a.second.loudness < b.second.loudness;
        });
    std::string next = speaker_;
    const bool speaks = current != voices_.end() && current->second.speaking;
    if (loudest != voices_.end() && loudest->second.speaking) {
        const bool clearly =
            !speaks || loudest->second.loudness >= current->second.loudness + kClearly;
        if (clearly && (speaker_.empty() || now - changedAt_ >= kHold)) next = loudest->first;
    } else if (!speaker_.empty() &&
               (current == voices_.end() || now - current->second.heardAt >= kSilence)) {
        next.clear();
    }
    if (next != speaker_) {
        speaker_ = next;
        changedAt_ = now;
        changed = true;
    }
    return changed;
}

bool SpeakerDetector::isSpeaking(const std::string& userId) const {
    const auto voice = voices_.find(userId);
    return voice != voices_.end() && voice->second.speaking;
}

} // namespace mullion
