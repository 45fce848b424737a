#include "pipelines/mix/speaker.h"

#include "tests/support/suite.h"

using namespace mullion;
using namespace std::chrono_literals;

namespace {

/// A talk in steps of 0.1 s.
class Talk {
public:
    /// `loud` speak at -25 dBFS for `time`, the others hum at -65.
    void go(std::chrono::milliseconds time, const std::string& loud, double loudDb = -25) {
        for (auto passed = 0ms; passed < time; passed += 100ms) {
            now_ += 100ms;
            std::vector<SpeakerDetector::Level> levels;
            for (const char* user : {"a", "b", "c"})
                levels.push_back({user, loud.find(user) == std::string::npos ? -65.0 : loudDb});
            const std::string before = detector.speaker();
            detector.update(now_, levels);
            changes += detector.speaker() != before;
        }
    }

    SpeakerDetector detector;
    int changes = 0;

private:
    SpeakerDetector::Clock::time_point now_{std::chrono::hours(1)};
};

} // namespace

START_TEST(speaker_is_who_speaks) {
    Talk talk;
    talk.go(2s, "");
    ck_assert_str_eq(talk.detector.speaker().c_str(), "");
    talk.go(500ms, "b");
    ck_assert_str_eq(talk.detector.speaker().c_str(), "b");
    ck_assert(talk.detector.isSpeaking("b"));
    ck_assert(!talk.detector.isSpeaking("a"));
    talk.go(3s, "c");
    ck_assert_str_eq(talk.detector.speaker().c_str(), "c");
}

END_TEST

START_TEST(speaker_does_not_flap) {
    Talk talk;
    // Two talk over each other in turns of half a second: nobody is thrown out before his time.
    for (int turn = 0; turn < 20; ++turn)
        talk.go(500ms, turn % 2 ? "a" : "b");
    ck_assert_msg(talk.changes <= 1 + 10'000 / 1'500, "%d changes in 10 s", talk.changes);
    // Both at once, equally loud: it stays as it is.
    const int before = talk.changes;
    talk.go(2s, "ab");
    talk.go(5s, "ab");
    ck_assert_int_le(talk.changes - before, 1);
}

END_TEST

START_TEST(speaker_survives_a_breath_and_ends_with_silence) {
    Talk talk;
    talk.go(2s, "a");
    talk.go(1s, "");
    ck_assert_str_eq(talk.detector.speaker().c_str(), "a");
    ck_assert(!talk.detector.isSpeaking("a"));
    talk.go(5s, "");
    ck_assert_str_eq(talk.detector.speaker().c_str(), "");
}

END_TEST

START_TEST(speaker_is_no_cough_and_no_noise) {
    Talk talk;
    talk.go(3s, "a");
    // 0.1 s of somebody else while one speaks.
    talk.go(100ms, "ab", -12);
    talk.go(1s, "a");
    ck_assert_str_eq(talk.detector.speaker().c_str(), "a");
    Talk noise;
    noise.go(5s, "c", -50);
    ck_assert_str_eq(noise.detector.speaker().c_str(), "");
}

END_TEST

START_TEST(speaker_who_leaves_is_forgotten) {
    Talk talk;
    talk.go(2s, "a");
    SpeakerDetector& detector = talk.detector;
    auto now = SpeakerDetector::Clock::time_point{std::chrono::hours(1)} + 2s;
    for (int i = 0; i < 60; ++i)
        detector.update(now += 100ms, {{"b", -65}});
    ck_assert_str_eq(detector.speaker().c_str(), "");
    ck_assert(!detector.isSpeaking("a"));
}

END_TEST

int main() {
    return test::runSuite("pipelines.speaker",
                          {speaker_is_who_speaks, speaker_does_not_flap,
                           speaker_survives_a_breath_and_ends_with_silence,
                           speaker_is_no_cough_and_no_noise, speaker_who_leaves_is_forgotten});
}
