#include "plugins/rungswitch/choice.h"

#include <algorithm>
#include <utility>

namespace mullion::rungswitch {

const Choice::Input* Choice::find(const GstPad* input) const {
    const auto found = std::find_if(inputs_.begin(), inputs_.end(),
                                    [input](const Input& other) { return other.pad == input; });
    return found == inputs_.end() ? nullptr : &*found;
}

Choice::Input* Choice::find(const GstPad* input) {
    return const_cast<Input*>(std::as_const(*this).find(input));
}

bool Choice::hasEnded(const GstPad* input) const {
    const Input* found = find(input);
    return found && found->ended;
}

void Choice::remove(GstPad* input) {
    std::erase_if(inputs_, [input](const Input& other) { return other.pad == input; });
    if (active_ == input) active_ = nullptr;
    if (wanted_ == input) wanted_ = nullptr;
}

void Choice::reset() {
    for (Input& input : inputs_)
        input = {input.pad};
    active_ = nullptr;
    begun_ = false;
}

bool Choice::want(GstPad* input, bool linked) {
    chosen_ = true;
    wanted_ = input;
    Input* found = find(input);
    if (!found || (input == active_ && complete_)) return false;
    found->asked = linked;
    found->since.reset();
    return linked;
}

Choice::Verdict Choice::judge(const GstPad* input, bool isKeyFrame,
                              std::optional<std::uint64_t> time) {
    Input* found = find(input);
    const bool isActive = found && input == active_;
    const bool isAwaited = found && !isActive && (input == wanted_ || takesAny());
    if (isActive && complete_) return Verdict::Forward;
    if (isKeyFrame && (isActive || isAwaited)) return Verdict::Forward;
    ++dropped_;
    if ((!isActive && !isAwaited) || !time) return Verdict::Drop;

    const bool isFirst = !found->since;
    // A time before `since` is a new beginning of the input's time.
    const bool isDue = !isFirst && (*time >= *found->since + kAskAgain || *time < *found->since);
    if (isFirst || isDue) found->since = time;
    if (found->asked && !isDue) return Verdict::Drop;
    found->asked = true;
    return Verdict::DropAndAsk;
}

bool Choice::take(GstPad* input) {
    complete_ = true;
    if (input == active_) return false;
    active_ = input;
    if (begun_) ++switches_;
    begun_ = true;
    return true;
}

void Choice::lose(const GstPad* input) {
    Input* found = find(input);
    if (!found || input != active_) return;
    complete_ = false;
    found->asked = false;
    found->since.reset();
}

void Choice::setEnded(const GstPad* input, bool ended) {
    if (Input* found = find(input)) found->ended = ended;
}

bool Choice::isOver() const {
    if (isPending()) return hasEnded(wanted_) && (!active_ || hasEnded(active_));
    if (active_) return hasEnded(active_);
    return takesAny() && !inputs_.empty() &&
           std::all_of(inputs_.begin(), inputs_.end(),
                       [](const Input& input) { return input.ended; });
}

} // namespace mullion::rungswitch
