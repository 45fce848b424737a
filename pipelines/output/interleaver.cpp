#include "pipelines/output/interleaver.h"

#include <utility>

namespace mullion {

namespace {

HeldFrame takeFirst(std::deque<HeldFrame>& track) {
    HeldFrame frame = std::move(track.front());
    track.pop_front();
    return frame;
}

bool holdsMuch(const std::deque<HeldFrame>& track) {
    return std::chrono::nanoseconds(track.back().at - track.front().at) > Interleaver::kPatience;
}

} // namespace

void Interleaver::push(HeldFrame frame) {
    Track& track = frame.track == ProgrammeFrame::Track::Picture ? picture_ : sound_;
    track.push_back(std::move(frame));
}

Interleaver::Track& Interleaver::nextTrack() {
    if (sound_.empty()) return picture_;
    if (picture_.empty()) return sound_;
    return picture_.front().at <= sound_.front().at ? picture_ : sound_;
}

std::optional<HeldFrame> Interleaver::next() {
    if (picture_.empty() && sound_.empty()) return {};
    Track& track = nextTrack();
    const bool isAlone = picture_.empty() || sound_.empty();
    if (isAlone && !holdsMuch(track)) return {};
    return takeFirst(track);
}

std::optional<HeldFrame> Interleaver::last() {
    if (picture_.empty() && sound_.empty()) return {};
    return takeFirst(nextTrack());
}

} // namespace mullion
