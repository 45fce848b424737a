#include "pipelines/output/cutter.h"

#include <algorithm>

namespace mullion {

namespace {

/// Sound is never late by as many cuts as this.
constexpr std::size_t kKept = 8;

/// What is longer between two frames is a gap, ns.
constexpr std::int64_t kLongestFrame = 100'000'000;

} // namespace

std::int64_t Cutter::pause(std::int64_t now) {
    if (paused_) return *paused_;
    resumedAt_.reset();
    std::int64_t end = now;
    if (!stretches_.empty() && !stretches_.back().end) {
        // The frame that is shown then is shown to its end, so that what goes on later stands where
        // another frame is due.
        end = std::max(now, stretches_.back().begin);
        if (step_ > 0) {
            // One frame at least, of what is in the file already: without any sound to it the file
            // would be broken.
            const std::int64_t frame = std::min(step_, kLongestFrame);
            const std::int64_t frames = (end - *newest_ + frame - 1) / frame;
            end = *newest_ + std::max<std::int64_t>(frames, 1) * frame;
        }
        stretches_.back().end = end;
    }
    paused_ = end;
    return end;
}

void Cutter::resume(std::int64_t now) {
    if (!paused_) return;
    paused_.reset();
    resumedAt_ = now;
}

/// Begins a stretch at `at`, in a new file where one is wanted.
void Cutter::begin(std::int64_t at) {
    Stretch next{.begin = at};
    if (!stretches_.empty()) {
        Stretch& last = stretches_.back();
        if (!last.end) last.end = at;
        next.part = last.part + (cutWanted_ ? 1 : 0);
        if (!cutWanted_) next.offset = last.offset + (*last.end - last.begin);
    }
    cutWanted_ = false;
    resumedAt_.reset();
    stretches_.push_back(next);
    if (stretches_.size() > kKept) stretches_.pop_front();
}

std::optional<Cut> Cutter::place(std::int64_t at) const {
    const auto found = std::find_if(stretches_.rbegin(), stretches_.rend(),
                                    [at](const Stretch& stretch) { return stretch.holds(at); });
    if (found == stretches_.rend()) return {};
    return Cut{found->part, found->offset + (at - found->begin)};
}

std::optional<Cut> Cutter::picture(std::int64_t at, bool isKeyFrame) {
    if (isKeyFrame && !paused_) {
        const bool goesOn = !stretches_.empty() && !stretches_.back().end;
        const bool awaited = !goesOn && at >= resumedAt_.value_or(at);
        if (awaited || (goesOn && cutWanted_)) begin(at);
    }
    step_ = newest_ ? at - *newest_ : 0;
    newest_ = at;
    return place(at);
}

std::optional<Cut> Cutter::sound(std::int64_t at) {
    return hasPicture_ ? place(at) : picture(at, /*isKeyFrame=*/true);
}

} // namespace mullion
