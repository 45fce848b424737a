#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <gst/gst.h>

namespace mullion::rungswitch {

/// How long, in ns of a waited-for input's running time, until it is asked again for a key frame.
constexpr std::uint64_t kAskAgain = 500'000'000;

/// Which input is forwarded, and from which of its frames on: pure, a pad is but a name here.
/// Not thread-safe.
///
/// One input is active. A wanted one takes over with its key frame; till then the active one goes
/// on. An active input of which something was lost waits for a key frame as well.
class Choice {
public:
    enum class Verdict {
        Forward,
        Drop,
        /// Drop it, and ask its input for a key frame.
        DropAndAsk,
    };

    void add(GstPad* input) { inputs_.push_back({input}); }

    /// It is no longer active nor wanted.
    void remove(GstPad* input);

    bool has(const GstPad* input) const { return find(input) != nullptr; }

    /// Every input begins anew; what is wanted stays.
    void reset();

    /// Null: none other than the active one. `linked`: a key frame can be asked for now.
    /// @return whether that is to be done.
    bool want(GstPad* input, bool linked);

    /// Judges a frame and counts it where it is dropped. `time` is its running time in ns.
    Verdict judge(const GstPad* input, bool isKeyFrame, std::optional<std::uint64_t> time);

    /// A frame that judge() let pass goes out. @return whether its input became the active one.
    bool take(GstPad* input);

    /// A frame of this input did not reach the receiver: the next one has to be a key frame.
    void lose(const GstPad* input);

    void setEnded(const GstPad* input, bool ended);

    /// Whether nothing can come any more unless another input is wanted.
    bool isOver() const;

    /// Whether another input than the active one is waited for.
    bool isPending() const { return wanted_ && wanted_ != active_; }

    GstPad* active() const { return active_; }

    GstPad* wanted() const { return wanted_; }

    /// How often one input took over from another.
    unsigned switches() const { return switches_; }

    std::uint64_t dropped() const { return dropped_; }

private:
    struct Input {
        GstPad* pad = nullptr;
        bool ended = false;
        /// A key frame was asked for; `since` is the time of the first frame seen after that.
        bool asked = false;
        std::optional<std::uint64_t> since = {};
    };

    const Input* find(const GstPad* input) const;
    Input* find(const GstPad* input);
    bool hasEnded(const GstPad* input) const;

    /// Until somebody says what is wanted, whoever comes first is.
    bool takesAny() const { return !active_ && !chosen_; }

    std::vector<Input> inputs_ = {};
    GstPad* active_ = nullptr;
    GstPad* wanted_ = nullptr;
    bool chosen_ = false;
    /// Whether the receiver has all that the active input's next frame leans on.
    bool complete_ = false;
    bool begun_ = false;
    unsigned switches_ = 0;
    std::uint64_t dropped_ = 0;
};

} // namespace mullion::rungswitch
