#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace mullion {

/// Tells from levels who speaks. A cough does not make a speaker, and a pause for breath does not
/// unmake one: loudness is averaged, a new speaker has to be clearly louder than the one before,
/// and nobody loses his place within kHold. A pure function of what it is given.
class SpeakerDetector {
public:
    using Clock = std::chrono::steady_clock;

    /// The shortest time between two changes of the speaker.
    static constexpr std::chrono::milliseconds kHold{1500};
    /// How long the last speaker stays that when nobody speaks.
    static constexpr std::chrono::milliseconds kSilence{3000};

    struct Level {
        std::string userId;
        /// dB below full scale over the last interval.
        double rmsDb = -120;
    };

    /// Takes in the levels of an interval that ended at `now`; who is not named is silent.
    /// @return whether speaker() or isSpeaking() of somebody changed.
    bool update(Clock::time_point now, const std::vector<Level>& levels);

    /// Who is being listened to; empty: nobody.
    const std::string& speaker() const { return speaker_; }

    /// Whether the user is making himself heard right now; several may.
    bool isSpeaking(const std::string& userId) const;

private:
    struct Voice {
        /// Averaged dB above kFloorDb.
        double loudness = 0;
        bool speaking = false;
        Clock::time_point heardAt = {};
    };

    std::map<std::string, Voice> voices_ = {};
    std::string speaker_ = {};
    Clock::time_point changedAt_ = {};
    Clock::time_point updatedAt_ = {};
};

} // namespace mullion
