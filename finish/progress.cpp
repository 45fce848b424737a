#include "finish/progress.h"

#include <algorithm>
#include <cstdio>

namespace mullion::finish {

void Progress::at(double fraction) {
    const auto now = std::chrono::steady_clock::now();
    if (now - toldAt_ < std::chrono::seconds(1)) return;
    toldAt_ = now;
    const double whole = from_ + (to_ - from_) * std::clamp(fraction, 0.0, 1.0);
    std::fprintf(stderr, "{\"progress\":%.3f}\n", whole);
}

} // namespace mullion::finish
