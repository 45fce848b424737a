#pragma once

#include <chrono>

namespace mullion::finish {

/// Tells on stderr how far the work is, once a second: `{"progress":0.25}`.
class Progress {
public:
    /// What at() is told from now on is this part of the whole.
    void stage(double from, double to) {
        from_ = from;
        to_ = to;
    }

    /// 0 to 1, of the stage.
    void at(double fraction);

private:
    double from_ = 0;
    double to_ = 1;
    std::chrono::steady_clock::time_point toldAt_ = std::chrono::steady_clock::now();
};

} // namespace mullion::finish
