#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace mullion::rungswitch {

/// The least time in ns between two frames that go out: 90 ticks of RTP's clock for video, and far
/// less than a frame lasts, so that an input which was moved is in its own time again soon.
constexpr std::uint64_t kMinStep = 1'000'000;

/// Times that only rise for the frames of inputs that run side by side. Not thread-safe.
class Timeline {
public:
    /// The time at which a frame of this running time goes out: its own, or the least step after
    /// the one before.
    std::uint64_t place(std::optional<std::uint64_t> time) {
        const std::uint64_t earliest = last_ ? *last_ + kMinStep : 0;
        last_ = std::max(time.value_or(earliest), earliest);
        return *last_;
    }

    bool hasBegun() const { return last_.has_value(); }

    void reset() { last_.reset(); }

private:
    std::optional<std::uint64_t> last_ = {};
};

} // namespace mullion::rungswitch
