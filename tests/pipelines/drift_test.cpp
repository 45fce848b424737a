// Lips stay in step although the clock of a microphone is slow or fast: in a minute it is 180 ms
// off the others, as one that is wrong by 100 parts in a million is after half an hour.
#include "tests/pipelines/lip_sync.h"
#include "tests/support/suite.h"

using namespace mullion;
using namespace mullion::test;

namespace {

constexpr int kSeconds = 60;
constexpr std::ptrdiff_t kClicks = 10;

void lipsStayInStep(double soundClock) {
    double first = 0;
    double last = 0;
    // A machine that is too busy to compose in time shows pictures late in a recording as well.
    for (int tries = 0; tries < 3; ++tries) {
        const auto behind = soundBehindPicture(wire::RecordingFormat::Mp4, kSeconds, soundClock);
        first = middleOf({behind.begin(), behind.begin() + kClicks});
        last = middleOf({behind.end() - kClicks, behind.end()});
        if (std::abs(first) <= 40 && std::abs(last) <= 40) return;
    }
    ck_abort_msg("sound is %.1f ms behind the picture, and then %.1f", first, last);
}

} // namespace

START_TEST(slow_microphone) {
    lipsStayInStep(1 / 1.003);
}

END_TEST

START_TEST(fast_microphone) {
    lipsStayInStep(1.003);
}

END_TEST

int main() {
    return runSuite("pipelines drift", {slow_microphone, fast_microphone}, 300);
}
