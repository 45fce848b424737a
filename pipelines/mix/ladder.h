#pragma once

#include <functional>
#include <map>
#include <memory>
#include <tuple>

#include "pipelines/mix/rung.h"

namespace mullion {

/// The rungs of a call's canvas: the whole canvas, and what of 720p, 360p and 180p is smaller, each
/// as VP8 and as H.264. A rung is built when it is first asked for. Main-bound.
class Ladder {
public:
    /// `top` is what the canvas is encoded with where it has 1280×720, in bit/s; other sizes get
    /// their share. `onFailed` comes when a rung has no encoder left.
    Ladder(const wire::Canvas& canvas, int top, Composer& composer, ShareTime shareTime,
           std::function<void(const std::string&)> onFailed);

    /// The rung for a choice: Auto is the highest, and so is what the canvas is too small for.
    /// Null for Audio. @return Unavailable where nothing here encodes the codec.
    Result<std::shared_ptr<Rung>> rung(VideoCodec codec, wire::RungChoice choice);

    /// Rungs that are asked for from now on are those of this canvas. Others stay while they run.
    void setCanvas(const wire::Canvas& canvas);

    /// How many encoders run at the moment.
    int running() const;

    /// How many frames were encoded so far, by all of them.
    std::uint64_t encoded() const;

private:
    /// What tells a rung from others: codec, shorter side, bit/s and frames a second.
    using Key = std::tuple<VideoCodec, int, int, int>;

    int shortSideOf(wire::RungChoice choice) const;
    int bitrateOf(int shortSide) const;

    wire::Canvas canvas_;
    int top_ = 0;
    Composer& composer_;
    ShareTime shareTime_;
    std::function<void(const std::string&)> onFailed_;
    std::map<Key, std::shared_ptr<Rung>> rungs_ = {};
    /// By rungs that are gone.
    std::uint64_t encodedBefore_ = 0;
};

/// The interface's name for a rung of this height, or "audio" for 0. Other heights than its own,
/// as canvases have, go by the next below, and small ones by the smallest.
std::string rungName(int shortSide);

} // namespace mullion
